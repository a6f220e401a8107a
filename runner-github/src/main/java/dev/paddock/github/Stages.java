package dev.paddock.github;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/** What can be done about the end of a stage. */
final class Stages {
    private Stages() {}

    /** The failure itself, out of what stages wrap around it. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    static <T> void onEnd(CompletionStage<T> stage, BiConsumer<? super T, ? super Throwable> action) {
        stage.whenComplete(action);
    }

    static <T> void onEnd(
            CompletionStage<T> stage, Executor executor, BiConsumer<? super T, ? super Throwable> action) {
        stage.whenCompleteAsync(action, executor);
    }

    /** The same end, or a failure worth a retry once the limit has passed. */
    static <T> CompletionStage<T> within(Duration limit, Scheduler scheduler, String late, CompletionStage<T> stage) {
        var result = new CompletableFuture<T>();
        Cancellable timer = scheduler.schedule(
                limit,
                () -> result.completeExceptionally(
                        new RunnerException(late + " within " + limit.toSeconds() + " s", true, null)));
        onEnd(stage, (value, failure) -> {
            timer.cancel();
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }
}
