package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Lets many wait for one write: what is appended while a write is under way goes into the next one together. Writes
 * run on {@link Scheduler#journal()}, one at a time; stages complete on {@link Scheduler#answers()}, so that calls that
 * block on {@link Scheduler#effects()} hold up nobody's answer. After a failed write no later one is tried, for it might
 * succeed and hide the hole.
 */
final class GroupCommit {
    /** What makes entries durable. Called by one thread at a time. */
    interface Writer {
        /**
         * Makes entries durable, in order and together.
         *
         * @throws Postponed to be called again later with the same entries
         * @throws Exception if they are not durable, and nothing may be written any more
         */
        void write(List<JournalEntry> entries) throws Exception;

        /** Lets go of everything; called once, last. Must not throw. */
        void close();
    }

    /** A write that may yet succeed. */
    static final class Postponed extends Exception {
        private static final long serialVersionUID = 1;

        final transient Duration pause;
        final transient Throwable reason;

        Postponed(Duration pause, Throwable reason) {
            super(reason);
            this.pause = pause;
            this.reason = reason;
        }
    }

    /** So that the first of a long queue need not wait until all of it is encoded. */
    private static final int MOST_APPENDS = 1024;

    private record Append(List<JournalEntry> entries, CompletableFuture<Void> done) {}

    private final Scheduler scheduler;
    private final Writer writer;
    private final Queue<Append> waiting = new ConcurrentLinkedQueue<>();
    /** Above 0 while a thread is, or is to be, in {@link #work}. */
    private final AtomicInteger calls = new AtomicInteger();

    private final AtomicReference<@Nullable JournalException> broken = new AtomicReference<>();
    private final AtomicReference<List<Append>> underWay = new AtomicReference<>(List.of());
    private final AtomicBoolean closing = new AtomicBoolean();
    /** What is under way is not to be tried yet. */
    private final AtomicBoolean postponed = new AtomicBoolean();

    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final CompletableFuture<Void> lost = new CompletableFuture<>();
    /** Changed in work() only, like the next. */
    private boolean over;

    /** All who were to be told that their entries are durable have been. */
    private CompletableFuture<Void> told = CompletableFuture.completedFuture(null);

    GroupCommit(Scheduler scheduler, Writer writer) {
        this.scheduler = scheduler;
        this.writer = writer;
    }

    CompletionStage<Void> append(List<JournalEntry> entries) {
        JournalException refused = refusal();
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        var append = new Append(entries, new CompletableFuture<>());
        waiting.add(append);
        wake();
        JournalException meanwhile = broken.get();
        if (meanwhile != null) {
            breakOff(meanwhile); // it may have come too late to be seen there
        }
        return append.done;
    }

    private @Nullable JournalException refusal() {
        JournalException before = broken.get();
        if (before != null) {
            return before;
        }
        return closing.get() ? new JournalException("the journal is closed", null) : null;
    }

    /** Whether nothing can be written any more. */
    boolean isOver() {
        return refusal() != null;
    }

    private void wake() {
        if (calls.getAndIncrement() == 0) {
            scheduler.journal().execute(this::work);
        }
    }

    /** Writes what waits, then lets go; at once, on the calling thread, if there is nothing to write. */
    CompletionStage<Void> close() {
        if (closing.compareAndSet(false, true) && calls.getAndIncrement() == 0) {
            if (underWay.get().isEmpty()) {
                work();
            } else {
                scheduler.journal().execute(this::work);
            }
        }
        return closed;
    }

    /** From now on everything fails, what is under way too, even while a write hangs. */
    void breakOff(JournalException cause) {
        breaksBy(cause);
        fail(underWay.get());
        for (Append next = waiting.poll(); next != null; next = waiting.poll()) {
            fail(List.of(next));
        }
    }

    private void breaksBy(JournalException cause) {
        if (broken.compareAndSet(null, cause)) {
            answer(() -> lost.completeExceptionally(cause));
        }
    }

    /** Fails once nothing can be written any more. */
    CompletionStage<Void> lost() {
        return lost;
    }

    private void fail(List<Append> appends) {
        JournalException cause = refusal();
        if (cause != null && !appends.isEmpty()) {
            answer(() -> appends.forEach(append -> append.done.completeExceptionally(cause)));
        }
    }

    private void work() {
        int seen = 1;
        do {
            if (over) {
                failWaiting();
            } else if (!postponed.get() || closing.get()) {
                writeAll();
            }
            seen = calls.addAndGet(-seen);
        } while (seen != 0);
    }

    private void writeAll() {
        while (takeNext()) {
            writeBatch(underWay.get());
            if (postponed.get()) {
                return;
            }
        }
        if (closing.get()) {
            over = true;
            writer.close();
            failWaiting();
            CompletionStage<Void> all = told;
            all.whenComplete((done, failure) -> answer(() -> closed.complete(null)));
        }
    }

    private boolean takeNext() {
        if (!underWay.get().isEmpty()) {
            return true; // postponed before
        }
        List<Append> batch = new ArrayList<>();
        for (Append next = waiting.poll(); next != null; next = batch.size() < MOST_APPENDS ? waiting.poll() : null) {
            batch.add(next);
        }
        underWay.set(batch);
        return !batch.isEmpty();
    }

    private void writeBatch(List<Append> batch) {
        postponed.set(false);
        if (broken.get() == null) {
            try {
                writer.write(entries(batch));
            } catch (Postponed again) {
                if (!closing.get()) {
                    postpone(again.pause);
                    return;
                }
                breaksBy(failure(again.reason));
            } catch (Throwable failure) {
                breaksBy(failure(failure));
            }
        }
        underWay.set(List.of());
        if (broken.get() == null) {
            var theirs = new CompletableFuture<Void>();
            told = CompletableFuture.allOf(told, theirs);
            answer(() -> {
                batch.forEach(append -> append.done.complete(null));
                theirs.complete(null);
            });
        } else {
            fail(batch);
        }
    }

    private void answer(Runnable told) {
        scheduler.answers().execute(told);
    }

    private static List<JournalEntry> entries(List<Append> batch) {
        if (batch.size() == 1) {
            return batch.get(0).entries;
        }
        List<JournalEntry> entries = new ArrayList<>();
        batch.forEach(append -> entries.addAll(append.entries));
        return entries;
    }

    private void postpone(Duration pause) {
        postponed.set(true);
        scheduler.schedule(pause, () -> {
            postponed.set(false);
            wake();
        });
    }

    private static JournalException failure(Throwable failure) {
        return failure instanceof JournalException known
                ? known
                : new JournalException("the journal cannot be written, and nothing more will be: " + failure, failure);
    }

    private void failWaiting() {
        List<Append> late = new ArrayList<>();
        for (Append next = waiting.poll(); next != null; next = waiting.poll()) {
            late.add(next);
        }
        fail(late);
    }
}
