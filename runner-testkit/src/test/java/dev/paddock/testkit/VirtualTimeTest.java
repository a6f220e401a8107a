package dev.paddock.testkit;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.Cancellable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {
    private final VirtualTime time = VirtualTime.seeded(7);
    private final VirtualTime.Host host = time.host("a");
    private final List<String> log = new ArrayList<>();

    @Test
    void timersRunInTheOrderTheyFallDueAndThoseOfOneInstantAsTheyWereSet() {
        host.schedule(ofSeconds(2), () -> log.add("third"));
        host.schedule(ofSeconds(1), () -> log.add("first"));
        host.schedule(ofSeconds(1), () -> log.add("second"));
        time.advance(ofSeconds(2));
        assertThat(log).containsExactly("first", "second", "third");
        assertThat(time.elapsed()).isEqualTo(ofSeconds(2));
        assertThat(time.now()).isEqualTo(Instant.parse("2026-01-01T00:00:02Z"));
    }

    @Test
    void aTimerSeesItsOwnInstantAndWhatItSetsRunsInTheSameAdvance() {
        host.schedule(ofSeconds(1), () -> {
            log.add(host.instant().toString());
            host.schedule(ofSeconds(1), () -> log.add(host.instant().toString()));
        });
        time.advance(ofSeconds(5));
        assertThat(log).containsExactly("2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z");
        assertThat(host.nanoTime()).isEqualTo(ofSeconds(5).toNanos());
    }

    @Test
    void nothingRunsOnTheCallingThreadAndACancelledTimerNever() {
        host.schedule(ZERO, () -> log.add("zero"));
        host.schedule(ofSeconds(-1), () -> log.add("negative"));
        Cancellable cancelled = host.schedule(ZERO, () -> log.add("cancelled"));
        assertThat(log).isEmpty();
        cancelled.cancel();
        cancelled.cancel();
        time.settle();
        assertThat(log).containsExactly("zero", "negative");
    }

    @Test
    void aCrashDropsTheHostsTimersAndTasksAndNobodyElses() {
        VirtualTime.Host other = time.host("b");
        host.schedule(ofSeconds(1), () -> log.add("timer"));
        host.effects().execute(() -> log.add("effect"));
        host.events().execute(() -> log.add("event"));
        other.schedule(ofSeconds(1), () -> log.add("other"));
        time.network().schedule(ofSeconds(1), () -> log.add("network"));
        host.crash();
        host.schedule(ofSeconds(1), () -> log.add("next life"));
        time.advance(ofSeconds(2));
        assertThat(log).containsExactly("other", "network", "next life");
        assertThat(time.host("a")).isSameAs(host);
    }

    @Test
    void whatBelongsToALifeDoesNotReachTheNext() {
        Executor effects = host.effects();
        Runnable reply = host.whileAlive(() -> log.add("reply"));
        reply.run();
        host.crash();
        reply.run();
        effects.execute(() -> log.add("effect"));
        time.advance(ofSeconds(1));
        assertThat(log).containsExactly("reply");
    }

    @Test
    void timeStopsWhereAConditionComesTrue() {
        host.schedule(ofSeconds(3), () -> log.add("done"));
        assertThat(time.advanceUntil(() -> !log.isEmpty(), ofHours(1))).isTrue();
        assertThat(time.elapsed()).isEqualTo(ofSeconds(3));
        assertThat(time.advanceUntil(() -> log.size() > 1, ofSeconds(7))).isFalse();
        assertThat(time.elapsed()).isEqualTo(ofSeconds(10));
    }

    @Test
    void anAwaitedStageGivesItsValueItsFailureOrTheSeed() {
        var stage = new CompletableFuture<String>();
        host.schedule(ofSeconds(1), () -> stage.complete("value"));
        assertThat(time.await(stage, ofSeconds(2))).isEqualTo("value");
        var failed = CompletableFuture.<String>failedFuture(new IllegalStateException("no"));
        assertThatThrownBy(() -> time.await(failed, ofSeconds(1)))
                .isInstanceOf(CompletionException.class)
                .hasMessageContaining("no");
        assertThatThrownBy(() -> time.await(new CompletableFuture<>(), ofSeconds(1)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("seed 7");
    }

    @Test
    void oneSeedIsOneCourseOfEvents() {
        assertThat(course(3)).isEqualTo(course(3)).isNotEqualTo(course(4));
    }

    private static List<String> course(long seed) {
        VirtualTime time = VirtualTime.seeded(seed);
        VirtualTime.Host host = time.host("a");
        List<String> log = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            host.effects()
                    .execute(() -> log.add(
                            number + "@" + host.nanoTime() + " " + host.random().nextInt()));
        }
        time.advance(ofSeconds(1));
        return log;
    }

    @Test
    void wholeDaysPassInAMoment() {
        int[] ticks = new int[1];
        tick(ticks);
        time.advance(ofHours(24 * 30));
        assertThat(ticks[0]).isEqualTo(24 * 30 * 60 + 1);
    }

    private void tick(int[] ticks) {
        ticks[0]++;
        host.schedule(ofSeconds(60), () -> tick(ticks));
    }

    @Test
    void timeDoesNotRunBackwardsOrBelongToTwoThreads() {
        assertThatThrownBy(() -> time.advance(ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        CompletableFuture<Void> elsewhere =
                CompletableFuture.runAsync(() -> host.schedule(ZERO, () -> {}), task -> new Thread(task).start());
        assertThatThrownBy(elsewhere::join).hasMessageContaining("virtual time belongs to thread");
    }

    @Test
    void whatReschedulesItselfWithoutDelayIsNamed() {
        Runnable[] again = new Runnable[1];
        again[0] = () -> host.schedule(ZERO, again[0]);
        again[0].run();
        assertThatThrownBy(time::settle)
                .hasMessageContaining("time stands still")
                .hasMessageContaining("seed 7");
    }
}
