package dev.paddock.internal.engine;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.scaling.Decision;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ExpectedWaitTest {
    private static final Optional<Duration> READY = Optional.of(ofMinutes(1));
    private static final Optional<Duration> JOB = Optional.of(ofMinutes(10));

    private static Decision.Inputs inputs(int covered, Duration backoffLeft) {
        return new Decision.Inputs(covered, 9, 9, 9, true, true, backoffLeft, false, false, ofMinutes(5));
    }

    private static PoolView view(int assigned, int starting, int idle, int busy) {
        return new PoolView("p", 0, 9, new JobStatistics(assigned, busy, 0, busy, idle), starting, idle, busy, 0);
    }

    private static Optional<Duration> of(PoolView view, int create, Bound bound) {
        return ExpectedWait.of(view, inputs(0, Duration.ZERO), create, bound, READY, JOB);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, 0, NONE, PT0S",
        "3, 0, 3, 0, 0, NONE, PT0S",
        "4, 0, 1, 3, 0, POOL_MAX, PT0S",
        "4, 2, 1, 1, 0, NONE, PT1M",
        "4, 0, 1, 1, 2, NONE, PT1M",
        "4, 0, 0, 2, 0, POOL_MAX, PT11M",
        "5, 0, 0, 2, 0, FLEET_MAX, PT22M",
        "6, 0, 0, 2, 0, PROVIDER_ROOM, PT22M",
        "9, 2, 0, 0, 1, CREATION_RATE, PT3M",
    })
    void itIsMeasuredTimesRounds(
            int assigned, int starting, int idle, int busy, int create, Bound bound, Duration wait) {
        assertThat(of(view(assigned, starting, idle, busy), create, bound)).contains(wait);
    }

    @Test
    void aJobWhoseRunnerHasEndedWaitsForNobody() {
        assertThat(ExpectedWait.of(view(1, 0, 0, 0), inputs(1, Duration.ZERO), 0, Bound.NONE, READY, JOB))
                .contains(Duration.ZERO);
    }

    @Test
    void aWaitAfterFailuresIsAdded() {
        assertThat(ExpectedWait.of(view(1, 0, 0, 0), inputs(0, ofSeconds(7)), 0, Bound.BACKOFF, READY, JOB))
                .contains(ofSeconds(67));
    }

    @Test
    void nothingIsExpectedOfWhatWasNotMeasured() {
        Decision.Inputs in = inputs(0, Duration.ZERO);
        assertThat(ExpectedWait.of(view(1, 1, 0, 0), in, 0, Bound.NONE, Optional.empty(), JOB))
                .isEmpty();
        assertThat(ExpectedWait.of(view(2, 0, 0, 1), in, 0, Bound.POOL_MAX, READY, Optional.empty()))
                .isEmpty();
        assertThat(of(view(2, 0, 0, 0), 0, Bound.POOL_MAX)).isEmpty();
        assertThat(of(view(2, 0, 0, 0), 0, Bound.CREATION_RATE)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_READY", "STALE_DEMAND", "DRAINING", "PAUSED", "NONE"})
    void nothingIsExpectedOfWhatOnlyAPersonEnds(Bound bound) {
        assertThat(of(view(3, 0, 1, 0), 0, bound)).isEmpty();
    }

    @Test
    void theMedianIsThatOfTheLast() {
        var recent = new Recent();
        assertThat(recent.median()).isEmpty();
        for (int i = 0; i < 100; i++) {
            recent.record(ofSeconds(1));
        }
        assertThat(recent.median()).contains(ofSeconds(1));
        for (int i = 0; i < 17; i++) {
            recent.record(ofSeconds(9));
        }
        assertThat(recent.median()).contains(ofSeconds(9));
    }

    @Test
    void aHistogramCountsUpToEachBoundAndNothingNegative() {
        var histogram = new Histogram(Histogram.SHORT);
        histogram.record(ofSeconds(-5));
        histogram.record(Duration.ofMillis(100));
        histogram.record(Duration.ofMillis(101));
        histogram.record(ofMinutes(100));
        assertThat(histogram.upTo(0)).isEqualTo(2);
        assertThat(histogram.upTo(1)).isEqualTo(3);
        assertThat(histogram.upTo(histogram.buckets() - 1)).isEqualTo(3);
        assertThat(histogram.count()).isEqualTo(4);
        Histogram copy = histogram.copy();
        histogram.record(ofSeconds(1));
        assertThat(copy.count()).isEqualTo(4);
        assertThat(copy.sum()).isEqualTo(6000.201);
    }

    @Test
    void theStepsOfClosingFitIntoABound() {
        var usual = new Closing.Limits(ofMinutes(30), Deadlines.CLOSE_REMOVALS, Deadlines.CLOSE_PART);
        for (long millis = 1; millis < 10_000_000; millis = millis * 3 + 1) {
            Duration bound = Duration.ofMillis(millis);
            Closing.Limits limits = usual.within(bound);
            assertThat(limits.drain().plus(limits.removals()).plus(limits.part().multipliedBy(3)))
                    .isLessThanOrEqualTo(bound);
            assertThat(limits.drain()).isPositive().isLessThanOrEqualTo(ofMinutes(30));
        }
        assertThat(usual.within(Duration.ofDays(1))).isEqualTo(usual);
    }
}
