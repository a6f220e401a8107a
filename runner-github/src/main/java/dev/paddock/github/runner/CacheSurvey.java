package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Looks at all that is in a cache, so many files a turn, without following a link. Confined to whoever asks. */
final class CacheSurvey {
    /**
     * What is evicted as a whole.
     *
     * @param path below the cache's folder
     * @param bytes what its files hold; one of several names counts where it was met first
     * @param lastUsed when a file in it was last written, or read where that is noted
     */
    record Entry(Path path, long bytes, Instant lastUsed) {}

    private static final class Sum {
        long bytes;
        Instant lastUsed = Instant.EPOCH;
    }

    private final Path top;
    private final int depth;
    private final Deque<Path> folders = new ArrayDeque<>();
    private final Map<Path, Sum> sums = new TreeMap<>();
    private final Set<Object> linked = new HashSet<>();
    private final boolean knowsLinks;

    CacheSurvey(Path top, int depth) throws IOException {
        this.top = top;
        this.depth = depth;
        knowsLinks = top.getFileSystem().supportedFileAttributeViews().contains("unix");
        folders.push(top);
    }

    /** Looks on; true once all was seen. What vanishes meanwhile is not counted. A folder is seen at once. */
    boolean look(int files) throws IOException {
        int seen = 0;
        while (!folders.isEmpty() && seen < files) {
            Path folder = folders.pop();
            try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
                for (Path child : children) {
                    seen++;
                    add(child);
                }
            } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException goneOrClosed) {
                seen++;
            } catch (DirectoryIteratorException failure) {
                throw failure.getCause();
            }
        }
        return folders.isEmpty();
    }

    /** Looks at all of it at once. */
    CacheSurvey lookAtAll() throws IOException {
        boolean all = false;
        while (!all) {
            all = look(Integer.MAX_VALUE);
        }
        return this;
    }

    private void add(Path child) throws IOException {
        Path below = top.relativize(child);
        if (below.startsWith(CacheFolder.OURS)) {
            return;
        }
        BasicFileAttributes is;
        try {
            is = Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException gone) {
            return;
        }
        if (is.isDirectory()) {
            folders.push(child);
            if (below.getNameCount() < depth) {
                return; // not an entry, but what holds some
            }
        }
        Sum sum = sums.computeIfAbsent(below.subpath(0, Math.min(depth, below.getNameCount())), path -> new Sum());
        used(sum, is.lastModifiedTime().toInstant());
        if (is.isRegularFile()) {
            used(sum, is.lastAccessTime().toInstant()); // of a folder we are the one who reads it
            sum.bytes += isCounted(child, is) ? 0 : is.size();
        }
    }

    private static void used(Sum sum, Instant when) {
        if (when.isAfter(sum.lastUsed)) {
            sum.lastUsed = when;
        }
    }

    private boolean isCounted(Path file, BasicFileAttributes is) throws IOException {
        Object key = is.fileKey();
        if (!knowsLinks || key == null) {
            return false;
        }
        try {
            Object names = Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
            return names instanceof Integer number && number > 1 && !linked.add(key);
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    long bytes() {
        return sums.values().stream().mapToLong(sum -> sum.bytes).sum();
    }

    /** The longest unused first. */
    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        sums.forEach((path, sum) -> entries.add(new Entry(path, sum.bytes, sum.lastUsed)));
        entries.sort(Comparator.comparing(Entry::lastUsed));
        return entries;
    }
}
