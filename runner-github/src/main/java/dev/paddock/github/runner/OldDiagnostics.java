package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import dev.paddock.github.runner.HostJanitor.Item;
import dev.paddock.github.runner.HostJanitor.Kind;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Logs in {@code _diag} of official runners that have not been written for long, living runners' too. */
final class OldDiagnostics implements Chore {
    private static final Pattern LOG = Pattern.compile("(Runner|Worker)_.*\\.log");

    private final Path folder;
    private final boolean holdsRunners;
    private final Duration age;
    private final InstantSource time;

    /** {@code holdsRunners}: of each runner that has a record in the folder, else of the one that is the folder. */
    OldDiagnostics(Path folder, boolean holdsRunners, Duration age, InstantSource time) {
        this.folder = folder;
        this.holdsRunners = holdsRunners;
        this.age = age;
        this.time = time;
    }

    @Override
    public List<Find> look() throws IOException {
        List<Find> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        @Nullable Object key = SecureTree.key(folder.toRealPath());
        for (Path diagnostics : diagnostics()) {
            try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder.resolve(diagnostics))) {
                for (Path log : logs) {
                    String name = String.valueOf(log.getFileName());
                    if (LOG.matcher(name).matches()) {
                        add(found, key, diagnostics.resolve(name));
                    }
                }
            } catch (DirectoryIteratorException failure) {
                throw failure.getCause();
            } catch (NoSuchFileException gone) {
                // its runner was removed
            }
        }
        return found;
    }

    private List<Path> diagnostics() throws IOException {
        List<Path> all = new ArrayList<>();
        if (!holdsRunners) {
            all.add(Path.of("_diag"));
        } else {
            try (DirectoryStream<Path> records = Files.newDirectoryStream(folder, "*.json")) {
                for (Path record : records) {
                    String name = String.valueOf(record.getFileName());
                    all.add(Path.of(name.substring(0, name.length() - ".json".length()), "_diag"));
                }
            } catch (DirectoryIteratorException failure) {
                throw failure.getCause();
            }
        }
        all.removeIf(one -> !Files.isDirectory(folder.resolve(one), LinkOption.NOFOLLOW_LINKS));
        all.sort(null);
        return all;
    }

    private void add(List<Find> found, @Nullable Object key, Path below) throws IOException {
        Path path = folder.resolve(below);
        try {
            var is = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (is.isRegularFile() && isOld(is)) {
                var item = new Item(
                        Kind.DIAGNOSTICS,
                        path.toString(),
                        new ByteSize(is.size()),
                        "was last written over " + age + " ago");
                found.add(new Find(item, () -> SecureTree.delete(folder, key, below, new SecureTree.Budget(1))));
            }
        } catch (NoSuchFileException gone) {
            // nothing to do
        }
    }

    private boolean isOld(BasicFileAttributes file) {
        return !file.lastModifiedTime().toInstant().plus(age).isAfter(time.instant());
    }
}
