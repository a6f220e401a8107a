package dev.paddock.testkit;

import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A journal that takes as long as a test says, or fails. */
final class SlowJournal implements FleetJournal {
    private final FleetJournal inner;
    Duration takes = Duration.ZERO;
    boolean fails;

    SlowJournal(FleetJournal inner) {
        this.inner = inner;
    }

    @Override
    public Session open(String fleet, Scheduler scheduler) {
        Session session = inner.open(fleet, scheduler);
        return new Session() {
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
                if (takes.isZero() && !fails) {
                    return session.append(entries);
                }
                var written = new CompletableFuture<Void>();
                scheduler.schedule(takes, () -> {
                    if (fails) {
                        written.completeExceptionally(new JournalException("the disk is full", null));
                    } else {
                        session.append(entries);
                        written.complete(null);
                    }
                });
                return written;
            }

            @Override
            public CompletionStage<Void> close() {
                return session.close();
            }
        };
    }
}
