package dev.paddock.gcp;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Waits that all end at once when their provider is closed. Thread-safe. */
final class Pauses {
    private final Scheduler scheduler;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, CompletableFuture<Void>> running = new ConcurrentSkipListMap<>();
    private volatile boolean closed;

    Pauses(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** Completes on an effect thread after a while; fails at once if the provider is closed. */
    CompletionStage<Void> after(Duration wait) {
        CompletableFuture<Void> pause = new CompletableFuture<>();
        long number = numbers.getAndIncrement();
        running.put(number, pause);
        Cancellable timer = scheduler.schedule(wait, () -> pause.completeAsync(() -> null, scheduler.effects()));
        if (closed) {
            pause.completeExceptionally(closedNow());
        }
        return pause.whenComplete((nothing, failure) -> {
            running.remove(number);
            timer.cancel();
        });
    }

    boolean isClosed() {
        return closed;
    }

    /** Ends all waits. */
    void close() {
        closed = true;
        running.values().forEach(pause -> pause.completeExceptionally(closedNow()));
    }

    private static RunnerException closedNow() {
        return new RunnerException("the provider was closed", true, null);
    }
}
