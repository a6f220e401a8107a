package dev.paddock.github;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the steps of a callback machine follow each other: one at a time, on results and timers, until it ends. What was
 * begun before {@link #restart} or {@link #end} leads nowhere after it.
 */
final class Steps {
    private final Scheduler scheduler;
    private final Mailbox mailbox;

    // Confined to the mailbox.
    /** Of steps to come, and of calls under way: a call whose timer is not here any more is of no interest. */
    private final Set<Timer> timers = new LinkedHashSet<>();

    private boolean ended;

    Steps(Scheduler scheduler, Consumer<Throwable> onFailure) {
        this.scheduler = scheduler;
        this.mailbox = new Mailbox(onFailure);
    }

    private static final class Timer {
        private @Nullable Cancellable cancellable;

        void cancel() {
            if (cancellable != null) {
                cancellable.cancel();
            }
        }
    }

    /** Takes a step from outside; it has to look itself whether the machine has ended. */
    void post(Runnable step) {
        mailbox.post(step);
    }

    /** Makes a call, of which anything may be thrown, and goes on with its end, or without it after a while. */
    <T> void call(
            Duration deadline,
            String late,
            Supplier<CompletionStage<T>> call,
            BiConsumer<@Nullable T, @Nullable Throwable> then) {
        CompletionStage<T> stage;
        try {
            stage = call.get();
        } catch (Throwable failure) { // what is called need not be ours
            stage = CompletableFuture.failedStage(failure);
        }
        var limit = new Timer();
        start(
                limit,
                deadline,
                () -> then.accept(
                        null, new RunnerException(late + " within " + deadline.toSeconds() + " s", true, null)));
        Stages.onEnd(
                stage,
                (value, failure) -> mailbox.post(() -> {
                    if (timers.remove(limit)) {
                        limit.cancel();
                        then.accept(value, failure == null ? null : Stages.cause(failure));
                    }
                }));
    }

    /** Takes a step later. Cancelling is for the steps themselves. */
    Cancellable after(Duration wait, Runnable step) {
        var timer = new Timer();
        start(timer, wait, step);
        return () -> {
            timers.remove(timer);
            timer.cancel();
        };
    }

    private void start(Timer timer, Duration wait, Runnable step) {
        if (ended) {
            return;
        }
        timers.add(timer);
        timer.cancellable = scheduler.schedule(
                wait,
                () -> mailbox.post(() -> {
                    if (timers.remove(timer)) {
                        step.run();
                    }
                }));
    }

    /** Forgets all that is under way. */
    void restart() {
        timers.forEach(Timer::cancel);
        timers.clear();
    }

    void end() {
        ended = true;
        restart();
    }

    boolean hasEnded() {
        return ended;
    }
}
