package dev.paddock.examples.faults;

import dev.paddock.RunnerId;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** A journal that outlives its coordinators, some of whom die before or after a write. */
final class CrashingJournal implements FleetJournal {
    /** When its coordinator dies. */
    enum Death {
        NONE,
        BEFORE_WRITE,
        AFTER_WRITE
    }

    private FleetJournal survivor = FleetJournal.inMemory();
    /** Every runner whose creation was ever written. */
    private final Set<RunnerId> intended = new HashSet<>();

    private final Supplier<Death> fate;
    private final Runnable crash;

    CrashingJournal(Supplier<Death> fate, Runnable crash) {
        this.fate = fate;
        this.crash = crash;
    }

    /** As one that was in memory, or on a disk that is no more; answers whose creation it knew of. */
    Set<RunnerId> lose() {
        survivor = FleetJournal.inMemory();
        return Set.copyOf(intended);
    }

    boolean intended(RunnerId runner) {
        return intended.contains(runner);
    }

    @Override
    public FleetJournal.Session open(String fleet, Scheduler scheduler) {
        return new Opened(survivor.open(fleet, scheduler));
    }

    private final class Opened implements FleetJournal.Session {
        private final FleetJournal.Session session;

        Opened(FleetJournal.Session session) {
            this.session = session;
        }

        @Override
        public long epoch() {
            return session.epoch();
        }

        @Override
        public List<JournalEntry> recovered() {
            return session.recovered();
        }

        @Override
        public CompletionStage<Void> append(List<JournalEntry> entries) {
            Death death = fate.get();
            if (death == Death.NONE) {
                return written(entries);
            }
            if (death == Death.AFTER_WRITE) {
                written(entries);
            }
            crash.run();
            return new CompletableFuture<>();
        }

        private CompletionStage<Void> written(List<JournalEntry> entries) {
            entries.stream()
                    .filter(entry -> entry.kind() == JournalEntry.Kind.CREATING)
                    .forEach(entry -> intended.add(entry.runner()));
            return session.append(entries);
        }

        @Override
        public CompletionStage<Void> close() {
            return session.close();
        }
    }
}
