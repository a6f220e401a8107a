package dev.paddock.testkit;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hands tasks to one life of a program, one at a time and in order. Made from that life's executor, so that what comes
 * after a crash of its host reaches nobody.
 */
final class Outlet implements Executor {
    private final Executor home;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    Outlet(Executor home) {
        this.home = home;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            home.execute(this::runNext);
        }
    }

    private void runNext() {
        Runnable task = tasks.poll();
        try {
            if (task != null) {
                task.run();
            }
        } finally {
            if (waiting.decrementAndGet() > 0) {
                home.execute(this::runNext);
            }
        }
    }
}
