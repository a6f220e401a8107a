package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the live entries of each runner. State is immutable and swapped whole, so no lock is needed; a new opening
 * takes over from one that was never closed, as after a crash.
 */
public final class InMemoryJournal implements FleetJournal {
    private record Contents(@Nullable String fleet, long epoch, Map<RunnerId, List<JournalEntry>> live) {}

    private final AtomicReference<Contents> contents = new AtomicReference<>(new Contents(null, 0, Map.of()));

    @Override
    public Session open(String fleet, Scheduler scheduler) {
        Contents now = contents.updateAndGet(old -> {
            if (old.fleet != null && !old.fleet.equals(fleet)) {
                throw new JournalException(
                        "the journal belongs to fleet \"" + old.fleet + "\", not \"" + fleet
                                + "\": use another journal, or set fleet(\"" + old.fleet + "\")",
                        null);
            }
            return new Contents(fleet, old.epoch + 1, old.live);
        });
        List<JournalEntry> recovered = new ArrayList<>();
        now.live.values().forEach(recovered::addAll);
        return new Opened(now.epoch, List.copyOf(recovered));
    }

    private final class Opened implements Session {
        private final long epoch;
        private final List<JournalEntry> recovered;

        Opened(long epoch, List<JournalEntry> recovered) {
            this.epoch = epoch;
            this.recovered = recovered;
        }

        @Override
        public long epoch() {
            return epoch;
        }

        @Override
        public List<JournalEntry> recovered() {
            return recovered;
        }

        @Override
        public CompletionStage<Void> append(List<JournalEntry> entries) {
            try {
                contents.updateAndGet(old -> {
                    if (old.epoch != epoch) {
                        throw new JournalException(
                                "this journal was opened again by another coordinator, epoch " + old.epoch
                                        + "; this one, epoch " + epoch + ", may no longer write",
                                null);
                    }
                    return new Contents(old.fleet, old.epoch, with(old.live, entries));
                });
                return CompletableFuture.completedFuture(null);
            } catch (JournalException refused) {
                return CompletableFuture.failedFuture(refused);
            }
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.completedFuture(null);
        }
    }

    private static Map<RunnerId, List<JournalEntry>> with(
            Map<RunnerId, List<JournalEntry>> live, List<JournalEntry> entries) {
        Map<RunnerId, List<JournalEntry>> next = new LinkedHashMap<>(live);
        for (JournalEntry entry : entries) {
            if (entry.kind() == JournalEntry.Kind.REMOVED) {
                next.remove(entry.runner());
            } else {
                next.compute(entry.runner(), (id, before) -> after(before == null ? List.of() : before, entry));
            }
        }
        return next;
    }

    /** A lease that is over needs no remembering. */
    private static List<JournalEntry> after(List<JournalEntry> before, JournalEntry entry) {
        List<JournalEntry> list = new ArrayList<>(before);
        if (entry.kind() == JournalEntry.Kind.RELEASED) {
            list.removeIf(one ->
                    one.kind() == JournalEntry.Kind.ASSIGNED && one.lease().equals(entry.lease()));
        } else {
            list.add(entry);
        }
        return List.copyOf(list);
    }
}
