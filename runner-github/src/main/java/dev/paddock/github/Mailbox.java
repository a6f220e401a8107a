package dev.paddock.github;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one at a time and in order, on the thread that posts while nobody else runs: the inbox of a callback state
 * machine. Never blocks; a task posted by a task runs after it. Whatever a task throws, even for want of stack, the
 * mailbox stays usable.
 */
final class Mailbox {
    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Consumer<Throwable> onFailure;

    Mailbox(Consumer<Throwable> onFailure) {
        this.onFailure = onFailure;
    }

    void post(Runnable task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            do {
                runNext();
            } while (waiting.decrementAndGet() > 0);
        }
    }

    private void runNext() {
        Runnable next = tasks.poll();
        if (next != null) {
            try {
                next.run();
            } catch (Throwable failure) {
                tell(failure);
            }
        }
    }

    private void tell(Throwable failure) {
        try {
            onFailure.accept(failure);
        } catch (Throwable worse) {
            LOG.error("a failure could not be dealt with", worse);
        }
    }
}
