package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The engine's time, chance and monitor. All state changes inside {@link #locked}; when the outermost body ends, what
 * follows from it is settled before the monitor is left.
 */
final class SimClock {
    private final Scheduler scheduler;
    private final Object monitor = new Object();
    private Runnable settle = () -> {};
    private Duration skew = Duration.ZERO;
    private int depth;

    SimClock(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    void settleBy(Runnable task) {
        settle = task;
    }

    <T> T locked(Supplier<T> body) {
        synchronized (monitor) {
            depth++;
            try {
                return body.get();
            } finally {
                depth--;
                if (depth == 0) {
                    settle.run();
                }
            }
        }
    }

    void run(Runnable body) {
        locked(() -> {
            body.run();
            return true;
        });
    }

    Cancellable after(Duration delay, Runnable body) {
        return scheduler.schedule(delay, () -> run(body));
    }

    /** What the service's clock says, which may be wrong. */
    Instant now() {
        return scheduler.instant().plus(skew);
    }

    Instant truly() {
        return scheduler.instant();
    }

    /** From now on the service's clock is off by this; timers run as before. */
    void skew(Duration by) {
        skew = by;
    }

    /** A duration between two, both included. */
    Duration between(Duration from, Duration to) {
        return from.equals(to) ? from : Duration.ofNanos(scheduler.random().nextLong(from.toNanos(), to.toNanos() + 1));
    }

    String uuid() {
        long high = scheduler.random().nextLong();
        long low = scheduler.random().nextLong();
        return new UUID((high & ~0xF000L) | 0x4000L, (low & ~(3L << 62)) | (2L << 62)).toString();
    }
}
