package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateBudgetTest {
    private static final Instant NOW = Instant.parse("2026-05-05T10:00:00Z");
    private static final Duration LIFE = Duration.ofSeconds(65);

    private final RateBudget budget = new RateBudget();

    private static HttpHeaders headers(long limit, long remaining, Instant reset, String resource) {
        return HttpHeaders.of(
                Map.of(
                        "x-ratelimit-limit", List.of(Long.toString(limit)),
                        "x-ratelimit-remaining", List.of(Long.toString(remaining)),
                        "x-ratelimit-reset", List.of(Long.toString(reset.getEpochSecond())),
                        "x-ratelimit-resource", List.of(resource)),
                (name, value) -> true);
    }

    private void told(Instant now, long limit, long remaining, Instant reset) {
        budget.told(now, Route.REST_RUNNERS, headers(limit, remaining, reset, "core"));
    }

    private Duration hold(Instant now, Route route) {
        return budget.outlook(now, route);
    }

    @Test
    void whatIsNotKnownIsNotLimited() {
        assertThat(hold(NOW, Route.RUNS)).isZero();
        assertThat(budget.remaining(NOW, Route.RUNS)).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({"5000, 501, 500", "60, 11, 10", "100, 11, 10", "12, 7, 6", "15000, 1501, 1500"})
    void aTenthAndAtLeastTenCallsAreKeptForWhatEndsThings(long limit, long enough, long tooFew) {
        Instant reset = NOW.plusSeconds(600);
        told(NOW, limit, enough, reset);
        assertThat(hold(NOW, Route.RUNS)).isZero();
        told(NOW, limit, tooFew, reset);
        assertThat(hold(NOW, Route.RUNS)).isEqualTo(Duration.ofSeconds(601));
        assertThat(hold(NOW, Route.REST_JIT_CONFIG)).isEqualTo(Duration.ofSeconds(601));
        for (Route route : List.of(
                Route.REST_DELETE_RUNNER, Route.REMOVE_TOKEN, Route.REGISTRATION_TOKEN, Route.REST_RUNNER_GONE)) {
            assertThat(hold(NOW, route)).as(route.name()).isZero();
        }
        told(NOW, limit, 0, reset);
        assertThat(hold(NOW, Route.REST_DELETE_RUNNER)).isEqualTo(Duration.ofSeconds(601));
        assertThat(hold(NOW, Route.RATE_LIMIT)).as("a free call").isZero();
        assertThat(hold(NOW.plusSeconds(600), Route.RUNS)).isEqualTo(Duration.ofSeconds(1));
        assertThat(hold(NOW.plusSeconds(601), Route.RUNS)).isZero();
    }

    @Test
    void repliesOutOfOrderDoNotGiveBackWhatIsSpent() {
        Instant reset = NOW.plusSeconds(600);
        told(NOW, 5000, 400, reset);
        told(NOW, 5000, 4999, reset.minusSeconds(1));
        assertThat(hold(NOW, Route.RUNS)).isPositive();
        told(NOW, 5000, 4999, reset.minusSeconds(900));
        assertThat(hold(NOW, Route.RUNS)).as("a reply of an older hour").isPositive();
        told(NOW, 5000, 4999, reset.plusSeconds(3600));
        assertThat(hold(NOW, Route.RUNS)).as("a new hour").isZero();
    }

    @Test
    void callsUnderWayCountAsSpent() {
        told(NOW, 5000, 502, NOW.plusSeconds(600));
        var first = budget.board(NOW, Route.RUNS, LIFE);
        var second = budget.board(NOW, Route.RUNS, LIFE);
        var third = budget.board(NOW, Route.RUNS, LIFE);
        assertThat(first.granted()).isTrue();
        assertThat(second.granted()).isTrue();
        assertThat(third.granted()).isFalse();
        assertThat(third.limited()).isTrue();
        assertThat(third.delay()).isEqualTo(Duration.ofSeconds(601));
        budget.landed(NOW, first.number());
        assertThat(budget.board(NOW, Route.RUNS, LIFE).granted()).isTrue();
    }

    @Test
    void aLimitThatChangesIsBelieved() {
        told(NOW, 5000, 0, NOW.plusSeconds(600));
        told(NOW, 15_000, 14_000, NOW.plusSeconds(300));
        assertThat(hold(NOW, Route.RUNS)).isZero();
    }

    @Test
    void kindsOfCallsHaveLimitsOfTheirOwn() {
        budget.told(NOW, Route.DOWNLOADS, headers(10_000, 0, NOW.plusSeconds(600), "other"));
        assertThat(hold(NOW, Route.RUNS)).isZero();
        assertThat(hold(NOW, Route.DOWNLOADS)).isPositive();
    }

    @Test
    void aResetFurtherOffThanAnHourIsNotBelieved() {
        told(NOW, 5000, 0, NOW.plus(Duration.ofDays(300)));
        assertThat(hold(NOW, Route.RUNS)).isEqualTo(Duration.ofHours(1).plusSeconds(1));
    }

    @Test
    void headersThatSayNothingAreIgnored() {
        budget.told(NOW, Route.RUNS, HttpHeaders.of(Map.of("x-ratelimit-remaining", List.of("0")), (n, v) -> true));
        budget.told(
                NOW,
                Route.RUNS,
                HttpHeaders.of(
                        Map.of("x-ratelimit-remaining", List.of("none"), "x-ratelimit-reset", List.of("-1")),
                        (n, v) -> true));
        assertThat(hold(NOW, Route.RUNS)).isZero();
    }

    @Test
    void aSecondaryLimitHoldsAllBackForAMinuteAndThenLonger() {
        Instant now = NOW;
        for (long seconds : new long[] {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
            assertThat(budget.limited(now, Route.RUNS, Optional.empty())).isEqualTo(Duration.ofSeconds(seconds));
            assertThat(hold(now, Route.REST_DELETE_RUNNER)).isEqualTo(Duration.ofSeconds(seconds));
            assertThat(hold(now, Route.RATE_LIMIT)).isEqualTo(Duration.ofSeconds(seconds));
            now = now.plusSeconds(seconds);
            assertThat(hold(now, Route.RUNS)).isZero();
        }
        budget.succeeded(now);
        assertThat(budget.limited(now, Route.RUNS, Optional.empty())).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aWaitGitHubAsksForIsKept() {
        assertThat(budget.limited(NOW, Route.RUNS, Optional.of(Duration.ofSeconds(7))))
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(hold(NOW.plusSeconds(6), Route.REMOVE_TOKEN)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void oneLimitThatManyCallsMeetIsOneLimit() {
        for (int i = 0; i < 20; i++) {
            assertThat(budget.limited(NOW.plusSeconds(1), Route.RUNS, Optional.empty()))
                    .isEqualTo(Duration.ofSeconds(60));
        }
        budget.succeeded(NOW.plusSeconds(2));
        assertThat(hold(NOW.plusSeconds(2), Route.RUNS))
                .as("a call sent before the limit ends nothing")
                .isEqualTo(Duration.ofSeconds(59));
    }

    @Test
    void aPrimaryLimitLastsUntilASecondAfterTheReset() {
        told(NOW, 5000, 0, NOW.plusSeconds(2));
        assertThat(budget.limited(NOW, Route.RUNS, Optional.empty())).isEqualTo(Duration.ofSeconds(3));
        assertThat(hold(NOW.plusSeconds(3), Route.RUNS)).isZero();
    }

    @Test
    void aPrimaryLimitWhoseResetIsPastByOurClockLastsAMinute() {
        told(NOW, 5000, 0, NOW.minusSeconds(300));
        assertThat(budget.limited(NOW, Route.RUNS, Optional.empty())).isEqualTo(Duration.ofSeconds(60));
    }

    private List<Instant> sends(Instant from, int count, boolean writes) {
        var sends = new ArrayList<Instant>();
        for (int i = 0; i < count; i++) {
            RateBudget.Ticket turn = budget.queue(from, Route.RUNS, writes, from.plusSeconds(300));
            assertThat(turn.granted()).isTrue();
            sends.add(from.plus(turn.delay()));
        }
        return sends;
    }

    @Test
    void noMoreThanTenCallsGoInAnySecond() {
        List<Instant> sends = sends(NOW, 85, false);
        assertThat(sends.get(9)).isEqualTo(NOW);
        for (int i = 10; i < sends.size(); i++) {
            assertThat(Duration.between(sends.get(i - 10), sends.get(i))).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        }
        assertThat(sends.get(84)).isEqualTo(NOW.plusSeconds(8));
    }

    @Test
    void noMoreThanNineHundredPointsGoInAnyMinute() {
        List<Instant> sends = sends(NOW, 400, true);
        for (int i = 0; i < sends.size(); i++) {
            Instant end = sends.get(i).plusSeconds(60);
            long within = sends.subList(i, sends.size()).stream()
                    .filter(one -> one.isBefore(end))
                    .count();
            assertThat(within * 5).isLessThanOrEqualTo(900);
        }
    }

    @Test
    void noTurnIsTakenLaterThanIsWaitedFor() {
        List<Instant> sends = sends(NOW, 3_010, false);
        assertThat(sends.get(3_009)).isEqualTo(NOW.plusSeconds(300));
        for (int i = 0; i < 3; i++) {
            RateBudget.Ticket late = budget.queue(NOW, Route.RUNS, false, NOW.plusSeconds(300));
            assertThat(late.granted()).isFalse();
            assertThat(late.limited()).isFalse();
            assertThat(late.delay()).isEqualTo(Duration.ofSeconds(301));
        }
    }

    @Test
    void noMoreThanNinetyCallsAreUnderWay() {
        RateBudget.Ticket last = budget.board(NOW, Route.RUNS, LIFE);
        for (int i = 1; i < 90; i++) {
            last = budget.board(NOW, Route.RUNS, LIFE);
            assertThat(last.granted()).isTrue();
        }
        RateBudget.Ticket refused = budget.board(NOW, Route.RUNS, LIFE);
        assertThat(refused.granted()).isFalse();
        assertThat(refused.limited()).isFalse();
        budget.landed(NOW, last.number());
        assertThat(budget.board(NOW, Route.RUNS, LIFE).granted()).isTrue();
        assertThat(budget.board(NOW, Route.RUNS, LIFE).granted()).isFalse();
        assertThat(budget.board(NOW.plus(LIFE), Route.RUNS, LIFE).granted())
                .as("calls that nobody told the end of are forgotten")
                .isTrue();
    }

    @Test
    void aClockThatIsSetBackHoldsNobodyUp() {
        budget.limited(NOW, Route.RUNS, Optional.of(Duration.ofHours(1)));
        sends(NOW.plus(Duration.ofHours(2)), 50, true);
        Instant before = NOW.minusSeconds(60);
        assertThat(hold(before, Route.RUNS)).isZero();
        assertThat(budget.queue(before, Route.RUNS, false, before).delay()).isZero();
    }

    @Test
    void aWaitOfMoreThanAnHourIsCutToOne() {
        assertThat(budget.limited(NOW, Route.RUNS, Optional.of(Duration.ofHours(7))))
                .isEqualTo(Duration.ofHours(1));
        assertThat(hold(NOW.plus(Duration.ofHours(1)), Route.RUNS)).isZero();
    }
}
