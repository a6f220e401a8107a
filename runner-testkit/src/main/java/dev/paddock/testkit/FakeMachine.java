package dev.paddock.testkit;

import dev.paddock.RunnerId;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/** One machine of a {@link FakeRunnerProvider}, as its program sees it. Thread-safe. */
final class FakeMachine implements MachineProgram.Machine {
    final String fleet;
    final RunnerHandle handle;
    final long epoch;
    private final Registration registration;
    private final Scheduler network;
    private final BiConsumer<FakeMachine, RunnerObservation> eyes;
    private final List<Runnable> atEnd = new ArrayList<>();
    private boolean up = true;

    FakeMachine(
            String fleet,
            long epoch,
            RunnerHandle handle,
            Registration registration,
            Scheduler network,
            BiConsumer<FakeMachine, RunnerObservation> eyes) {
        this.fleet = fleet;
        this.epoch = epoch;
        this.handle = handle;
        this.registration = registration;
        this.network = network;
        this.eyes = eyes;
    }

    @Override
    public RunnerId runner() {
        return handle.runner();
    }

    @Override
    public String secret() {
        return registration.secret();
    }

    @Override
    public Registration registration() {
        return registration;
    }

    @Override
    public Scheduler scheduler() {
        return new WhileUp();
    }

    @Override
    public synchronized boolean isUp() {
        return up;
    }

    @Override
    public void observe(RunnerObservation.Kind kind) {
        if (kind == RunnerObservation.Kind.EXITED) {
            throw new IllegalArgumentException("a program ends by exit(code), not by observing its end");
        }
        if (isUp()) {
            eyes.accept(this, RunnerObservation.of(runner(), kind, "seen on the fake machine"));
        }
    }

    @Override
    public void onEnd(Runnable task) {
        synchronized (this) {
            if (up) {
                atEnd.add(task);
                return;
            }
        }
        task.run();
    }

    @Override
    public void exit(int code) {
        end(RunnerObservation.exited(runner(), code, "the fake machine's program ended"));
    }

    /** Ends the machine; false if it had ended before. */
    boolean end(RunnerObservation last) {
        List<Runnable> tasks;
        synchronized (this) {
            if (!up) {
                return false;
            }
            up = false;
            tasks = List.copyOf(atEnd);
        }
        tasks.forEach(Runnable::run);
        eyes.accept(this, last);
        return true;
    }

    @Override
    public String toString() {
        return runner() + " on " + handle.place();
    }

    /** The network's time, as long as the machine runs. */
    private final class WhileUp implements Scheduler {
        private Runnable guarded(Runnable task) {
            return () -> {
                if (isUp()) {
                    task.run();
                }
            };
        }

        @Override
        public Instant instant() {
            return network.instant();
        }

        @Override
        public long nanoTime() {
            return network.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return network.schedule(delay, guarded(task));
        }

        @Override
        public Executor effects() {
            Executor executor = network.effects();
            return task -> executor.execute(guarded(task));
        }

        @Override
        public Executor events() {
            Executor executor = network.events();
            return task -> executor.execute(guarded(task));
        }

        @Override
        public RandomGenerator random() {
            return network.random();
        }
    }
}
