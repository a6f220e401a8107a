package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link SharedCache} on disk: its folder, and in {@code .paddock} the gate, the leases of runners, and what was taken
 * out and is being deleted. Calls block.
 */
final class CacheFolder {
    private static final Logger LOG = LoggerFactory.getLogger(CacheFolder.class);
    static final String OURS = ".paddock";
    /** How long a lease that says nothing is respected: few jobs take longer. */
    private static final Duration DAMAGED = Duration.ofDays(1);

    private static final String DRAFT = ".tmp";
    private static final Path TRASH = Path.of(OURS, "trash");

    private final SharedCache cache;
    private final InstantSource time;
    private final ProcessTable processes;
    private final Supplier<String> chance;
    private final AtomicReference<@Nullable Opened> opened = new AtomicReference<>();

    /** Where it really is, and which folder that is. */
    private record Opened(Path folder, @Nullable Object key) {}

    /** {@code chance} gives hexadecimal digits that nobody else has. */
    CacheFolder(SharedCache cache, InstantSource time, ProcessTable processes, Supplier<String> chance) {
        this.cache = cache;
        this.time = time;
        this.processes = processes;
        this.chance = chance;
    }

    static CacheFolder of(SharedCache cache, ProcessTable processes, Scheduler scheduler) {
        return new CacheFolder(
                cache,
                scheduler,
                processes,
                () -> HexFormat.of().toHexDigits(scheduler.random().nextLong()));
    }

    SharedCache cache() {
        return cache;
    }

