package dev.paddock.testkit.internal.compute;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.function.Supplier;

/** The engine's time, chance and monitor. All state changes inside {@link #locked}. */
final class ComputeClock {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneOffset.ofHours(-7));

    private static final HexFormat HEX = HexFormat.of();

    private final Scheduler scheduler;
    private final Object monitor = new Object();

    ComputeClock(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    <T> T locked(Supplier<T> body) {
        synchronized (monitor) {
            return body.get();
        }
    }

    void run(Runnable body) {
        synchronized (monitor) {
            body.run();
        }
    }

    Cancellable after(Duration delay, Runnable body) {
        return scheduler.schedule(delay, () -> run(body));
    }

    /** Runs a task outside the monitor. */
    void outside(Runnable task) {
        scheduler.schedule(Duration.ZERO, task);
    }

    Instant now() {
        return scheduler.instant();
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Duration between(Duration from, Duration to) {
        return from.equals(to) ? from : Duration.ofNanos(scheduler.random().nextLong(from.toNanos(), to.toNanos() + 1));
    }

    /** An id as Google's are: 19 digits. */
    long id() {
        return scheduler.random().nextLong(1_000_000_000_000_000_000L, 9_000_000_000_000_000_000L);
    }

    String operationName() {
        long bits = scheduler.random().nextLong();
        return String.join(
                "-",
                "operation",
                Long.toString(now().toEpochMilli()),
                HEX.toHexDigits(id(), 13),
                HEX.toHexDigits(bits >>> 32, 8),
                HEX.toHexDigits(bits, 8));
    }

    /** A time as Google writes it. */
    static String text(Instant instant) {
        return FORMAT.format(instant);
    }
}
