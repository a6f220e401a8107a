package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.github.runner.HostJanitor.Item;
import dev.paddock.github.runner.HostJanitor.Kind;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What runners that are gone have left in a root of {@link LocalRunnerProvider}: folders that could not be deleted,
 * installations that a crash broke off, and the work of runners whose record says that they were and whose processes are
 * no more. Whatever else is there is not ours to judge.
 */
final class LeftRunners implements Chore {
    /** Names as {@link RunnerFiles} and {@link PackageCache} give them, and nobody else does. */
    private static final Pattern ASIDE = Pattern.compile("\\.[a-z][a-z0-9-]*\\.\\d+\\.gone");

    private static final Pattern INSTALLING = Pattern.compile("\\.[a-z][a-z0-9-]*\\.installing-[0-9a-f]{16}");
    private static final Pattern RECORD = Pattern.compile("([a-z][a-z0-9-]*)\\.json");
    private static final List<String> WORK = List.of("_work", "_temp");

    private final Path root;
    private final Duration age;
    private final InstantSource time;
    private final ProcessTable processes;

    LeftRunners(Path root, Duration age, InstantSource time, ProcessTable processes) {
        this.root = root;
        this.age = age;
        this.time = time;
        this.processes = processes;
    }

    @Override
    public List<Find> look() throws IOException {
        List<Find> found = new ArrayList<>();
        if (!Files.isDirectory(root)) {
            return found;
        }
        Optional<String> problem = FolderTree.whyNotOurs(root);
        if (problem.isPresent()) {
            throw new IOException(root + " is left alone: " + problem.get());
        }
        @Nullable Object key = SecureTree.key(root.toRealPath());
        for (Path entry : names()) {
            String name = entry.toString();
            if (ASIDE.matcher(name).matches()) {
                add(found, key, entry, Kind.LEFTOVER, "its runner has ended, and it could not be deleted then", true);
            } else if (INSTALLING.matcher(name).matches() && isOld(root.resolve(entry))) {
                add(found, key, entry, Kind.LEFTOVER, "an installation that was broken off over " + age + " ago", true);
            } else if (RECORD.matcher(name).matches() && isGone(name)) {
                String runner = name.substring(0, name.length() - ".json".length());
                for (String work : WORK) {
                    Path folder = Path.of(runner, work);
                    if (Files.isDirectory(root.resolve(folder), LinkOption.NOFOLLOW_LINKS)) {
                        add(found, key, folder, Kind.WORK, runner + " has ended over " + age + " ago", false);
                    }
                }
            }
        }
        return found;
    }

    private List<Path> names() throws IOException {
        List<Path> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            entries.forEach(entry -> names.add(root.relativize(entry)));
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        names.sort(null);
        return names;
    }

    private void add(List<Find> found, @Nullable Object key, Path below, Kind kind, String why, boolean forGood)
            throws IOException {
        try {
            Path path = root.resolve(below);
            var item = new Item(kind, path.toString(), new ByteSize(Chore.size(path)), why);
            found.add(new Find(item, () -> {
                if (!forGood && !isGone(below.getName(0) + ".json")) {
                    throw new Kept(below.getName(0) + " is not gone any more");
                }
                return SecureTree.delete(root, key, below, new SecureTree.Budget(IN_A_TURN));
            }));
        } catch (NoSuchFileException goneMeanwhile) {
            // nothing to do
        }
    }

    private boolean isOld(Path path) throws IOException {
        try {
            return !Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                    .toInstant()
                    .plus(age)
                    .isAfter(time.instant());
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    /** A record that says so, has not been touched for long, and of whose runner nothing runs. In doubt it is not gone. */
    private boolean isGone(String recordName) throws IOException {
        Path file = root.resolve(recordName);
        if (!isOld(file)) {
            return false;
        }
        RunnerRecord record;
        try {
            record = RunnerRecord.of(Files.readAllBytes(file));
        } catch (IOException foreign) {
            return false;
        }
        RunnerId runner = record.runner();
        if (record.process().isEmpty() && CacheLease.ourWorld().isEmpty()) {
            return false; // it may have been started, and no marks can be read here
        }
        return (runner.value() + ".json").equals(recordName)
                && record.process().flatMap(processes::find).isEmpty()
                && processes
                        .marked(Launcher.marks(runner, root.resolve(runner.value())))
                        .isEmpty();
    }
}
