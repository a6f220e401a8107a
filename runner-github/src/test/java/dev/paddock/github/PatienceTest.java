package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Evidence;
import dev.paddock.github.GitHubException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PatienceTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final RandomGenerator LUCKY = () -> 0;
    private static final RandomGenerator UNLUCKY = new RandomGenerator() {
        @Override
        public long nextLong() {
            return -1;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    private final Patience patience = new Patience();

    private static GitHubException failure(Reason reason) {
        return GitHubException.of(reason, "for the test");
    }

    private static GitHubException asking(Duration wish) {
        return GitHubException.of(Reason.RATE_LIMITED, "for the test", new Evidence(429, null, null, null, wish));
    }

    @Test
    void theLongestWaitDoublesUpToAMinute() {
        for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertThat(patience.afterFailure(failure(Reason.UNAVAILABLE), UNLUCKY))
                    .isEqualTo(Duration.ofSeconds(seconds));
        }
        patience.succeeded();
        assertThat(patience.afterFailure(failure(Reason.UNAVAILABLE), UNLUCKY)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void theShortestWaitIsNoSpin() {
        assertThat(patience.afterFailure(failure(Reason.NETWORK), LUCKY)).isEqualTo(Duration.ofMillis(200));
        assertThat(patience.afterFailure(failure(Reason.BAD_REPLY), LUCKY)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void aWishIsHeededUpToFiveMinutes() {
        assertThat(patience.afterFailure(asking(Duration.ofSeconds(90)), LUCKY)).isEqualTo(Duration.ofSeconds(90));
        assertThat(patience.afterFailure(asking(Duration.ofDays(1)), LUCKY)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void conflictsAreWaitedOutForUpToAMinuteAtATime() {
        assertThat(patience.afterConflict()).isEqualTo(Duration.ofSeconds(10));
        assertThat(patience.afterConflict()).isEqualTo(Duration.ofSeconds(15));
        for (int i = 0; i < 1_000; i++) {
            assertThat(patience.afterConflict()).isLessThanOrEqualTo(Duration.ofSeconds(60));
        }
        patience.opened();
        assertThat(patience.afterConflict()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNAUTHORIZED", "FORBIDDEN", "TLS", "UNSUPPORTED", "NOT_FOUND", "BAD_REQUEST"})
    void fiveRefusalsAtTheStartAreHopeless(Reason reason) {
        for (int i = 1; i < 5; i++) {
            assertThat(patience.isHopeless(failure(reason), START)).isFalse();
        }
        assertThat(patience.isHopeless(failure(reason), START)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNAUTHORIZED", "FORBIDDEN", "TLS", "UNSUPPORTED", "NOT_FOUND", "BAD_REQUEST"})
    void otherFailuresAreNeverHopelessAndInterruptRefusals(Reason reason) {
        for (int i = 0; i < 100; i++) {
            assertThat(patience.isHopeless(failure(reason), START.plusSeconds(i * 60L)))
                    .isFalse();
            if (i % 4 != 0) {
                assertThat(patience.isHopeless(failure(Reason.FORBIDDEN), START))
                        .isFalse();
            }
        }
    }

    @Test
    void whatHasWorkedOnceMustBeRefusedForAQuarterOfAnHour() {
        patience.opened();
        for (int i = 0; i < 15 * 60; i++) {
            assertThat(patience.isHopeless(failure(Reason.UNAUTHORIZED), START.plusSeconds(i)))
                    .isFalse();
        }
        assertThat(patience.isHopeless(failure(Reason.UNAUTHORIZED), START.plusSeconds(15 * 60)))
                .isTrue();
    }

    @Test
    void whatIsAbsentLaterOnIsTheServicesTrouble() {
        patience.opened();
        for (int i = 0; i < 100; i++) {
            assertThat(patience.isHopeless(failure(Reason.NOT_FOUND), START.plusSeconds(i * 60L)))
                    .isFalse();
        }
    }

    @Test
    void failuresAndRefusalsInARowAreCounted() {
        for (int i = 1; i <= 3; i++) {
            patience.afterFailure(failure(Reason.FORBIDDEN), LUCKY);
            patience.isHopeless(failure(Reason.FORBIDDEN), START);
            assertThat(patience.failures()).isEqualTo(i);
            assertThat(patience.refusals()).isEqualTo(i);
        }
        patience.succeeded();
        assertThat(patience.failures()).isZero();
        assertThat(patience.refusals()).isZero();
    }

    @Test
    void successForgetsRefusals() {
        for (int i = 0; i < 50; i++) {
            assertThat(patience.isHopeless(failure(Reason.FORBIDDEN), START)).isFalse();
            if (i % 4 == 3) {
                patience.succeeded();
            }
        }
    }
}
