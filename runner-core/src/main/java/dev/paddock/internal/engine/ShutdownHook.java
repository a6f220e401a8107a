package dev.paddock.internal.engine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a fleet when the JVM is asked to end, and holds the JVM up for at most a bound. The one place beside the
 * system's scheduler that makes a thread and waits by the clock, since the JVM ends when its hooks return.
 */
final class ShutdownHook {
    private static final Logger LOG = LoggerFactory.getLogger(ShutdownHook.class);

    private ShutdownHook() {}

    /**
     * Installs it; it goes by itself when the fleet has ended. {@code events} tells subscribers, and what it was given
     * before the end is awaited too.
     */
    static void install(
            String fleet,
            Duration bound,
            Consumer<Duration> close,
            CompletionStage<Void> termination,
            Executor events) {
        var told = new CompletableFuture<Void>();
        var hook = new Thread(() -> closeAndWait(fleet, bound, close, told), "paddock-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        termination.whenComplete((done, failure) -> {
            // Twice, since a reader of many events has its turn after the first.
            events.execute(() -> events.execute(() -> told.complete(null)));
            remove(hook);
        });
    }

    private static void closeAndWait(
            String fleet, Duration bound, Consumer<Duration> close, CompletableFuture<Void> told) {
        LOG.info("{}: the JVM is ending; the fleet is closed within {}", fleet, bound);
        close.accept(bound);
        try {
            told.get(bound.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            LOG.warn("{}: the fleet is not closed after {}; the JVM ends all the same", fleet, bound);
        } catch (ExecutionException failure) {
            throw new AssertionError("it is never completed otherwise", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            LOG.trace("the JVM is ending, and runs the hook", ending);
        }
    }
}
