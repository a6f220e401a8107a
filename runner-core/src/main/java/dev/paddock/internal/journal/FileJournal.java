package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One file: see {@link SegmentFormat} for its bytes, {@link Segment} for how it is written. */
public final class FileJournal implements FleetJournal {
    private static final Logger LOG = LoggerFactory.getLogger(FileJournal.class);
    /** What a new file takes on the disk at least; some 50 000 entries between two compactions. */
    static final long SEGMENT_BYTES = 8L << 20;

    private final String place;
    private final String name;
    private final Storage.Claim claim;
    private final long segmentBytes;

    /** The journal in the file of this path. */
    public FileJournal(Path path) {
        this(
                path.toAbsolutePath().toString(),
                DiskStorage.fileName(path),
                fleet -> DiskStorage.claim(path, fleet),
                SEGMENT_BYTES);
    }

    FileJournal(String place, String name, Storage.Claim claim, long segmentBytes) {
        this.place = place;
        this.name = name;
        this.claim = claim;
        this.segmentBytes = segmentBytes;
    }

    @Override
    public Session open(String fleet, Scheduler scheduler) {
        try {
            return opened(fleet, scheduler);
        } catch (IOException failure) {
            throw cannotOpen(failure);
        }
    }

    private Session opened(String fleet, Scheduler scheduler) throws IOException {
        Storage storage = claim.open(fleet);
        try {
            return open(fleet, scheduler, storage);
        } catch (Throwable failure) {
            try {
                storage.close();
            } catch (IOException also) {
                failure.addSuppressed(also);
            }
            throw failure;
        }
    }

    private JournalException cannotOpen(IOException failure) {
        return new JournalException(
                "the journal " + place + " cannot be opened: " + failure
                        + ". Its folder must exist and be writable, with room for two files of " + segmentBytes
                        + " bytes or more.",
                failure);
    }

    private Session open(String fleet, Scheduler scheduler, Storage storage) throws IOException {
        ByteBuffer file = storage.read(name);
        var segment = new Segment(place, name, storage, fleet, segmentBytes);
        if (file == null) {
            segment.begin(1, List.of());
            return new Opened(1, List.of(), new GroupCommit(scheduler, segment));
        }
        SegmentFormat.Contents old = SegmentFormat.read(place, file);
        if (!old.fleet().equals(fleet)) {
            throw new JournalException(
                    "the journal " + place + " belongs to fleet \"" + old.fleet() + "\", not \"" + fleet
                            + "\"; it is left untouched. Use another file, or set fleet(\"" + old.fleet() + "\").",
                    null);
        }
        report(fleet, old);
        segment.begin(old.epoch() + 1, old.entries());
        return new Opened(old.epoch() + 1, segment.live(), new GroupCommit(scheduler, segment));
    }

    private void report(String fleet, SegmentFormat.Contents old) {
        if (old.torn() > 0) {
            LOG.warn(
                    "{}: the journal {} ends in a record that was never finished, and that nobody was told of: {} bytes"
                            + " at offset {} are cut",
                    fleet,
                    place,
                    old.torn(),
                    old.end());
        }
        if (old.missing() > 0) {
            LOG.warn(
                    "{}: the journal {} is {} bytes shorter than it was made; what can be read of it ends at offset {}",
                    fleet,
                    place,
                    old.missing(),
                    old.end());
        }
    }

    private record Opened(long epoch, List<JournalEntry> recovered, GroupCommit commit) implements Session {
        @Override
        public CompletionStage<Void> append(List<JournalEntry> entries) {
            return commit.append(List.copyOf(entries));
        }

        @Override
        public CompletionStage<Void> lost() {
            return commit.lost();
        }

        @Override
        public CompletionStage<Void> close() {
            return commit.close();
        }
    }

    @Override
    public String toString() {
        return "FleetJournal[" + place + "]";
    }
}
