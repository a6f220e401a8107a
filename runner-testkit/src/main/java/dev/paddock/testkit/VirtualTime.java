package dev.paddock.testkit;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Time that passes only when told to. One seed decides all chance, so the same program runs the same way each time,
 * hours in milliseconds.
 *
 * <p>Each {@link Host} is a {@link Scheduler} for the programs on one imaginary machine; {@link Host#crash()} drops
 * that machine's timers and completions, while {@link #network()} and other hosts go on. Everything runs on the thread
 * that calls {@link #advance}; use from a second thread throws.
 */
public final class VirtualTime {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final int MOST_TASKS_AT_ONE_INSTANT = 5_000_000;
    private static final long EFFECT_LATENCY_NANOS = 100_000;

    private static final class Task {
        private final long due;
        private final long number;
        private final Life life;
        private final Runnable body;
        private boolean cancelled;

        Task(long due, long number, Life life, Runnable body) {
            this.due = due;
            this.number = number;
            this.life = life;
            this.body = body;
        }
    }

    private static final class Life {
        private boolean up = true;
    }

    private final long seed;
    private final SplittableRandom random;
    private final Thread owner = Thread.currentThread();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.<Task>comparingLong(task -> task.due).thenComparingLong(task -> task.number));
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final Host network = new Host("network");
    private long nanos;
    private long nextNumber;
    private int tasksAtThisInstant;

    private VirtualTime(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /**
     * Begins a time at 2026-01-01T00:00:00Z. The calling thread owns it.
     *
     * @param seed decides all chance
     * @return the time
     */
    public static VirtualTime seeded(long seed) {
        return new VirtualTime(seed);
    }

    /**
     * The seed, to be printed when a test fails.
     *
     * @return the seed
     */
    public long seed() {
        return seed;
    }

    /**
     * A machine by name, made on first use; after {@link Host#crash()}, the same machine started again.
     *
     * @param name any name
     * @return the host
     */
    public Host host(String name) {
        return hosts.computeIfAbsent(Objects.requireNonNull(name, "name"), Host::new);
    }

    /**
     * What never crashes: the wires and the services behind them.
     *
     * @return a scheduler
     */
    public Scheduler network() {
        return network;
    }

    /**
     * Now.
     *
     * @return the virtual instant
     */
    public Instant now() {
        return START.plusNanos(nanos);
    }

    /**
     * Elapsed since the start.
     *
     * @return not negative
     */
    public Duration elapsed() {
        return Duration.ofNanos(nanos);
    }

    /**
     * The source of chance for the world around the program under test.
     *
     * @return deterministic by the seed
     */
    public RandomGenerator random() {
        return random;
    }

    /** Runs what is due now, and what that makes due now. */
    public void settle() {
        advance(Duration.ZERO);
    }

    /**
     * Lets time pass, running what falls due in order.
     *
     * @param duration not negative
     */
    public void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time does not run backwards: " + duration);
        }
        long end = nanos + duration.toNanos();
        while (runNext(end)) {
            // the task did the work
        }
        moveTo(end);
    }

    /**
     * Lets time pass until something is true.
     *
     * @param condition asked after each task
     * @param limit the longest to go on
     * @return whether it became true
     */
    public boolean advanceUntil(BooleanSupplier condition, Duration limit) {
        long end = nanos + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (!runNext(end)) {
                moveTo(end);
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    /**
     * Lets time pass until a stage has completed, and returns its value.
     *
     * @param stage the stage
     * @param limit the longest to go on
     * @param <T> the value's type
     * @return the value
     * @throws AssertionError if the limit passes
     * @throws java.util.concurrent.CompletionException if the stage failed
     */
    public <T> T await(CompletionStage<T> stage, Duration limit) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (!advanceUntil(future::isDone, limit)) {
            throw new AssertionError("not completed within " + limit + " of virtual time (seed " + seed + ")");
        }
        return future.join();
    }

    private boolean runNext(long end) {
        checkThread();
        Task next = tasks.peek();
        while (next != null && (next.cancelled || !next.life.up)) {
            tasks.poll();
            next = tasks.peek();
        }
        if (next == null || next.due > end) {
            return false;
        }
        tasks.poll();
        moveTo(next.due);
        if (++tasksAtThisInstant > MOST_TASKS_AT_ONE_INSTANT) {
            throw new IllegalStateException("time stands still: " + tasksAtThisInstant + " tasks ran at " + now()
                    + "; something reschedules itself without delay (seed " + seed + ")");
        }
        next.body.run();
        return true;
    }

    private void moveTo(long target) {
        if (target > nanos) {
            nanos = target;
            tasksAtThisInstant = 0;
        }
    }

    private void checkThread() {
        if (!Thread.currentThread().equals(owner)) {
            throw new IllegalStateException("virtual time belongs to thread " + owner.getName()
                    + " and was used from " + Thread.currentThread().getName()
                    + ": do not mix it with real threads or sockets");
        }
    }

    private Cancellable add(Life life, long delayNanos, Runnable body) {
        checkThread();
        Objects.requireNonNull(body, "task");
        var task = new Task(nanos + Math.max(0, delayNanos), nextNumber++, life, body);
        tasks.add(task);
        return () -> task.cancelled = true;
    }

    /** One imaginary machine. Confined to the thread that owns the time. */
    public final class Host implements Scheduler {
        private final String name;
        private Life life = new Life();

        private Host(String name) {
            this.name = name;
        }

        /**
         * Ends the machine's programs at once: its timers and completions never come; requests it has sent still take
         * effect. The host is up again at once, empty.
         */
        public void crash() {
            checkThread();
            life.up = false;
            life = new Life();
        }

        /**
         * Binds a task to this life of the machine: it runs only if the machine has not crashed since.
         *
         * @param task the task
         * @return a task that does nothing after a crash
         */
        public Runnable whileAlive(Runnable task) {
            Life now = life;
            return () -> {
                if (now.up) {
                    task.run();
                }
            };
        }

        @Override
        public Instant instant() {
            return now();
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return add(life, delay.toNanos(), task);
        }

        @Override
        public Executor effects() {
            Life now = life;
            return task -> add(now, random.nextLong(EFFECT_LATENCY_NANOS), task);
        }

        @Override
        public Executor events() {
            Life now = life;
            return task -> add(now, 0, task);
        }

        @Override
        public RandomGenerator random() {
            return random;
        }

        @Override
        public String toString() {
            return "host " + name;
        }
    }
}
