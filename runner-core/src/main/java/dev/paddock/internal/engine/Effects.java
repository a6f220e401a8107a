package dev.paddock.internal.engine;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls to the world outside. Each runs off the section, comes back as a message, and has a deadline; a result that
 * comes later than that is counted and handed to nobody but {@code late}.
 */
final class Effects {
    private final Scheduler scheduler;
    private final SerialSection section;
    private final TimerHeap timers;
    private final Runnable onLateResult;
    private long lateResults;
    private boolean ended;

    Effects(Scheduler scheduler, SerialSection section, TimerHeap timers, Runnable onLateResult) {
        this.scheduler = scheduler;
        this.section = section;
        this.timers = timers;
        this.onLateResult = onLateResult;
    }

    /** A result that came after its deadline. */
    @FunctionalInterface
    interface Late<T> {
        void arrived(T value);
    }

    /** A call was not answered within its deadline. */
    static final class NoAnswer extends RunnerException {
        private static final long serialVersionUID = 1;

        NoAnswer(String message) {
            super(message, true, null);
        }
    }

    long lateResults() {
        return lateResults;
    }

    /** Makes no more calls; results of those under way are late. */
    void end() {
        ended = true;
    }

    boolean hasEnded() {
        return ended;
    }

    /** To be called in the section; {@code done} and {@code late} run in the section too. */
    <T> void run(
            String what,
            Duration deadline,
            Supplier<CompletionStage<T>> call,
            BiConsumer<@Nullable T, @Nullable Throwable> done,
            @Nullable Late<T> late) {
        if (ended) {
            return;
        }
        var flight = new Flight<>(done, late);
        flight.deadline = timers.after(deadline, () -> flight.expire(what, deadline));
        section.afterwards(() -> scheduler.effects().execute(() -> start(call, flight)));
    }

    private <T> void start(Supplier<CompletionStage<T>> call, Flight<T> flight) {
        try {
            call.get().whenComplete((value, failure) -> section.post(() -> flight.land(value, unwrapped(failure))));
        } catch (Throwable failure) {
            section.post(() -> flight.land(null, failure));
        }
    }

    private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
        return failure instanceof CompletionException wrapper && wrapper.getCause() != null
                ? wrapper.getCause()
                : failure;
    }

    private final class Flight<T> {
        private final BiConsumer<@Nullable T, @Nullable Throwable> done;
        private final @Nullable Late<T> late;
        private TimerHeap.@Nullable Timeout deadline;
        private boolean over;

        Flight(BiConsumer<@Nullable T, @Nullable Throwable> done, @Nullable Late<T> late) {
            this.done = done;
            this.late = late;
        }

        void land(@Nullable T value, @Nullable Throwable failure) {
            if (over || ended) {
                lateResults++;
                onLateResult.run();
                if (late != null && value != null) {
                    late.arrived(value);
                }
                return;
            }
            end();
            done.accept(value, failure);
        }

        void expire(String what, Duration limit) {
            if (!over) {
                end();
                done.accept(null, new NoAnswer(what + " gave no answer within " + limit));
            }
        }

        private void end() {
            over = true;
            if (deadline != null) {
                deadline.cancel();
            }
        }
    }
}
