package dev.paddock.examples.faults;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import dev.paddock.task.Assignment;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** A journal that outlives its coordinators, some of whom die before or after a write, or wait for it. */
final class CrashingJournal implements FleetJournal {
    /** What comes of a write. */
    enum Fate {
        NONE,
        /** Its coordinator dies. */
        DEATH_BEFORE_WRITE,
        DEATH_AFTER_WRITE,
        /** It is written, and the answer comes late; so does each after it. */
        SLOW,
        /** It is written and never answered, like each after it. */
        STUCK,
        /** It is written, and the answer comes after everybody has given up. */
        TOO_LATE,
        /** It fails, and nothing is written from then on. */
        REFUSED
    }

    private static final int LONGEST_DELAY_SECONDS = 20;
    private static final Duration TOO_LATE = Duration.ofMinutes(2);

    private FleetJournal survivor = FleetJournal.inMemory();
    /** Every runner whose creation was ever written. */
    private final Set<RunnerId> intended = new HashSet<>();

    /** Leases that are over, as far as was written, by runner and number. */
    private final Set<String> released = new HashSet<>();

    private final Set<RunnerId> retired = new HashSet<>();
    private final Set<RunnerId> provisioned = new HashSet<>();
    private final Set<RunnerId> removed = new HashSet<>();

    private final Function<List<JournalEntry>, Fate> fate;
    private final RandomGenerator dice;
    private final Runnable crash;

    CrashingJournal(Function<List<JournalEntry>, Fate> fate, RandomGenerator dice, Runnable crash) {
        this.fate = fate;
        this.dice = dice;
        this.crash = crash;
    }

    /** Whether the next life knows its machine. */
    boolean isProvisioned(RunnerId runner) {
        return provisioned.contains(runner);
    }

    boolean isReleased(Assignment assignment) {
        return removed.contains(assignment.runner())
                || released.contains(assignment.runner() + " " + assignment.lease());
    }

    /** Whether it was written that the runner is not to be used again. */
    boolean isRetired(RunnerId runner) {
        return retired.contains(runner);
    }

    /** As one that was in memory, or on a disk that is no more; answers whose creation it knew of. */
    Set<RunnerId> lose() {
        survivor = FleetJournal.inMemory();
        released.clear();
        retired.clear();
        provisioned.clear();
        return Set.copyOf(intended);
    }

    Set<RunnerId> intended() {
        return Set.copyOf(intended);
    }

    boolean intended(RunnerId runner) {
        return intended.contains(runner);
    }

    @Override
    public FleetJournal.Session open(String fleet, Scheduler scheduler) {
        return new Opened(survivor.open(fleet, scheduler), scheduler);
    }

    private final class Opened implements FleetJournal.Session {
        private final FleetJournal.Session session;
        private final Scheduler scheduler;
        private boolean dead;
        private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

        Opened(FleetJournal.Session session, Scheduler scheduler) {
            this.session = session;
            this.scheduler = scheduler;
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
            if (dead) {
                return new CompletableFuture<>(); // the rest of what a dying coordinator was about to do
            }
            Fate drawn = fate.apply(entries);
            if (drawn == Fate.REFUSED) {
                dead = true;
                return CompletableFuture.failedFuture(new JournalException("no space left, by chance", null));
            }
            if (drawn != Fate.DEATH_BEFORE_WRITE) {
                CompletableFuture<Void> written = write(entries).toCompletableFuture();
                CompletableFuture<Void> answer = switch (drawn) {
                    case SLOW -> after(Duration.ofMillis(dice.nextInt(LONGEST_DELAY_SECONDS * 1_000)));
                    case TOO_LATE -> after(TOO_LATE);
                    default -> written;
                };
                last = last.thenCompose(before -> answer);
            }
            if (drawn == Fate.STUCK) {
                last = new CompletableFuture<>();
            }
            if (drawn == Fate.DEATH_BEFORE_WRITE || drawn == Fate.DEATH_AFTER_WRITE) {
                dead = true;
                crash.run();
                return new CompletableFuture<>();
            }
            return last;
        }

        private CompletableFuture<Void> after(Duration delay) {
            var answer = new CompletableFuture<Void>();
            scheduler.schedule(delay, () -> answer.complete(null));
            return answer;
        }

        private CompletionStage<Void> write(List<JournalEntry> entries) {
            for (JournalEntry entry : entries) {
                switch (entry.kind()) {
                    case CREATING -> intended.add(entry.runner());
                    case RELEASED ->
                        entry.lease().ifPresent(lease -> released.add(entry.runner() + " " + lease.number()));
                    case RETIRED -> retired.add(entry.runner());
                    case PROVISIONED -> {
                        provisioned.add(entry.runner());
                        removed.remove(entry.runner()); // its machine came after all, and was found
                    }
                    case REMOVED -> removed.add(entry.runner());
                    default -> {}
                }
            }
            return session.append(entries);
        }

        @Override
        public CompletionStage<Void> close() {
            return session.close();
        }
    }
}
