package dev.paddock.gcp;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** The machine's time, which writes down each wait and shortens those that a test need not sit through. */
final class RecordingScheduler implements Scheduler, AutoCloseable {
    private final SystemScheduler system = Scheduler.system("compute-test");
    private final List<Duration> waits = new CopyOnWriteArrayList<>();

    List<Duration> waits() {
        return waits;
    }

    @Override
    public Instant instant() {
        return system.instant();
    }

    @Override
    public long nanoTime() {
        return system.nanoTime();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        waits.add(delay);
        // 7 s is what the scripted server asks for
        return system.schedule(delay.equals(Duration.ofSeconds(7)) ? Duration.ofMillis(1) : delay, task);
    }

    @Override
    public Executor effects() {
        return system.effects();
    }

    @Override
    public Executor events() {
        return system.events();
    }

    @Override
    public RandomGenerator random() {
        return () -> 0;
    }

    @Override
    public void close() {
        system.close();
    }
}
