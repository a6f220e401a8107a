package dev.paddock.internal.engine;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** All timeouts of a fleet, with one timer armed for the earliest. Confined to the serial section. */
final class TimerHeap {
    /** One timeout; cancelled ones stay in the heap until they come up. */
    static final class Timeout {
        private final long due;
        private final long number;
        private @Nullable Runnable action;

        private Timeout(long due, long number, Runnable action) {
            this.due = due;
            this.number = number;
            this.action = action;
        }

        void cancel() {
            action = null;
        }
    }

    private final Scheduler scheduler;
    private final SerialSection section;
    private final PriorityQueue<Timeout> heap = new PriorityQueue<>(
            Comparator.<Timeout>comparingLong(timeout -> timeout.due).thenComparingLong(timeout -> timeout.number));
    private long nextNumber;
    private long armedFor = Long.MAX_VALUE;
    private @Nullable Cancellable armed;

    TimerHeap(Scheduler scheduler, SerialSection section) {
        this.scheduler = scheduler;
        this.section = section;
    }

    Timeout after(Duration delay, Runnable action) {
        var timeout = new Timeout(scheduler.nanoTime() + Math.max(0, delay.toNanos()), nextNumber++, action);
        heap.add(timeout);
        if (timeout.due < armedFor) {
            arm(timeout.due);
        }
        return timeout;
    }

    /** Drops all timeouts, those to come as well. */
    void end() {
        heap.clear();
        if (armed != null) {
            armed.cancel();
        }
        armedFor = Long.MIN_VALUE;
    }

    private void arm(long due) {
        if (armed != null) {
            armed.cancel();
        }
        armedFor = due;
        armed = scheduler.schedule(Duration.ofNanos(due - scheduler.nanoTime()), () -> section.post(this::fire));
    }

    private void fire() {
        armedFor = Long.MAX_VALUE;
        armed = null;
        long now = scheduler.nanoTime();
        while (true) {
            Timeout next = heap.peek();
            if (next == null) {
                return;
            }
            if (next.action != null && next.due - now > 0) {
                arm(next.due);
                return;
            }
            heap.poll();
            Runnable action = next.action;
            next.action = null;
            if (action != null) {
                action.run();
            }
        }
    }
}
