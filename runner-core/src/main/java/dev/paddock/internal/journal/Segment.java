package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.JournalEntry;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that is written. Its whole length is there from the beginning, so that a force has nothing to tell the
 * file system; when it is full, what is live goes into a new one, which takes its name. Used by one thread at a time.
 */
final class Segment implements GroupCommit.Writer {
    private static final Logger LOG = LoggerFactory.getLogger(Segment.class);
    private static final int MOST_ENTRIES_OF_A_RECORD = 1000;
    /** A new file has room for this many times what is live, so that compactions stay rare. */
    private static final int ROOM = 4;

    private final String place;
    private final String name;
    private final String nextName;
    private final Storage storage;
    private final String fleet;
    private final long leastBytes;
    private final Bytes bytes = new Bytes();
    private LiveEntries live = new LiveEntries();
    private long epoch;
    private long number;
    private long position;
    private long capacity;

    Segment(String place, String name, Storage storage, String fleet, long leastBytes) {
        this.place = place;
        this.name = name;
        this.nextName = name + ".new";
        this.storage = storage;
        this.fleet = fleet;
        this.leastBytes = leastBytes;
    }

    List<JournalEntry> live() {
        return live.list();
    }

    /** Begins an epoch with what earlier ones have left. */
    void begin(long epoch, List<JournalEntry> entries) throws IOException {
        this.epoch = epoch;
        live = LiveEntries.of(entries);
        renew(0);
    }

    /** Puts a new file in the place of the old one. Whenever the power goes, one of the two is there, and whole. */
    private void renew(long more) throws IOException {
        List<JournalEntry> entries = live.list();
        capacity = Math.max(leastBytes, ROOM * ((long) headerBytes(0) + snapshot(entries) + more));
        position = (long) headerBytes(capacity) + snapshot(entries);
        storage.create(nextName, capacity);
        storage.write(nextName, 0, bytes.from(0));
        storage.force(nextName);
        storage.rename(nextName, name);
        storage.forceFolder();
    }

    private int headerBytes(long fileSize) {
        bytes.clear();
        SegmentFormat.header(bytes, fleet, epoch, fileSize);
        return bytes.size();
    }

    private int snapshot(List<JournalEntry> entries) {
        int before = bytes.size();
        number = 0;
        for (int i = 0; i < entries.size(); i += MOST_ENTRIES_OF_A_RECORD) {
            List<JournalEntry> some = entries.subList(i, Math.min(entries.size(), i + MOST_ENTRIES_OF_A_RECORD));
            SegmentFormat.record(bytes, ++number, some);
        }
        return bytes.size() - before;
    }

    @Override
    public void write(List<JournalEntry> entries) throws IOException {
        if (entries.isEmpty()) {
            return;
        }
        bytes.clear();
        SegmentFormat.record(bytes, number + 1, entries);
        if (bytes.size() > capacity - position) {
            compact(bytes.size());
            bytes.clear();
            SegmentFormat.record(bytes, number + 1, entries);
        }
        storage.write(name, position, bytes.from(0));
        storage.force(name);
        checkOurs();
        position += bytes.size();
        number++;
        for (int i = 0; i < entries.size(); i++) {
            live.apply(entries.get(i));
        }
    }

    private void compact(int more) throws IOException {
        checkOurs();
        long before = position;
        renew(more);
        LOG.debug("{}: the journal {} is compacted from {} to {} bytes", fleet, place, before, position);
    }

    /** A lock can be missing on a shared disk, and a file be moved away by hand: then we write where nobody reads. */
    private void checkOurs() throws IOException {
        if (!storage.isOurs(name)) {
            throw new JournalException(
                    "the journal " + place + " was moved, removed or taken over by another coordinator while this one,"
                            + " epoch " + epoch + ", wrote it; this one may write no more. Start it again once no other"
                            + " uses the file.",
                    null);
        }
    }

    @Override
    public void close() {
        try {
            storage.close();
        } catch (IOException failure) {
            LOG.warn("{}: the journal {} was not closed in order: {}", fleet, place, failure.toString());
        }
    }
}
