package dev.paddock.spi;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The real time: the machine's clocks and a few daemon threads.
 *
 * <p>Threads: one {@code timer}, one {@code events}, one {@code journal} and mostly one {@code answer-n} that only a
 * durable journal makes use of, up to {@value #EFFECT_THREADS} {@code effect-n}; all but the timer end when idle for
 * 30 s. Thread-safe. Whoever made it closes it.
 */
public final class SystemScheduler implements Scheduler, AutoCloseable {
    static final InstantSource TIME = InstantSource.system();

    private static final Logger LOG = LoggerFactory.getLogger(SystemScheduler.class);

    /**
     * The most effect threads. Effects are asynchronous calls; the threads only start them and run completions, so
     * the number bounds a provider that blocks, not the width of a burst.
     */
    public static final int EFFECT_THREADS = 32;

    private static final RandomGenerator CHANCE =
            () -> ThreadLocalRandom.current().nextLong();

    private final String name;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService events;
    private final ExecutorService journal;
    private final ExecutorService answers;
    private final ThreadPoolExecutor effects;

    SystemScheduler(String name) {
        this.name = Objects.requireNonNull(name, "name");
        timer = new ScheduledThreadPoolExecutor(1, threads("timer", false));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        events = single("events");
        journal = single("journal");
        answers = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), threads("answer", true));
        effects = new ThreadPoolExecutor(
                EFFECT_THREADS,
                EFFECT_THREADS,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads("effect", true));
        effects.allowCoreThreadTimeOut(true);
    }

    private ExecutorService single(String role) {
        var executor =
                new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads(role, false));
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private ThreadFactory threads(String role, boolean numbered) {
        var count = new AtomicInteger();
        return task -> {
            String suffix = numbered ? role + "-" + count.incrementAndGet() : role;
            var thread = new Thread(task, "paddock-" + name + "-" + suffix);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public Instant instant() {
        return Instant.now();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        Objects.requireNonNull(task, "task");
        try {
            ScheduledFuture<?> future =
                    timer.schedule(guarded(task), Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
            return () -> future.cancel(false);
        } catch (RejectedExecutionException closed) {
            LOG.debug("{}: a timer set after close is dropped", name);
            return () -> {};
        }
    }

    @Override
    public Executor effects() {
        return task -> run(effects, task);
    }

    @Override
    public Executor events() {
        return task -> run(events, task);
    }

    @Override
    public Executor journal() {
        return task -> run(journal, task);
    }

    @Override
    public Executor answers() {
        return task -> run(answers, task);
    }

    private void run(ExecutorService executor, Runnable task) {
        Objects.requireNonNull(task, "task");
        try {
            executor.execute(guarded(task));
        } catch (RejectedExecutionException closed) {
            LOG.debug("{}: a task given after close is dropped", name);
        }
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable failure) {
                LOG.error("{}: a task failed", name, failure);
            }
        };
    }

    @Override
    public RandomGenerator random() {
        return CHANCE;
    }

    /** Ends the threads. Timers not yet due are dropped. Idempotent; does not wait. */
    @Override
    public void close() {
        timer.shutdownNow();
        effects.shutdown();
        journal.shutdown();
        answers.shutdown();
        // After what is there to tell, so that its reader may still ask for another turn.
        run(events, events::shutdown);
    }
}
