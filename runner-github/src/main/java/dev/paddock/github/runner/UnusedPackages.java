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
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Versions in a package cache that nobody has wanted lately, but for each platform's newest. A runner has a copy of its
 * own, or the files by another name, so that none needs them. Names are those that {@link PackageCache} gives.
 */
final class UnusedPackages implements Chore {
    /** A provider asks for its version once an hour, and that is noted in the digest's time. */
    static final Duration IN_USE = Duration.ofHours(2);

    private static final Pattern ENTRY = Pattern.compile("(actions-runner-[a-z]+-[a-z0-9]+-)(\\d+\\.\\d+\\.\\d+)"
            + "(-[0-9a-f]{12}|\\.(?:tar\\.gz|zip)(?:\\.sha256)?)");

    private final Path folder;
    private final InstantSource time;

    UnusedPackages(Path folder, InstantSource time) {
        this.folder = folder;
        this.time = time;
    }

    @Override
    public List<Find> look() throws IOException {
        List<Find> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        Optional<String> problem = FolderTree.whyNotOurs(folder);
        if (problem.isPresent()) {
            throw new IOException(folder + " is left alone: " + problem.get());
        }
        @Nullable Object key = SecureTree.key(folder.toRealPath());
        for (SortedMap<String, List<Path>> platform : platforms().values()) {
            String newest =
                    platform.keySet().stream().max(RunnerFreshness::compare).orElseThrow();
            for (var version : platform.entrySet()) {
                if (!version.getKey().equals(newest) && !isInUse(version.getValue())) {
                    found.add(find(key, version.getKey(), newest, version.getValue()));
                }
            }
        }
        return found;
    }

    /** By platform, by version, what there is of it. */
    private SortedMap<String, SortedMap<String, List<Path>>> platforms() throws IOException {
        SortedMap<String, SortedMap<String, List<Path>>> platforms = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Matcher name = ENTRY.matcher(String.valueOf(entry.getFileName()));
                if (name.matches()) {
                    platforms
                            .computeIfAbsent(name.group(1), platform -> new TreeMap<>())
                            .computeIfAbsent(name.group(2), version -> new ArrayList<>())
                            .add(entry.getFileName());
                }
            }
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        return platforms;
    }

    private boolean isInUse(List<Path> entries) throws IOException {
        for (Path entry : entries) {
            try {
                if (Files.getLastModifiedTime(folder.resolve(entry), LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .plus(IN_USE)
                        .isAfter(time.instant())) {
                    return true;
                }
            } catch (NoSuchFileException gone) {
                // it is not in use
            }
        }
        return false;
    }

    private Find find(@Nullable Object key, String version, String newest, List<Path> entries) throws IOException {
        entries.sort(null);
        long bytes = 0;
        for (Path entry : entries) {
            bytes += Chore.size(folder.resolve(entry));
        }
        var item = new Item(
                Kind.PACKAGE,
                folder.resolve(entries.get(0)).toString(),
                new ByteSize(bytes),
                "version " + version + " is not in use, and " + newest + " is newer");
        return new Find(item, () -> {
            if (isInUse(entries)) {
                throw new Kept("version " + version + " is wanted again");
            }
            var budget = new SecureTree.Budget(IN_A_TURN);
            for (Path entry : entries) { // the digest goes after its archive, and so does not outlive it for long
                if (!SecureTree.delete(folder, key, entry, budget)) {
                    return false;
                }
            }
            return true;
        });
    }
}
