package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RefreshPlanTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final RandomGenerator NO_JITTER = () -> 0;

    private final RefreshPlan plan = new RefreshPlan();

    private boolean isDue(Duration life, Duration after) {
        return plan.isDue(Optional.of(START.plus(life)), START.plus(after), NO_JITTER);
    }

    @Test
    void aLongTokenIsRenewedTenMinutesAhead() {
        Duration life = Duration.ofMinutes(50);
        assertThat(isDue(life, Duration.ZERO)).isFalse();
        assertThat(isDue(life, Duration.ofMinutes(40).minusNanos(1))).isFalse();
        assertThat(isDue(life, Duration.ofMinutes(40))).isTrue();
    }

    @Test
    void aShortTokenIsRenewedHalfWay() {
        Duration life = Duration.ofMinutes(4);
        assertThat(isDue(life, Duration.ZERO)).isFalse();
        assertThat(isDue(life, Duration.ofSeconds(119))).isFalse();
        assertThat(isDue(life, Duration.ofSeconds(120))).isTrue();
    }

    @Test
    void aTokenWithoutAnEndIsNeverRenewedAhead() {
        assertThat(plan.isDue(Optional.empty(), START.plus(Duration.ofDays(9)), NO_JITTER))
                .isFalse();
    }

    @Test
    void aTokenThatSeemsToBeOverSaysThatTheClocksDiffer() {
        Duration life = Duration.ofMinutes(-7);
        assertThat(isDue(life, Duration.ZERO)).isFalse();
        assertThat(isDue(life, Duration.ofHours(1))).isFalse();
    }

    @Test
    void aFailureIsNotRepeatedAtOnce() {
        Duration life = Duration.ofMinutes(50);
        assertThat(isDue(life, Duration.ZERO)).isFalse();
        plan.failed(START.plus(Duration.ofMinutes(40)));
        assertThat(isDue(life, Duration.ofSeconds(40 * 60 + 59))).isFalse();
        assertThat(isDue(life, Duration.ofMinutes(41))).isTrue();
    }

    @Test
    void aRenewalThatChangesNothingIsNotRepeatedAtOnce() {
        Duration life = Duration.ofMinutes(50);
        assertThat(isDue(life, Duration.ZERO)).isFalse();
        assertThat(isDue(life, Duration.ofMinutes(40))).isTrue();
        plan.renewed();
        assertThat(isDue(life, Duration.ofMinutes(40))).isFalse();
        assertThat(isDue(life, Duration.ofMinutes(45))).isTrue();
    }

    @Test
    void aNewTokenMakesANewPlan() {
        assertThat(isDue(Duration.ofMinutes(50), Duration.ZERO)).isFalse();
        assertThat(isDue(Duration.ofMinutes(90), Duration.ofMinutes(40))).isFalse();
        assertThat(isDue(Duration.ofMinutes(90), Duration.ofMinutes(80))).isTrue();
    }
}
