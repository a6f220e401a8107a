package dev.paddock.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueThresholdTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static PoolView view(int minTotal, int assigned, int starting, int idle, int busy, PoolHistory history) {
        return new PoolView(
                "p",
                0,
                minTotal,
                10,
                new JobStatistics(assigned, busy, 0, 0, 0),
                0,
                starting,
                idle,
                busy,
                0,
                Optional.empty(),
                history);
    }

    @ParameterizedTest
    @DisplayName("RL-R15: thresholds are inclusive, and one job that waits where no runner is makes one")
    @CsvSource({
        // up at, min, assigned, starting, idle, busy, expected
        "1, 0, 1, 0, 0, 0, 1", // aggressive: the single queued job with no free runner
        "1, 0, 3, 0, 0, 2, 3",
        "2, 0, 1, 0, 0, 0, 1", // balanced: nobody is there who would ever take it
        "2, 0, 2, 0, 0, 1, 1", // one waits for the one there is
        "2, 0, 3, 0, 0, 1, 3", // two wait: two more
        "2, 0, 3, 1, 0, 1, 3", // one of them is coming: one more
        "2, 0, 3, 1, 1, 1, 3", // both have theirs
        "5, 1, 5, 0, 0, 1, 1", // lazy: four wait
        "5, 1, 6, 0, 0, 1, 6", // five do
        "5, 1, 0, 0, 0, 0, 1", // its minimum
        "2, 0, 0, 0, 3, 0, 0", // nobody waits: idle ones are surplus
        "2, 0, 4, 0, 3, 4, 4"
    })
    void decisionTable(int upAt, int min, int assigned, int starting, int idle, int busy, int expected) {
        Target target = ScalingPolicy.queueThreshold(upAt, 0)
                .target(view(min, assigned, starting, idle, busy, PoolHistory.NONE), NOW);
        assertThat(target.runners()).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName("RL-R15: idle runners go only while no more jobs wait than the threshold for scaling in says")
    @CsvSource({"0, 2, 4", "1, 2, 4", "2, 2, 2", "5, 2, 2", "0, 0, 0"})
    void idleRunnersStayWhileMoreWait(int inAt, int assigned, int expected) {
        Target target = ScalingPolicy.queueThreshold(1, inAt).target(view(0, assigned, 0, 4, 0, PoolHistory.NONE), NOW);
        assertThat(target.runners()).isEqualTo(expected);
    }

    @ParameterizedTest
    @DisplayName("a rise that is made in steps goes on, though fewer wait after each of them")
    @CsvSource({"0, 5", "59, 5", "60, 3"})
    void aRiseGoesOn(int secondsSinceTheLastLaunch, int expected) {
        var history = new PoolHistory(
                List.of(),
                List.of(NOW.minus(Duration.ofSeconds(secondsSinceTheLastLaunch))),
                List.of(),
                Optional.empty(),
                List.of(),
                Map.of());
        assertThat(ScalingPolicy.queueThreshold(5, 0)
                        .target(view(0, 5, 0, 0, 3, history), NOW)
                        .runners())
                .isEqualTo(expected);
    }

    @Test
    void thresholdsHaveBounds() {
        assertThatThrownBy(() -> ScalingPolicy.queueThreshold(0, 0))
                .hasMessageContaining("scaleUpAt must be at least 1: 0");
        assertThatThrownBy(() -> ScalingPolicy.queueThreshold(1, -1))
                .hasMessageContaining("scaleInAt must be at least 0: -1");
    }
}
