package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.rest.RunnerRelease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunnerFreshnessTest {
    private static final Instant RELEASED = Instant.parse("2026-05-01T00:00:00Z");

    private static RunnerFreshness of(String version, Duration after) {
        return RunnerFreshness.of(
                version, new RunnerRelease("v2.336.0", Optional.of(RELEASED), List.of()), RELEASED.plus(after));
    }

    @ParameterizedTest
    @CsvSource({
        "2.336.0, P400D, CURRENT",
        "2.337.0, P400D, CURRENT",
        "2.335.9, PT0S, CURRENT",
        "2.335.9, PT479H59M, CURRENT",
        "2.335.9, P20D, AGING",
        "2.335.9, PT719H59M, AGING",
        "2.335.9, P30D, EXPIRED",
        "2.99.0, P30D, EXPIRED",
        "1.400.0, P30D, EXPIRED",
        "unknown, P30D, EXPIRED"
    })
    @DisplayName("RL-R29: a runner warns at 20 days behind and expires at 30")
    void aRunnerAges(String version, Duration after, RunnerFreshness.Verdict verdict) {
        assertThat(of(version, after).verdict()).isEqualTo(verdict);
    }

    @Test
    void withoutADateNothingIsKnown() {
        var freshness =
                RunnerFreshness.of("2.1.0", new RunnerRelease("v2.336.0", Optional.empty(), List.of()), RELEASED);
        assertThat(freshness.verdict()).isEqualTo(RunnerFreshness.Verdict.UNKNOWN);
        assertThat(RunnerFreshness.unknown("2.1.0").verdict()).isEqualTo(RunnerFreshness.Verdict.UNKNOWN);
        assertThat(freshness).hasToString("runner 2.1.0; the newest release could not be looked up");
        assertThat(of("2.1.0", Duration.ofDays(21))).hasToString("runner 2.1.0; 2.336.0 came out 21 days ago");
    }
}
