package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
    private final Hand time = new Hand();
    private final List<Throwable> failures = new ArrayList<>();
    private final SerialSection section = new SerialSection(time, () -> {}, failures::add);
    private final TimerHeap timers = new TimerHeap(time, section);
    private final List<String> fired = new ArrayList<>();

    @Test
    void timeoutsFireInTheOrderTheyAreDueAndOnce() {
        timers.after(Duration.ofSeconds(2), () -> fired.add("b"));
        timers.after(Duration.ofSeconds(1), () -> fired.add("a"));
        time.passes(Duration.ofSeconds(3));
        time.passes(Duration.ofSeconds(3));
        assertThat(fired).containsExactly("a", "b");
    }

    @Test
    void aWaitForEverHoldsUpNobody() {
        timers.after(Duration.ofNanos(Long.MAX_VALUE), () -> fired.add("never"));
        timers.after(ChronoUnit.FOREVER.getDuration(), () -> fired.add("never"));
        timers.after(Duration.ofSeconds(1), () -> fired.add("soon"));
        time.passes(Duration.ofSeconds(2));
        assertThat(fired).containsExactly("soon");
    }

    @Test
    void aTimeoutThatThrowsDoesNotHoldUpTheNext() {
        timers.after(Duration.ofSeconds(1), () -> {
            throw new IllegalStateException("made up");
        });
        timers.after(Duration.ofSeconds(1), () -> fired.add("same moment"));
        timers.after(Duration.ofSeconds(2), () -> fired.add("later"));
        time.passes(Duration.ofSeconds(3));
        assertThat(failures).hasSize(1);
        assertThat(fired).containsExactly("same moment", "later");
    }

    @Test
    void cancelledTimeoutsAreForgottenLongBeforeTheyAreDue() {
        timers.after(Duration.ofDays(1), () -> fired.add("kept"));
        for (int i = 0; i < 100_000; i++) {
            timers.after(Duration.ofDays(5), () -> fired.add("cancelled")).cancel();
        }
        assertThat(timers.size()).isLessThan(200);
        time.passes(Duration.ofDays(6));
        assertThat(fired).containsExactly("kept");
    }

    /** Time that is moved by hand, with one timer, which is all a heap uses. */
    private static final class Hand implements Scheduler {
        private long nanos = Long.MAX_VALUE / 2;
        private long due;
        private Runnable timer = () -> {};
        private boolean armed;

        void passes(Duration duration) {
            long end = nanos + duration.toNanos();
            while (armed && due <= end) {
                nanos = Math.max(nanos, due);
                armed = false;
                timer.run();
            }
            nanos = end;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            due = nanos + Math.max(0, delay.toNanos());
            timer = task;
            armed = true;
            return () -> {
                if (timer == task) {
                    armed = false;
                }
            };
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanos);
        }

        @Override
        public Executor effects() {
            return Runnable::run;
        }

        @Override
        public Executor events() {
            return Runnable::run;
        }

        @Override
        public RandomGenerator random() {
            return RandomGenerator.getDefault();
        }
    }
}
