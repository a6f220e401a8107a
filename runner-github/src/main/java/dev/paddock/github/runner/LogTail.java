package dev.paddock.github.runner;

import dev.paddock.ByteSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Reads what is appended to a log, line by line, with secrets masked, in bounded memory and bounded steps. Not
 * thread-safe.
 */
final class LogTail {
    /** The most one {@link #read} takes. */
    static final int STEP = 1 << 20;
    /** Further behind than this, the reader skips to the first line that begins in the last {@link #STEP}. */
    static final long FAR_BEHIND = 4L * STEP;
    /** Of a longer line only the beginning is looked at. */
    static final int LINE = 1 << 16;

    private static final int KEPT_LINES = 20;
    private static final int KEPT_CHARS = 500;

    private final Path file;
    private final SecretMask mask;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Deque<String> last = new ArrayDeque<>();
    private long position;
    /** The same, for those who only want to know whether there is more. */
    private final AtomicLong seen = new AtomicLong();

    /** The rest of the line a skip landed in is left out: no mask knows part of a secret. */
    private boolean amidALine;

    LogTail(Path file, SecretMask mask) {
        this.file = file;
        this.mask = mask;
    }

    /** Whether there is something to read, or to find out. Thread-safe, and does not open the file. */
    boolean hasNews() {
        try {
            return length() != seen.get();
        } catch (IOException unreadable) {
            return true;
        }
    }

    /** Hands on the lines completed since the last time; says whether there is more to read now. */
    boolean read(Consumer<String> lines) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (java.nio.file.NoSuchFileException gone) {
            return false;
        }
        long size = attributes.size();
        if (!attributes.isRegularFile() || size == position) {
            return false;
        }
        if (size < position) {
            position = 0;
            amidALine = false;
            line.reset();
        }
        if (size - position > FAR_BEHIND) {
            position = size - STEP;
            amidALine = true;
            line.reset();
        }
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            channel.position(position);
            var buffer = ByteBuffer.allocate((int) Math.min(STEP, size - position));
            while (buffer.hasRemaining() && channel.read(buffer) > 0) {}
            position += buffer.position();
            seen.set(position);
            take(buffer.flip(), lines);
        }
        return position < size;
    }

    /** Hands on the rest, an unfinished last line included. */
    void readToEnd(Consumer<String> lines) throws IOException {
        long steps = FAR_BEHIND / STEP + 1;
        while (read(lines) && steps-- > 0) {}
        if (line.size() > 0) {
            endOfLine(lines);
        }
    }

    /**
     * Shortens a log that is longer than it may be: its end goes to another file, and it goes on empty. The program's
     * handle appends, so it need not know. What it writes in the instant between is lost, and lines are handed on first.
     */
    void cut(ByteSize most, Path older, Consumer<String> lines) throws IOException {
        if (length() <= most.bytes()) {
            return;
        }
        long steps = FAR_BEHIND / STEP + 1;
        while (read(lines) && steps-- > 0) {}
        try (SeekableByteChannel channel = Files.newByteChannel(
                file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            var end = ByteBuffer.allocate((int) Math.min(STEP, channel.size()));
            channel.position(channel.size() - end.capacity());
            while (end.hasRemaining() && channel.read(end) > 0) {}
            Files.deleteIfExists(older);
            try (SeekableByteChannel copy = Files.newByteChannel(
                    older,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    FolderTree.only(older, "rw-------"))) {
                end.flip();
                while (end.hasRemaining()) {
                    copy.write(end);
                }
            }
            if (channel.size() > position) {
                amidALine = true;
                line.reset();
            }
            channel.truncate(0);
            position = 0;
            seen.set(0);
        }
    }

    private long length() throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile() ? attributes.size() : 0;
        } catch (java.nio.file.NoSuchFileException gone) {
            return 0;
        }
    }

    private void take(ByteBuffer bytes, Consumer<String> lines) {
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (amidALine) {
                amidALine = next != '\n';
            } else if (next == '\n') {
                endOfLine(lines);
            } else if (line.size() < LINE) {
                line.write(next);
            }
        }
    }

    private void endOfLine(Consumer<String> lines) {
        String text = printable(mask.apply(line.toString(StandardCharsets.UTF_8)));
        line.reset();
        if (text.length() > KEPT_CHARS) {
            text = text.substring(0, KEPT_CHARS) + "…";
        }
        if (!text.isBlank()) {
            last.addLast(text);
            if (last.size() > KEPT_LINES) {
                last.removeFirst();
            }
            lines.accept(text);
        }
    }

    /** A log line is shown in terminals: it must not command them. */
    static String printable(String text) {
        char[] shown = text.stripTrailing().toCharArray();
        for (int i = 0; i < shown.length; i++) {
            if (Character.isISOControl(shown[i]) && shown[i] != '\t') {
                shown[i] = '?';
            }
        }
        return new String(shown);
    }

    /** The last lines read. */
    String end() {
        return String.join("\n", last);
    }
}
