package dev.paddock.gcp;

import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is asked for once by all who want it at the same time, and kept for a while. Thread-safe; nothing waits.
 *
 * @param <T> the answer
 */
final class Cached<T> {
    private final Scheduler scheduler;
    private final Supplier<CompletionStage<T>> question;
    private final Function<T, Duration> keep;
    private final AtomicReference<Asked<T>> state;

    /** The answer that is kept and when it was asked for, and the one that is on its way. */
    private record Asked<T>(
            @Nullable T kept, long at, @Nullable CompletableFuture<T> flight) {}

    /** Where an answer is kept: those who are given the same one ask once for all of them. */
    static final class Shelf<T> {
        private final AtomicReference<Asked<T>> state = new AtomicReference<>(new Asked<>(null, 0, null));
    }

    /**
     * Asks nothing yet.
     *
     * @param question must not fail: what cannot be known is an answer too
     * @param keep how long an answer is kept, from when it was asked for
     */
    Cached(Scheduler scheduler, Supplier<CompletionStage<T>> question, Function<T, Duration> keep) {
        this(scheduler, question, keep, new Shelf<>());
    }

    /** The same, with others who want the same answer. */
    Cached(Scheduler scheduler, Supplier<CompletionStage<T>> question, Function<T, Duration> keep, Shelf<T> shelf) {
        this.scheduler = scheduler;
        state = shelf.state;
        this.question = question;
        this.keep = keep;
    }

    /** The answer that is kept, or the one that is on its way, or a new one. */
    CompletionStage<T> get() {
        while (true) {
            Asked<T> before = state.get();
            if (before.flight() != null) {
                return before.flight().minimalCompletionStage();
            }
            long now = scheduler.nanoTime();
            if (before.kept() != null
                    && now - before.at() < keep.apply(before.kept()).toNanos()) {
                return CompletableFuture.completedStage(before.kept());
            }
            CompletableFuture<T> flight = new CompletableFuture<>();
            if (state.compareAndSet(before, new Asked<>(before.kept(), before.at(), flight))) {
                ask(flight, now);
                return flight.minimalCompletionStage();
            }
        }
    }

    private void ask(CompletableFuture<T> flight, long at) {
        CompletionStage<T> answer;
        try {
            answer = question.get();
        } catch (RuntimeException | Error e) {
            landed(flight, at, null);
            flight.completeExceptionally(e);
            return;
        }
        answer.whenComplete((value, failure) -> {
            landed(flight, at, failure == null ? value : null);
            if (failure == null) {
                flight.complete(value);
            } else {
                flight.completeExceptionally(failure);
            }
        });
    }

    /** An answer to a question that was asked before {@link #forget} is not kept. */
    @SuppressWarnings("ReferenceEquality") // a flight is one that took off, not one like it
    private void landed(CompletableFuture<T> flight, long at, @Nullable T value) {
        state.updateAndGet(now -> {
            if (now.flight() != flight) {
                return now;
            }
            return value == null ? new Asked<>(now.kept(), now.at(), null) : new Asked<>(value, at, null);
        });
    }

    /** The next one asks anew, even if an answer is on its way. */
    void forget() {
        state.set(new Asked<>(null, 0, null));
    }

    /** Whether the next one would ask. */
    boolean isDue() {
        Asked<T> now = state.get();
        return now.flight() == null
                && (now.kept() == null
                        || scheduler.nanoTime() - now.at()
                                >= keep.apply(now.kept()).toNanos());
    }

    /** The last answer, however old. */
    Optional<T> last() {
        return Optional.ofNullable(state.get().kept());
    }
}
