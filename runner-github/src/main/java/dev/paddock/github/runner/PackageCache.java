package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packages on disk: each archive with its digest beside it, and what it holds in a folder. All of it appears whole, by
 * a rename, so that any number of processes may share a cache; at worst two download the same. Calls block.
 */
final class PackageCache {
    private static final Logger LOG = LoggerFactory.getLogger(PackageCache.class);
    private static final String DIGEST = ".sha256";
    /** How what is under way ends; whoever died left it. */
    private static final Pattern UNDER_WAY = Pattern.compile(".*\\.[0-9a-f]{16}\\.(part|unpacking)");

    private static final Duration LEFT = Duration.ofHours(24);
    /** A version that nobody has wanted for so long GitHub has long refused, if there was a newer one. */
    private static final Duration UNUSED = Duration.ofDays(60);

    private final Path folder;
    private final RunnerPlatform platform;
    private final PackageArchive.Limits limits;
    private final InstantSource time;
    private final Supplier<String> chance;
    /** Archives whose digest was computed, as they were then: a digest of 200 MB takes its time. */
    private final ConcurrentMap<String, Verified> verified = new ConcurrentSkipListMap<>();

    private record Verified(long size, FileTime modified, String sha256) {}

    /** {@code chance} gives 16 hexadecimal digits that nobody else has. */
    PackageCache(
            Path folder,
            RunnerPlatform platform,
            PackageArchive.Limits limits,
            InstantSource time,
            Supplier<String> chance) {
        this.folder = folder;
        this.platform = platform;
        this.limits = limits;
        this.time = time;
        this.chance = chance;
    }

