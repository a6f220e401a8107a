package dev.paddock.internal.engine;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** Time that is moved by hand, with one timer, which is all a heap uses. */
final class HandTime implements Scheduler {
    private long nanos = Long.MAX_VALUE / 2;
    private long due;
    private Runnable timer = () -> {};
    private boolean armed;

    void passes(Duration duration) {
        long end = nanos + duration.toNanos();
        while (armed && due <= end) {
            nanos = Math.max(nanos, due);
            armed = false;
            timer.run();
        }
        nanos = end;
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        due = nanos + Math.max(0, delay.toNanos());
        timer = task;
        armed = true;
        return () -> {
            if (timer == task) {
                armed = false;
            }
        };
    }

    @Override
    public Instant instant() {
        return Instant.EPOCH.plusNanos(nanos);
    }

    @Override
    public Executor effects() {
        return Runnable::run;
    }

    @Override
    public Executor events() {
        return Runnable::run;
    }

    @Override
    public RandomGenerator random() {
        return RandomGenerator.getDefault();
    }
}
