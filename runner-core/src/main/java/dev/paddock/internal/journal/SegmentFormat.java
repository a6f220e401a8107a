package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.JournalEntry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A journal file as bytes. Integers are big-endian.
 *
 * <p>Header: magic (8), format version (4), epoch (8), size of the file (8), length of the fleet's id (4), the id in
 * UTF-8, CRC32C of all before (4). Then records, up to the first that is none: mark (4), length of the payload (4),
 * number (8), CRC32C of length, number and payload (4), payload: {@link EntryCodec entries}. The rest is zeros. Records
 * are numbered from 1. A record is what one write made durable, and is durable before the next is begun; so only the
 * last can be torn, and a damaged one with a good one behind it was good once.
 */
final class SegmentFormat {
    /** The format written. */
    static final int VERSION = 1;

    private static final byte[] MAGIC = "PADDOCKJ".getBytes(StandardCharsets.US_ASCII);
    private static final int MARK = 0x9A4A5243;
    private static final int FRAME = 4 + 4 + 8 + 4;
    private static final int LEAST_HEADER = 8 + 4 + 8 + 8 + 4 + 4;
    private static final String WAY_OUT =
            " Restore the file from a copy, or move it away to begin a new journal: runners"
                    + " are then found again by the lists of sources and providers, tasks that were given to them are not.";

    /**
     * What a file holds.
     *
     * @param version its format
     * @param fleet the fleet it belongs to
     * @param epoch the opening that wrote it
     * @param entries all of them, in order
     * @param end where the last good record ends
     * @param torn how many bytes behind it are of a record that was never finished
     * @param missing by how many bytes the file is shorter than it was made
     */
    record Contents(
            int version, String fleet, long epoch, List<JournalEntry> entries, long end, long torn, long missing) {}

    private SegmentFormat() {}

    // ---- writing -------------------------------------------------------------------------------------------

    static void header(Bytes to, String fleet, long epoch, long fileSize) {
        int start = to.size();
        to.putBytes(MAGIC);
        to.putInt(VERSION);
        to.putLong(epoch);
        to.putLong(fileSize);
        to.putText(fleet);
        to.putInt(crc(to.from(start)));
    }

    static void record(Bytes to, long number, List<JournalEntry> entries) {
        to.putInt(MARK);
        int start = to.size();
        to.putInt(0);
        to.putLong(number);
        int crc = to.size();
        to.putInt(0);
        int payload = to.size();
        for (int i = 0; i < entries.size(); i++) {
            EntryCodec.write(entries.get(i), to);
        }
        to.setInt(start, to.size() - payload);
        to.setInt(crc, recordCrc(to.from(start)));
    }

    private static int crc(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** Of length and number, then, leaving out the place of the result, of the payload. */
    private static int recordCrc(ByteBuffer fromLength) {
        var crc = new CRC32C();
        int start = fromLength.position();
        crc.update(fromLength.slice(start, 12));
        crc.update(fromLength.slice(start + 16, fromLength.limit() - start - 16));
        return (int) crc.getValue();
    }

    // ---- reading -------------------------------------------------------------------------------------------

    /**
     * Reads a whole file.
     *
     * @throws JournalException if it is no journal, of a newer format, or damaged elsewhere than at its end
     */
    static Contents read(String place, ByteBuffer file) {
        int version = version(place, file);
        if (version < 1) {
            throw damaged(place, MAGIC.length, "there is no format " + version, null);
        }
        return switch (version) {
            case 1 -> readVersion1(place, file);
            default ->
                throw new JournalException(
                        place + " is of format " + version + ", and this version of Paddock knows " + VERSION
                                + " at most; it is left untouched. Use the version that wrote it, or a newer one.",
                        null);
        };
    }

    private static int version(String place, ByteBuffer file) {
        byte[] magic = new byte[MAGIC.length];
        if (file.limit() >= magic.length) {
            file.get(0, magic);
        }
        if (!Arrays.equals(magic, MAGIC) || file.limit() < LEAST_HEADER) {
            throw new JournalException(
                    place + " (" + file.limit() + " bytes) is not a journal, or its beginning is lost; it is left"
                            + " untouched. If it is none, name another file." + WAY_OUT,
                    null);
        }
        return file.getInt(MAGIC.length);
    }

    private static Contents readVersion1(String place, ByteBuffer file) {
        file.position(MAGIC.length + 4);
        long epoch = file.getLong();
        long size = file.getLong();
        int length = file.getInt(file.position());
        int end = LEAST_HEADER + length;
        if (length < 0
                || length > file.limit() - LEAST_HEADER
                || crc(file.slice(0, end - 4)) != file.getInt(end - 4)
                || epoch < 1) {
            throw damaged(place, 0, "its header cannot be read", null);
        }
        String fleet = EntryCodec.text(file);
        List<JournalEntry> entries = new ArrayList<>();
        int at = end;
        long number = 1;
        while (isRecord(file, at)) {
            if (file.getLong(at + 8) != number) {
                throw damaged(place, at, "record " + file.getLong(at + 8) + " follows record " + (number - 1), null);
            }
            entries(place, file, at, entries);
            at += FRAME + file.getInt(at + 4);
            number++;
        }
        int next = nextRecord(file, at);
        if (next >= 0) {
            throw damaged(place, at, "no record can be read there, but there is a good one at offset " + next, null);
        }
        return new Contents(
                1, fleet, epoch, List.copyOf(entries), at, rest(file, at), Math.max(0, size - file.limit()));
    }

    private static boolean isRecord(ByteBuffer file, int at) {
        if (file.limit() - at < FRAME || file.getInt(at) != MARK) {
            return false;
        }
        int length = file.getInt(at + 4);
        return length >= 0
                && length <= file.limit() - at - FRAME
                && recordCrc(file.slice(at + 4, FRAME - 4 + length)) == file.getInt(at + 16);
    }

    private static void entries(String place, ByteBuffer file, int at, List<JournalEntry> to) {
        ByteBuffer payload = file.slice(at + FRAME, file.getInt(at + 4));
        try {
            while (payload.hasRemaining()) {
                to.add(EntryCodec.read(payload));
            }
        } catch (EntryCodec.Unreadable unknown) {
            throw damaged(place, at, "its record is whole but says nothing known", unknown);
        }
    }

    private static int nextRecord(ByteBuffer file, int at) {
        for (int i = at + 1; i <= file.limit() - FRAME; i++) {
            if (file.get(i) == (byte) (MARK >> 24) && isRecord(file, i)) {
                return i;
            }
        }
        return -1;
    }

    /** How far what is not zero reaches. */
    private static long rest(ByteBuffer file, int at) {
        int last = file.limit();
        while (last > at && file.get(last - 1) == 0) {
            last--;
        }
        return (long) last - at;
    }

    private static JournalException damaged(String place, int at, String what, EntryCodec.@Nullable Unreadable cause) {
        return new JournalException(
                place + " is damaged at offset " + at + ": " + what + "; it is left untouched." + WAY_OUT, cause);
    }
}
