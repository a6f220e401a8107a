package dev.paddock.internal.journal;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.JournalEntry.Kind;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.TaskLease;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An entry as bytes, the same in a file and in a database. Integers are big-endian; a text is its length in bytes (4)
 * and its UTF-8. Format 1: kind (1), runner, pool, seconds of the epoch (8), nanoseconds (4); then with PROVISIONED the
 * handle's runner, pool, place, number of data (4), each a key and a value; with ASSIGNED and RELEASED the lease's task
 * and number (8), and if there is more to it whether it has its GPU to itself (1), the GPU memory in bytes (8), whether
 * it ends (1), and if so by when (8 and 4); with NOTED the note.
 */
final class EntryCodec {
    /** The format written. A reader knows this one and all before it. */
    static final int FORMAT = 1;

    /** Bytes that are no entry of a format we know. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static final byte ASSIGNED_WITH_MORE = 7;
    private static final byte RELEASED_WITH_MORE = 8;

    private EntryCodec() {}

    // ---- writing -------------------------------------------------------------------------------------------

    static void write(JournalEntry entry, Bytes to) {
        to.putByte(code(entry));
        to.putText(entry.runner().value());
        to.putText(entry.pool());
        write(entry.at(), to);
        if (entry.handle().isPresent()) {
            write(entry.handle().get(), to);
        }
        if (entry.lease().isPresent()) {
            write(entry.lease().get(), to);
        }
        entry.note().ifPresent(to::putText);
    }

    private static void write(RunnerHandle handle, Bytes to) {
        to.putText(handle.runner().value());
        to.putText(handle.pool());
        to.putText(handle.place());
        to.putInt(handle.data().size());
        handle.data().forEach((key, value) -> {
            to.putText(key);
            to.putText(value);
        });
    }

    private static void write(TaskLease lease, Bytes to) {
        to.putText(lease.task());
        to.putLong(lease.number());
        if (isPlain(lease)) {
            return;
        }
        to.putByte((byte) (lease.exclusiveGpu() ? 1 : 0));
        to.putLong(lease.gpuMemory().bytes());
        to.putByte((byte) (lease.endsBy().isPresent() ? 1 : 0));
        lease.endsBy().ifPresent(end -> write(end, to));
    }

    private static boolean isPlain(TaskLease lease) {
        return !lease.exclusiveGpu()
                && lease.gpuMemory().bytes() == 0
                && lease.endsBy().isEmpty();
    }

    private static void write(Instant at, Bytes to) {
        to.putLong(at.getEpochSecond());
        to.putInt(at.getNano());
    }

    /** Fixed for ever; the order of the constants is not. */
    private static byte code(JournalEntry entry) {
        boolean plain = entry.lease().map(EntryCodec::isPlain).orElse(true);
        return switch (entry.kind()) {
            case CREATING -> 1;
            case PROVISIONED -> 2;
            case ASSIGNED -> plain ? 3 : ASSIGNED_WITH_MORE;
            case RELEASED -> plain ? 4 : RELEASED_WITH_MORE;
            case REMOVED -> 5;
            case NOTED -> 6;
            case RETIRED -> 9;
        };
    }

    // ---- reading -------------------------------------------------------------------------------------------

    /** Reads one entry of a known format from where the buffer stands. */
    static JournalEntry read(ByteBuffer from) throws Unreadable {
        try {
            byte code = from.get();
            Kind kind = kind(code);
            var runner = new RunnerId(text(from));
            String pool = text(from);
            Instant at = instant(from);
            Optional<RunnerHandle> handle = kind == Kind.PROVISIONED ? Optional.of(handle(from)) : Optional.empty();
            Optional<TaskLease> lease = kind == Kind.ASSIGNED || kind == Kind.RELEASED
                    ? Optional.of(lease(from, code == ASSIGNED_WITH_MORE || code == RELEASED_WITH_MORE))
                    : Optional.empty();
            Optional<String> note = kind == Kind.NOTED ? Optional.of(text(from)) : Optional.empty();
            return new JournalEntry(kind, runner, pool, at, handle, lease, note);
        } catch (BufferUnderflowException | IllegalArgumentException | DateTimeException wrong) {
            throw new Unreadable("not an entry of format " + FORMAT + ": " + wrong, wrong);
        }
    }

    private static Kind kind(byte code) {
        return switch (code) {
            case 1 -> Kind.CREATING;
            case 2 -> Kind.PROVISIONED;
            case 3, ASSIGNED_WITH_MORE -> Kind.ASSIGNED;
            case 4, RELEASED_WITH_MORE -> Kind.RELEASED;
            case 5 -> Kind.REMOVED;
            case 6 -> Kind.NOTED;
            case 9 -> Kind.RETIRED;
            default -> throw new IllegalArgumentException("no kind has the code " + code);
        };
    }

    private static TaskLease lease(ByteBuffer from, boolean withMore) {
        String task = text(from);
        long number = from.getLong();
        if (!withMore) {
            return new TaskLease(task, number);
        }
        return new TaskLease(
                task,
                number,
                flag(from),
                new ByteSize(from.getLong()),
                flag(from) ? Optional.of(instant(from)) : Optional.empty());
    }

    private static boolean flag(ByteBuffer from) {
        byte value = from.get();
        if (value != 0 && value != 1) {
            throw new IllegalArgumentException("a yes or no is 1 or 0: " + value);
        }
        return value == 1;
    }

    private static Instant instant(ByteBuffer from) {
        return Instant.ofEpochSecond(from.getLong(), from.getInt());
    }

    private static RunnerHandle handle(ByteBuffer from) {
        var runner = new RunnerId(text(from));
        String pool = text(from);
        String place = text(from);
        Map<String, String> data = new TreeMap<>();
        for (int left = from.getInt(); left > 0; left--) {
            data.put(text(from), text(from));
        }
        return new RunnerHandle(runner, pool, place, data);
    }

    static String text(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw new IllegalArgumentException(
                    "a text of " + length + " bytes where " + from.remaining() + " are left");
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
