package dev.paddock.host.internal;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes calls that may never return: each on a daemon thread, with a deadline. A native call or a read of a dead disk
 * cannot be cancelled; its thread is left alone until it returns by itself, and counts against a small limit, so that a
 * driver that hangs costs a few threads and not one a second.
 */
public final class BoundedCalls {
    private final String name;
    private final Semaphore free;
    private final AtomicInteger started = new AtomicInteger();

    /**
     * Makes calls under a name.
     *
     * @param name of the threads
     * @param limit the most calls under way at a time, stuck ones included
     */
    public BoundedCalls(String name, int limit) {
        this.name = name;
        this.free = new Semaphore(limit);
    }

    /**
     * Makes a call and waits for it.
     *
     * @param <T> what it returns
     * @param deadline how long at most, the wait for a free thread included
     * @param call what to do; must not return null
     * @return what the call returned
     * @throws TimeoutException if it has not returned in time
     * @throws ExecutionException with what the call threw, errors of linking included
     * @throws InterruptedException if the calling thread is interrupted while it waits; the call goes on
     */
    public <T> T call(Duration deadline, Callable<T> call)
            throws TimeoutException, ExecutionException, InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        if (!free.tryAcquire(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new TimeoutException("all threads of " + name + " hang");
        }
        return begin(call).get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /**
     * Starts a call and does not wait for it.
     *
     * @param <T> what it returns
     * @param call what to do; must not return null
     * @return done when the call has returned; not to be cancelled
     * @throws TimeoutException if no thread is free
     */
    public <T> Future<T> start(Callable<T> call) throws TimeoutException {
        if (!free.tryAcquire()) {
            throw new TimeoutException("all threads of " + name + " hang");
        }
        return begin(call);
    }

    private <T> Future<T> begin(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(() -> {
            try {
                return call.call();
            } finally {
                // Before the answer is seen: who asks again at once must not find the call under way.
                free.release();
            }
        });
        Thread thread = new Thread(task, name + "-" + started.incrementAndGet());
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            free.release();
            throw e;
        }
        return task;
    }
}
