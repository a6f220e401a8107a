package dev.paddock.host.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The small files in which Linux tells of itself, below a root that is {@code /} but for tests. */
public final class HostFiles {
    /** More than any of them holds; what is longer is not one of them. */
    private static final int LONGEST = 1 << 20;

    private final Path root;

    /**
     * Reads below a root.
     *
     * @param root of all paths
     */
    public HostFiles(Path root) {
        this.root = root;
    }

    /**
     * Where a file of the host is.
     *
     * @param path absolute, with {@code /}
     * @return below the root
     */
    public Path at(String path) {
        return root.resolve(path.startsWith("/") ? path.substring(1) : path);
    }

    /**
     * A file's text.
     *
     * @param path absolute, with {@code /}
     * @return empty if it is not there, is no file or cannot be read; cut off after 1 MiB
     */
    public Optional<String> text(String path) {
        try {
            Path file = at(path);
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            try (InputStream in = Files.newInputStream(file)) {
                return Optional.of(new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8));
            }
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }

    /**
     * A file's lines.
     *
     * @param path absolute, with {@code /}
     * @return as {@link #text}
     */
    public Optional<List<String>> lines(String path) {
        return text(path).map(text -> text.lines().toList());
    }

    /**
     * Whether a folder is there.
     *
     * @param path absolute, with {@code /}
     * @return false if not, or if it cannot be told
     */
    public boolean hasFolder(String path) {
        try {
            return Files.isDirectory(at(path));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /**
     * The names in a folder.
     *
     * @param path absolute, with {@code /}
     * @return sorted; empty if it is not there or cannot be read
     */
    public List<String> names(String path) {
        try (var entries = Files.list(at(path))) {
            return entries.filter(entry -> !Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException | InvalidPathException e) {
            return List.of();
        }
    }
}
