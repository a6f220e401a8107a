package dev.paddock.internal.report;

import dev.paddock.spi.RunnerDiagnostics;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The end of a file that is to be copied without its secrets.
 *
 * @param from the file
 * @param name what it is called in the runner's folder
 * @param bytes how much of its end
 */
record MaskedCopy(Path from, String name, long bytes) {
    /** Of a longer line only the beginning is copied: no mask knows part of a secret. */
    private static final int LINE = 1 << 16;

    private record Found(Path path, String name, long size, long changed) {}

    /** What of a runner's files fits: at most half for its output, then the newest first. */
    static List<MaskedCopy> of(RunnerDiagnostics diagnostics, long room) throws IOException {
        List<Found> found = new ArrayList<>();
        for (Path file : diagnostics.files()) {
            if (file.startsWith(diagnostics.folder())) {
                look(file, diagnostics.folder().relativize(file).toString(), found);
            }
        }
        List<MaskedCopy> copies = new ArrayList<>();
        long left = room;
        for (int i = 0; i < found.size(); i++) {
            if (i == 1) {
                found.subList(1, found.size())
                        .sort(Comparator.comparingLong(Found::changed)
                                .reversed()
                                .thenComparing(Found::name));
            }
            Found file = found.get(i);
            long bytes = Math.min(file.size(), i == 0 && found.size() > 1 ? room / 2 : left);
            if (bytes > 0) {
                copies.add(new MaskedCopy(file.path(), file.name(), bytes));
                left -= bytes;
            }
        }
        return copies;
    }

    private static void look(Path file, String name, List<Found> found) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (attributes.isRegularFile()) {
                found.add(new Found(
                        file,
                        name,
                        attributes.size(),
                        attributes.lastModifiedTime().toMillis()));
            }
        } catch (java.nio.file.NoSuchFileException gone) {
            // what is not there cannot be kept
        }
    }

    /** Writes it. Bytes that are no text stay as they are. */
    void write(Path target, UnaryOperator<String> mask) throws IOException {
        try (SeekableByteChannel channel =
                        Files.newByteChannel(from, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
            long start = Math.max(0, channel.size() - bytes);
            channel.position(start);
            lines(new BufferedInputStream(Channels.newInputStream(channel), LINE), start > 0, out, mask);
        }
    }

    private void lines(InputStream in, boolean amidALine, OutputStream out, UnaryOperator<String> mask)
            throws IOException {
        var line = new ByteArrayOutputStream();
        boolean leftOut = amidALine;
        long rest = bytes;
        for (int next = in.read(); next >= 0 && rest-- > 0; next = in.read()) {
            if (next == '\n') {
                if (!leftOut) {
                    put(line, out, mask);
                    out.write('\n');
                }
                leftOut = false;
            } else if (!leftOut && line.size() < LINE) {
                line.write(next);
            }
        }
        put(line, out, mask);
    }

    private static void put(ByteArrayOutputStream line, OutputStream out, UnaryOperator<String> mask)
            throws IOException {
        String text = line.toString(StandardCharsets.ISO_8859_1);
        out.write(mask.apply(text).getBytes(StandardCharsets.ISO_8859_1));
        line.reset();
    }
}
