package dev.paddock.gcp;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** Time that passes when told to, without timers. */
final class HandTime implements Scheduler {
    private volatile long nanos;

    void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Override
    public Instant instant() {
        return Given.NOW.plusNanos(nanos);
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        throw new UnsupportedOperationException();
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
        return new SplittableRandom(1);
    }
}