    /** Makes what is missing, and refuses a folder that others may write to. To be called before all else. */
    void prepare() throws IOException {
        Path parent = cache.folder().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        makeFolder(cache.folder());
        Optional<String> problem = FolderTree.whyNotOurs(cache.folder());
        if (problem.isPresent()) {
            throw new RunnerException(
                    "the cache " + cache.name() + " in " + cache.folder() + " cannot be used: " + problem.get(),
                    false,
                    null);
        }
        Path folder = cache.folder().toRealPath();
        for (String own : List.of(OURS, OURS + "/leases", TRASH.toString())) {
            makeFolder(folder.resolve(own));
            if (!Files.isDirectory(folder.resolve(own), LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(folder.resolve(own) + " is a link; delete it");
            }
        }
        opened.set(new Opened(folder, SecureTree.key(folder)));
    }

    private static void makeFolder(Path folder) throws IOException {
        try {
            Files.createDirectory(folder, FolderTree.only(folder, "rwx------"));
        } catch (FileAlreadyExistsException already) {
            if (!Files.isDirectory(folder)) {
                throw already;
            }
        }
    }

    private Opened opened() {
        Opened now = opened.get();
        if (now == null) {
            throw new IllegalStateException("the cache " + cache.name() + " was not prepared");
        }
        return now;
    }

    private Path real() {
        return opened().folder();
    }

    private @Nullable Object key() {
        return opened().key();
    }

    private Path gate() {
        return real().resolve(OURS).resolve("lock");
    }

    private Path leases() {
        return real().resolve(OURS).resolve("leases");
    }

    // ---- runners -------------------------------------------------------------------------------------------

    /** A runner may use it from now on; waits while something is taken out. Confirms a lease that is there. */
    void enter(CacheLease lease) throws IOException {
        try {
            write(lease);
        } catch (NoSuchFileException emptied) { // somebody has deleted the folder, or what is ours in it
            LOG.warn("the cache {} in {} is gone, and is begun anew", cache.name(), cache.folder());
            prepare();
            write(lease);
        }
    }

    private void write(CacheLease lease) throws IOException {
        FolderGate.enter(gate(), () -> {
            Path draft = leases().resolve("." + chance.get() + DRAFT);
            Files.write(draft, lease.toBytes());
            Files.setLastModifiedTime(draft, FileTime.from(time.instant()));
            Files.move(
                    draft,
                    leases().resolve(lease.fileName()),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return true;
        });
    }

    /** Nothing of the runner runs any more. */
    void leave(CacheLease lease) throws IOException {
        Files.deleteIfExists(leases().resolve(lease.fileName()));
    }

    /** The variables by which a runner finds it; makes the runner's own homes in its folder. */
    SortedMap<String, String> environment(Path runner) throws IOException {
        SortedMap<String, String> environment = new TreeMap<>();
        for (var variable : cache.variables().entrySet()) {
            Path below = real().resolve(variable.getValue());
            Files.createDirectories(below);
            environment.put(variable.getKey(), below.toString());
        }
        for (var home : cache.homes().entrySet()) {
            Path own = runner.resolve(".homes").resolve(cache.name() + "-" + home.getKey());
            Files.createDirectories(own);
            for (var link : home.getValue().entrySet()) {
                Path name = own.resolve(link.getKey());
                if (!Files.exists(name, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(name, real().resolve(link.getValue()));
                }
            }
            environment.put(home.getKey(), own.toString());
        }
        return environment;
    }

    /** The runners that may be using it. Forgets those that cannot. Only within the gate. */
    private List<RunnerId> living() throws IOException {
        List<RunnerId> living = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(leases(), "*" + CacheLease.SUFFIX)) {
            for (Path file : files) {
                livingOf(file).ifPresent(living::add);
            }
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        living.sort(null);
        deleteDrafts();
        return living;
    }

    /** A crash in the middle of a write leaves one. Within the gate nobody writes. */
    private void deleteDrafts() throws IOException {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(leases(), ".*" + DRAFT)) {
            for (Path draft : drafts) {
                Files.deleteIfExists(draft);
            }
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
    }

    private Optional<RunnerId> livingOf(Path file) throws IOException {
        try {
            Duration age = Duration.between(
                    Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant(), time.instant());
            Optional<CacheLease> lease = read(file, age);
            if (lease.isPresent() && lease.get().lives(processes, age)) {
                return Optional.of(lease.get().runner());
            }
            Files.deleteIfExists(file);
            return Optional.empty();
        } catch (NoSuchFileException leftMeanwhile) {
            return Optional.empty();
        }
    }

    /** Empty for one that cannot be read and is too old to be anybody's. */
    private static Optional<CacheLease> read(Path file, Duration age) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            return Optional.of(CacheLease.of(bytes));
        } catch (IOException damaged) {
            if (age.compareTo(DAMAGED) > 0) {
                return Optional.empty();
            }
            throw new IOException(
                    file + " cannot be read (" + damaged.getMessage()
                            + "); nothing is evicted until it is a day old, or deleted",
                    damaged);
        }
    }

    // ---- eviction ------------------------------------------------------------------------------------------

    CacheSurvey survey() throws IOException {
        return new CacheSurvey(real(), cache.depth());
    }

    /** Who lives, as it is at this moment. */
    List<RunnerId> users() throws IOException {
        return FolderGate.enter(gate(), this::living);
    }

    /** What is to be evicted so that no more than so much is left, the longest unused first. Pure but for the time. */
    List<CacheSurvey.Entry> surplus(CacheSurvey survey, long goal) {
        List<CacheSurvey.Entry> surplus = new ArrayList<>();
        Instant oldest = cache.age().map(age -> time.instant().minus(age)).orElse(Instant.MIN);
        long left = survey.bytes();
        for (CacheSurvey.Entry entry : survey.entries()) {
            if (left <= goal && !entry.lastUsed().isBefore(oldest)) {
                break;
            }
            surplus.add(entry);
            left -= entry.bytes();
        }
        return surplus;
    }

    /**
     * What came of an attempt to take entries out.
     *
     * @param living who lives; if that is anybody nothing was taken out
     * @param taken what is out now
     */
    record Taken(List<RunnerId> living, List<CacheSurvey.Entry> taken) {}

    /** Takes entries out, unless a runner lives; they are deleted by {@link #empty}. */
    Taken takeOut(List<CacheSurvey.Entry> entries) throws IOException {
        return FolderGate.enter(gate(), () -> {
            List<RunnerId> living = living();
            List<CacheSurvey.Entry> taken = new ArrayList<>();
            for (CacheSurvey.Entry entry : living.isEmpty() ? entries : List.<CacheSurvey.Entry>of()) {
                if (takeOut(entry)) {
                    taken.add(entry);
                }
            }
            return new Taken(living, taken);
        });
    }

    private boolean takeOut(CacheSurvey.Entry entry) throws IOException {
        try {
            SecureTree.move(real(), key(), entry.path(), TRASH.resolve(chance.get()));
            return true;
        } catch (NoSuchFileException goneMeanwhile) {
            return true;
        } catch (FileSystemException stuck) { // closed to us, or swapped for a link
            LOG.warn("{} of the cache {} cannot be taken out: {}", entry.path(), cache.name(), stuck.toString());
            return false;
        }
    }

    /** Deletes what was taken out, by whomever; false if the budget did not suffice. */
    boolean empty(SecureTree.Budget budget) throws IOException {
        List<Path> trash = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(real().resolve(TRASH))) {
            entries.forEach(entry -> trash.add(TRASH.resolve(String.valueOf(entry.getFileName()))));
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        for (Path entry : trash) {
            try {
                if (!SecureTree.delete(real(), key(), entry, budget)) {
                    return false;
                }
            } catch (FileSystemException stuck) {
                LOG.warn(
                        "{}, evicted from the cache {}, cannot be deleted: {}; delete it by hand",
                        real().resolve(entry),
                        cache.name(),
                        stuck.toString());
            }
        }
        return true;
    }
}
