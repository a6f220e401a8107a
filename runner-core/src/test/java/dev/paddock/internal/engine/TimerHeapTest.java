package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
    private final HandTime time = new HandTime();
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
}