    /** Makes the folder, and deletes what others left unfinished and what nobody has used for long. */
    void prepare() throws IOException {
        Path parent = folder.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(folder, FolderTree.only(folder, "rwx------"));
        } catch (FileAlreadyExistsException already) {
            if (!Files.isDirectory(folder)) {
                throw already;
            }
        }
        Optional<String> problem = FolderTree.whyNotOurs(folder, "." + chance.get() + ".part");
        if (problem.isPresent()) { // whoever may write here may put any program into all runners
            throw new InstallationException("the cache " + folder + " cannot be used: " + problem.get(), false, null);
        }
        Pattern digests = Pattern.compile(Pattern.quote(platform.packagePrefix()) + ".*" + Pattern.quote(DIGEST));
        for (Path entry : entries()) {
            String name = String.valueOf(entry.getFileName());
            if (UNDER_WAY.matcher(name).matches() && isOlder(entry, LEFT)) {
                LOG.info("{} was left unfinished and is deleted", entry);
                FolderTree.delete(entry);
            } else if (digests.matcher(name).matches() && isOlder(entry, UNUSED)) {
                forget(name.substring(0, name.length() - DIGEST.length()));
            }
        }
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }

    /** An archive, its digest, and what was unpacked of it. */
    private void forget(String file) throws IOException {
        LOG.info("{} has not been used for {} days and is deleted", file, UNUSED.toDays());
        String tree = file.replaceAll("\\.(tar\\.gz|zip)$", "") + "-";
        for (Path entry : entries()) {
            if (String.valueOf(entry.getFileName()).startsWith(tree)) {
                FolderTree.delete(entry);
            }
        }
        Files.deleteIfExists(folder.resolve(file));
        Files.deleteIfExists(folder.resolve(file + DIGEST));
    }

    private boolean isOlder(Path entry, Duration age) throws IOException {
        try {
            return Files.getLastModifiedTime(entry, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .plus(age)
                    .isBefore(time.instant());
        } catch (NoSuchFileException goneMeanwhile) {
            return false;
        }
    }

    /** Where a download may write. */
    PackageFile part(String file) {
        return new PackageFile(folder.resolve(file + "." + chance.get() + ".part"));
    }

    /** An archive of this version, if it is there and is what it was when it came. */
    Optional<RunnerPackage> find(String version) throws IOException {
        Path archive = folder.resolve(platform.packageFile(version));
        if (!Files.isRegularFile(archive)) {
            return Optional.empty();
        }
        String expected;
        try {
            expected =
                    Files.readString(digest(archive), StandardCharsets.US_ASCII).trim();
        } catch (NoSuchFileException never) {
            return Optional.empty();
        }
        if (expected.equals(digestOf(archive))) {
            Files.setLastModifiedTime(digest(archive), FileTime.from(time.instant()));
            return Optional.of(new RunnerPackage(platform, version, archive, expected));
        }
        LOG.warn("{} is not what was downloaded any more; it is deleted", archive);
        Files.deleteIfExists(archive);
        return Optional.empty();
    }

    private String digestOf(Path archive) throws IOException {
        long size = Files.size(archive);
        FileTime modified = Files.getLastModifiedTime(archive);
        Verified known = verified.get(archive.toString());
        if (known != null && known.size() == size && known.modified().equals(modified)) {
            return known.sha256();
        }
        String sha256 = PackageFile.sha256(archive);
        verified.put(archive.toString(), new Verified(size, modified, sha256));
        return sha256;
    }

    /** The newest there is. */
    Optional<RunnerPackage> newest() throws IOException {
        for (String version : versions()) {
            Optional<RunnerPackage> found = find(version);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** Of the archives that are there, the newest first; whether they are whole is not looked at. */
    List<String> versions() throws IOException {
        Pattern name = Pattern.compile(
                Pattern.quote(platform.packagePrefix()) + "(" + PackageCatalog.VERSION + ")\\.(?:tar\\.gz|zip)");
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> name.matcher(String.valueOf(entry.getFileName())))
                    .filter(Matcher::matches)
                    .map(found -> found.group(1))
                    .sorted(Comparator.comparing((String version) -> version, RunnerFreshness::compare)
                            .reversed())
                    .toList();
        } catch (NoSuchFileException never) {
            return List.of();
        }
    }

    /** Puts what was downloaded in place. */
    RunnerPackage add(PackageFile part, String version, String sha256) throws IOException {
        Path archive = folder.resolve(platform.packageFile(version));
        part.force();
        Path draft = folder.resolve(archive.getFileName() + DIGEST + "." + chance.get() + ".part");
        Files.writeString(draft, sha256 + "\n", StandardCharsets.US_ASCII);
        Files.setLastModifiedTime(draft, FileTime.from(time.instant()));
        Files.move(draft, digest(archive), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part.file(), archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new RunnerPackage(platform, version, archive, sha256);
    }

    private static Path digest(Path archive) {
        return archive.resolveSibling(archive.getFileName() + DIGEST);
    }

    /** The folder that holds what is in a package; unpacked if it is not there yet. */
    Path unpacked(RunnerPackage runner) throws IOException {
        String name = platform.packagePrefix() + runner.version() + "-"
                + runner.sha256().substring(0, 12);
        Path tree = folder.resolve(name);
        if (Files.isDirectory(tree)) {
            return tree;
        }
        Path draft = folder.resolve(name + "." + chance.get() + ".unpacking");
        try {
            Files.createDirectory(draft, FolderTree.only(draft, "rwx------"));
            unpack(new PackageArchive(runner.archive(), limits), draft);
            checkThatItIsARunner(runner, draft);
            Files.move(draft, tree, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException failure) {
            FolderTree.delete(draft);
            if (!Files.isDirectory(tree)) {
                throw failure;
            } // somebody else was faster
        }
        return tree;
    }

    private void unpack(PackageArchive archive, Path draft) throws IOException {
        try {
            archive.unpack(draft);
        } catch (IOException failure) {
            throw NoRoomException.orAsIs(failure, folder, "of a package were unpacked", archive.bytes());
        }
    }

    private void checkThatItIsARunner(RunnerPackage runner, Path tree) throws IOException {
        Path listener = tree.resolve("bin").resolve(platform.isWindows() ? "Runner.Listener.exe" : "Runner.Listener");
        if (!Files.isRegularFile(listener) || !(platform.isWindows() || Files.isExecutable(listener))) {
            throw new IOException(runner.archive() + " is no package of the runner: it holds no program "
                    + tree.relativize(listener));
        }
    }

    /** Copies what is in a package to a folder that is not there yet; what an attempt before left is deleted. */
    void put(Path tree, Path target, boolean hardLinks) throws IOException {
        Path parent = target.getParent();
        if (parent == null || Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new InstallationException(
                    target + " is there already; remove the runner in it, or name another folder", false, null);
        }
        Files.createDirectories(parent);
        String draftPrefix = "." + target.getFileName() + ".installing-";
        try (var left = Files.newDirectoryStream(
                parent, entry -> String.valueOf(entry.getFileName()).startsWith(draftPrefix))) {
            for (Path entry : left) {
                FolderTree.delete(entry);
            }
        }
        Path draft = parent.resolve(draftPrefix + chance.get());
        try {
            copy(tree, draft, hardLinks);
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException failure) {
            FolderTree.delete(draft);
            throw failure;
        }
    }

    /** Copies what is in a package to where nothing is yet. What a failure leaves is the caller's to delete. */
    static void copy(Path tree, Path target, boolean hardLinks) throws IOException {
        try {
            FolderTree.copy(tree, target, hardLinks);
        } catch (IOException failure) {
            Path parent = target.toAbsolutePath().getParent();
            throw NoRoomException.orAsIs(
                    failure, parent == null ? target : parent, "a runner takes", FolderTree.bytes(tree));
        }
    }
}
