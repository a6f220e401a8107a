package dev.paddock.internal.multirunner;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Changes that wait to be folded into a file. Each record is what the file is to hold: length of the content (4), CRC32C
 * of mark and content (4), mark (8), content. The mark names the content of the file that the records follow, so those
 * that were left behind by an earlier one do not count. What was not written to its end does not either.
 */
final class ChangeLog {
    /** Written before it is used, so that a record forces nothing but itself. A larger record makes the log longer. */
    static final int ROOM = 1 << 20;

    private static final String SUFFIX = ".log";
    private static final int HEAD = 16;

    /** The last record, and where the next one goes. */
    record Last(long mark, ByteBuffer content, int end) {
        byte[] bytes() {
            byte[] bytes = new byte[content.remaining()];
            content.duplicate().get(bytes);
            return bytes;
        }
    }

    private ChangeLog() {}

    /** Where the changes of a file wait. */
    static Path of(Path target) {
        return LockedJson.beside(target, SUFFIX);
    }

    /** What records that follow this content are marked with. */
    static long mark(byte[] content) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        return (long) content.length << Integer.SIZE | sum.getValue();
    }

    /** Null if there is none. */
    static @Nullable Last last(Path target) throws IOException {
        byte[] bytes;
        try (FileChannel channel = FileChannel.open(of(target), StandardOpenOption.READ)) {
            if (isEmpty(channel)) {
                return null;
            }
            bytes = LockedJson.bytes(channel);
        } catch (NoSuchFileException none) {
            return null;
        }
        ByteBuffer all = ByteBuffer.wrap(bytes);
        int last = -1;
        int end = 0;
        while (isRecord(all, end) && (last < 0 || all.getLong(end + 8) == all.getLong(last + 8))) {
            last = end;
            end += HEAD + all.getInt(end);
        }
        return last < 0 ? null : new Last(all.getLong(last + 8), all.slice(last + HEAD, end - last - HEAD), end);
    }

    private static boolean isEmpty(FileChannel channel) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
        return channel.read(length, 0) < Integer.BYTES || length.getInt(0) == 0;
    }

    private static boolean isRecord(ByteBuffer all, int at) {
        if (all.limit() - at < HEAD) {
            return false;
        }
        int length = all.getInt(at);
        return length > 0 && length <= all.limit() - at - HEAD && all.getInt(at + 4) == sum(all, at, length);
    }

    private static int sum(ByteBuffer all, int at, int length) {
        CRC32C sum = new CRC32C();
        sum.update(all.slice(at + 8, length + 8));
        return (int) sum.getValue();
    }

    /** Appends a record, and returns once it is durable. Returns where the next one goes. */
    static int append(Path target, int at, long mark, byte[] content) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(HEAD + content.length);
        record.putInt(content.length).putInt(0).putLong(mark).put(content).flip();
        record.putInt(4, sum(record, 0, content.length));
        try (FileChannel channel = FileChannel.open(of(target), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            int from = at;
            if (channel.size() < ROOM) {
                from = channel.size() < at ? 0 : at; // somebody took the log away; each record holds everything
                LockedJson.keepPermissions(target, of(target));
                write(channel, ByteBuffer.allocate((int) (ROOM - channel.size())), channel.size());
                channel.force(true);
                LockedJson.forceFolder(target);
            }
            write(channel, record, from);
            channel.force(false);
            return from + record.limit();
        }
    }

    /** Leaves nothing to be folded. */
    static void empty(Path target) throws IOException {
        try (FileChannel channel = FileChannel.open(of(target), StandardOpenOption.WRITE)) {
            write(channel, ByteBuffer.allocate(HEAD), 0);
            channel.force(false);
        }
    }

    static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        long begin = at - bytes.position();
        while (bytes.hasRemaining()) {
            channel.write(bytes, begin + bytes.position());
        }
    }
}
