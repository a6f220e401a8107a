package dev.paddock.spi;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Time, timers, threads and chance: the one seam through which Paddock meets them.
 *
 * <p>{@link #system(String)} is the real one; the testkit's {@code VirtualTime} is the deterministic one.
 * Timestamps come from {@link #instant()}, elapsed time only from {@link #nanoTime()}. All methods are thread-safe.
 */
public interface Scheduler extends InstantSource {
    /**
     * A monotonic reading for elapsed time.
     *
     * @return nanoseconds from an arbitrary origin
     */
    long nanoTime();

    /**
     * Runs a task once, later. The task must be short and must not block.
     *
     * @param delay zero or negative means as soon as possible, never on the calling thread
     * @param task what to run; what it throws is logged
     * @return a handle that can cancel it
     */
    Cancellable schedule(Duration delay, Runnable task);

    /**
     * Where effects run: calls into providers and sources, and the completions of HTTP calls. Tasks may be slow but
     * should not block for long; several run at once.
     *
     * @return the executor
     */
    Executor effects();

    /**
     * Where subscribers are called: one task at a time, in the order given.
     *
     * @return the executor
     */
    Executor events();

    /**
     * Where journals write, and wait for the disk or the database: tasks may block. A journal gives one task at a
     * time, so several threads do no harm.
     *
     * @return the executor; {@link #effects()} unless overridden
     */
    default Executor journal() {
        return effects();
    }

    /**
     * Where a journal tells that something is written. A task may block, even until another one has run, so none may
     * have to wait for another's end.
     *
     * @return the executor; {@link #effects()} unless overridden
     */
    default Executor answers() {
        return effects();
    }

    /**
     * The source of chance: names, jitter.
     *
     * @return thread-safe
     */
    RandomGenerator random();

    /**
     * Makes the real scheduler, with daemon threads named {@code paddock-<name>-…}.
     *
     * @param name part of the thread names
     * @return the scheduler; the caller closes it
     */
    static SystemScheduler system(String name) {
        return new SystemScheduler(name);
    }

    /**
     * The system's clock, for what needs the time of day and neither timers nor threads.
     *
     * @return the clock
     */
    static InstantSource systemTime() {
        return SystemScheduler.TIME;
    }
}
