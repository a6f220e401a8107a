package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The end of a log that a service writes into its folder, where no service manager keeps one. */
final class ServiceLog {
    private static final int LONGEST = 1 << 20;

    private ServiceLog() {}

    /** The last lines of the newest file of a pattern; none without one. */
    static List<String> tail(Path folder, String pattern, int lines) throws IOException {
        if (lines < 1 || lines > 10_000) {
            throw new IllegalArgumentException("from 1 to 10000 lines of a log can be had: " + lines);
        }
        Optional<Path> newest = newest(folder, pattern);
        if (newest.isEmpty()) {
            return List.of();
        }
        List<String> all = end(newest.get()).lines().toList();
        return all.subList(Math.max(0, all.size() - lines), all.size());
    }

    /** The runner's names hold the time, so that the last by name is the newest. */
    private static Optional<Path> newest(Path folder, String pattern) throws IOException {
        Optional<Path> newest = Optional.empty();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
            for (Path file : files) {
                if (newest.isEmpty() || file.compareTo(newest.get()) > 0) {
                    newest = Optional.of(file);
                }
            }
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (DirectoryIteratorException failure) {
            throw failure.getCause();
        }
        return newest;
    }

    private static String end(Path file) throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            channel.position(Math.max(0, channel.size() - LONGEST));
            var bytes = ByteBuffer.allocate(LONGEST);
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // until the end
            }
            return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        }
    }
}
