package dev.paddock.github;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** A scheduler whose time passes only when told to, on the test's thread. */
final class ManualTime implements Scheduler {
    static final Instant START = Instant.parse("2026-05-05T10:00:00Z");

    private record Task(long due, long number, Runnable body, boolean[] cancelled) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::number));
    private final RandomGenerator random = new SplittableRandom(42);
    private long nanos;
    private long number;

    void advance(Duration duration) {
        long end = nanos + duration.toNanos();
        while (!tasks.isEmpty() && tasks.peek().due() <= end) {
            Task task = tasks.poll();
            if (!task.cancelled()[0]) {
                nanos = Math.max(nanos, task.due());
                task.body().run();
            }
        }
        nanos = end;
    }

    void settle() {
        advance(Duration.ZERO);
    }

    /** Lets up to an hour pass, and no more than the stage needs. */
    <T> T await(CompletionStage<T> stage) {
        return await(stage, Duration.ofHours(1));
    }

    /** Lets time pass up to a limit, and no more than the stage needs. */
    <T> T await(CompletionStage<T> stage, Duration limit) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (!advanceUntil(future::isDone, limit)) {
            throw new AssertionError("not completed, and nothing left to happen within " + limit);
        }
        return future.join();
    }

    /** Lets time pass up to a limit until a condition holds; whether it holds. */
    boolean advanceUntil(BooleanSupplier condition, Duration limit) {
        long end = nanos + limit.toNanos();
        while (!condition.getAsBoolean() && !tasks.isEmpty() && tasks.peek().due() <= end) {
            advance(Duration.ofNanos(Math.max(0, tasks.peek().due() - nanos)));
        }
        return condition.getAsBoolean();
    }

    GitHubException failure(CompletionStage<?> stage) {
        try {
            Object value = await(stage);
            throw new AssertionError("did not fail but gave " + value);
        } catch (CompletionException failed) {
            return (GitHubException) failed.getCause();
        }
    }

    Duration elapsed() {
        return Duration.ofNanos(nanos);
    }

    long pending() {
        return tasks.stream().filter(task -> !task.cancelled()[0]).count();
    }

    @Override
    public Instant instant() {
        return START.plusNanos(nanos);
    }

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        boolean[] cancelled = new boolean[1];
        tasks.add(new Task(nanos + Math.max(0, delay.toNanos()), number++, task, cancelled));
        return () -> cancelled[0] = true;
    }

    @Override
    public Executor effects() {
        return task -> schedule(Duration.ZERO, task);
    }

    @Override
    public Executor events() {
        return effects();
    }

    @Override
    public RandomGenerator random() {
        return random;
    }
}
