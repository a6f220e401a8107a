package dev.paddock.github.runner;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/** Waits no longer than that. */
final class InTime {
    private InTime() {}

    /** The same end, or a {@link TimeoutException}; what comes later is dropped. */
    static <T> CompletionStage<T> of(CompletionStage<T> stage, Duration limit, Scheduler scheduler) {
        var result = new CompletableFuture<T>();
        Cancellable timer = scheduler.schedule(
                limit,
                () -> scheduler
                        .effects()
                        .execute(() -> result.completeExceptionally(
                                new TimeoutException("no answer within " + limit.toMillis() + " ms"))));
        BiConsumer<T, Throwable> end = (value, failure) -> {
            timer.cancel();
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure);
            }
        };
        whenDone(stage, end);
        return result;
    }

    /** Where the stage that follows is nobody's concern. */
    static <T> void whenDone(CompletionStage<T> stage, BiConsumer<? super T, ? super Throwable> action) {
        stage.whenComplete(action);
    }

    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** For a person. */
    static String message(Throwable failure) {
        Throwable cause = cause(failure);
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
