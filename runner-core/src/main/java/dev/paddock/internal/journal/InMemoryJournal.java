package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the live entries of each runner. One call at a time changes them: a call that finds another at work leaves its
 * own to it. A new opening takes over from one that was never closed, as after a crash.
 */
public final class InMemoryJournal implements FleetJournal {
    private static final CompletionStage<Void> DONE = CompletableFuture.completedStage(null);

    private final AtomicInteger work = new AtomicInteger();
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    // Changed by the call at work only.
    private final LiveEntries live = new LiveEntries();
    private @Nullable String owner;
    private long epoch;

    @Override
    public Session open(String fleet, Scheduler scheduler) {
        var opened = new CompletableFuture<Session>();
        inTurn(() -> {
            if (owner != null && !owner.equals(fleet)) {
                opened.completeExceptionally(new JournalException(
                        "the journal belongs to fleet \"" + owner + "\", not \"" + fleet
                                + "\": use another journal, or set fleet(\"" + owner + "\")",
                        null));
                return;
            }
            owner = fleet;
            epoch++;
            opened.complete(new Opened(epoch, live.list()));
        });
        try {
            return opened.join();
        } catch (CompletionException refused) {
            throw refused.getCause() instanceof JournalException known ? known : refused;
        }
    }

    private void inTurn(Runnable call) {
        waiting.add(call);
        if (work.getAndIncrement() == 0) {
            work();
        }
    }

    private void work() {
        do {
            Runnable next = waiting.poll();
            if (next != null) {
                next.run();
            }
        } while (work.decrementAndGet() != 0);
    }

    private final class Opened implements Session {
        private final long mine;
        private final List<JournalEntry> recovered;

        Opened(long epoch, List<JournalEntry> recovered) {
            this.mine = epoch;
            this.recovered = recovered;
        }

        @Override
        public long epoch() {
            return mine;
        }

        @Override
        public List<JournalEntry> recovered() {
            return recovered;
        }

        @Override
        public CompletionStage<Void> append(List<JournalEntry> entries) {
            if (work.compareAndSet(0, 1)) {
                RuntimeException refused = take(entries);
                if (work.decrementAndGet() != 0) {
                    work();
                }
                return refused == null ? DONE : CompletableFuture.failedFuture(refused);
            }
            var taken = new CompletableFuture<Void>();
            inTurn(() -> {
                RuntimeException refused = take(entries);
                if (refused == null) {
                    taken.complete(null);
                } else {
                    taken.completeExceptionally(refused);
                }
            });
            return taken;
        }

        private @Nullable RuntimeException take(List<JournalEntry> entries) {
            if (epoch != mine) {
                return new JournalException(
                        "this journal was opened again by another coordinator, epoch " + epoch + "; this one, epoch "
                                + mine + ", may no longer write",
                        null);
            }
            try {
                for (int i = 0; i < entries.size(); i++) {
                    live.apply(entries.get(i));
                }
                return null;
            } catch (RuntimeException wrong) {
                return wrong;
            }
        }

        @Override
        public CompletionStage<Void> close() {
            return DONE;
        }
    }
}
