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
    final class Timeout {
        private final long due;
        private final long number;
        private @Nullable Runnable action;

        private Timeout(long due, long number, Runnable action) {
            this.due = due;
            this.number = number;
            this.action = action;
        }

        void cancel() {
            if (action != null) {
                action = null;
                cancelled++;
                forgetTheCancelled();
            }
        }
    }

    /** Longer waits are cut to this, so that one may say "never" and nothing overflows. */
    private static final Duration NEVER = Duration.ofDays(3650);

    private static final int FEW = 64;

    private final Scheduler scheduler;
    private final SerialSection section;
    private final PriorityQueue<Timeout> heap = new PriorityQueue<>(
            Comparator.<Timeout>comparingLong(timeout -> timeout.due).thenComparingLong(timeout -> timeout.number));
    private long nextNumber;
    private int cancelled;
    private long armedFor = Long.MAX_VALUE;
    private @Nullable Cancellable armed;

    TimerHeap(Scheduler scheduler, SerialSection section) {
        this.scheduler = scheduler;
        this.section = section;
    }

    Timeout after(Duration delay, Runnable action) {
        Duration wait = delay.compareTo(NEVER) > 0 ? NEVER : delay;
        var timeout = new Timeout(scheduler.nanoTime() + Math.max(0, wait.toNanos()), nextNumber++, action);
        heap.add(timeout);
        if (timeout.due < armedFor) {
            arm(timeout.due);
        }
        return timeout;
    }

    /** How many are kept, those cancelled and not forgotten yet included. */
    int size() {
        return heap.size();
    }

    /** Drops all timeouts, those to come as well. */
    void end() {
        heap.clear();
        cancelled = 0;
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
        try {
            runWhatIsDue(scheduler.nanoTime());
        } finally {
            Timeout next = heap.peek();
            if (next != null && next.due < armedFor) {
                arm(next.due);
            }
        }
    }

    private void runWhatIsDue(long now) {
        Timeout next = heap.peek();
        while (next != null && (next.action == null || next.due - now <= 0)) {
            heap.poll();
            Runnable action = next.action;
            next.action = null;
            if (action == null) {
                cancelled--;
            } else {
                action.run();
            }
            next = heap.peek();
        }
    }

    /** Most timeouts are cancelled long before they are due, and would otherwise be kept for days. */
    private void forgetTheCancelled() {
        if (cancelled > FEW && cancelled > heap.size() / 2) {
            heap.removeIf(timeout -> timeout.action == null);
            cancelled = 0;
        }
    }
}
