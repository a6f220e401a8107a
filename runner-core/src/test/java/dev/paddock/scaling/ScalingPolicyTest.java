package dev.paddock.scaling;

import static dev.paddock.scaling.Views.NOW;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.scaling.PoolHistory.RunnerTime;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScalingPolicyTest {
    private static final ZoneId UTC = ZoneOffset.UTC;
    private static final List<Duration> BOOTS = Collections.nCopies(100, ofSeconds(120));

    private static int wanted(ScalingPolicy policy, Views views) {
        return policy.target(views.view(), NOW).wanted(views.view());
    }

    private static Target target(ScalingPolicy policy, Views views) {
        return policy.target(views.view(), NOW);
    }

    // ---- wishes --------------------------------------------------------------------------------------------

    @Test
    @DisplayName("ARC#4374 minIdle is on top of the jobs, minTotal is not")
    void minIdleIsOnTopOfTheJobsAndMinTotalIsNot() {
        assertThat(wanted(ScalingPolicy.onDemand(), Views.of(2, 0, 0, 0).min(3, 0)))
                .isEqualTo(5);
        assertThat(wanted(ScalingPolicy.onDemand(), Views.of(2, 0, 0, 0).min(0, 3)))
                .isEqualTo(3);
        assertThat(wanted(ScalingPolicy.onDemand(), Views.of(7, 0, 0, 0).min(1, 3)))
                .isEqualTo(8);
    }

    @Test
    void ofOverlappingWindowsTheLargestCounts() {
        ScalingPolicy policy = ScalingPolicy.warm(2, WeeklySchedule.daily(at(8), at(20), UTC))
                .and(ScalingPolicy.warm(5, WeeklySchedule.daily(at(11), at(13), UTC)))
                .and(ScalingPolicy.warm(9, WeeklySchedule.daily(at(13), at(14), UTC)));
        Target noon = target(policy, Views.of(1, 0, 0, 0));
        assertThat(noon.runners()).isEqualTo(6);
        assertThat(noon.recheck()).isEqualTo(Duration.ofHours(1));
    }

    private static LocalTime at(int hour) {
        return LocalTime.of(hour, 0);
    }

    @Test
    void afterUseRunnersAreKeptForAWhile() {
        ScalingPolicy policy = ScalingPolicy.warmAfterUse(2, ofMinutes(30));
        Views views = Views.of(1, 0, 0, 0);
        assertThat(wanted(policy, views)).isEqualTo(1);
        Target warm = target(policy, views.history(started(ofMinutes(10))));
        assertThat(warm.runners()).isEqualTo(3);
        assertThat(warm.recheck()).isEqualTo(ofMinutes(20));
        assertThat(wanted(policy, views.history(started(ofMinutes(30))))).isEqualTo(1);
    }

    private static PoolHistory started(Duration ago) {
        return new PoolHistory(List.of(), List.of(), List.of(), Optional.of(NOW.minus(ago)), List.of(), Map.of());
    }

    @Test
    void thePresetsDifferInSpareAndInPatience() {
        Views ten = Views.of(10, 0, 0, 0);
        assertThat(target(ScalingPolicy.lazy(), ten).runners()).isEqualTo(10);
        assertThat(target(ScalingPolicy.balanced(), ten).runners()).isEqualTo(13);
        assertThat(target(ScalingPolicy.aggressive(), ten).runners()).isEqualTo(15);
        assertThat(target(ScalingPolicy.lazy(), ten).idleTimeout()).contains(ofMinutes(1));
        assertThat(target(ScalingPolicy.balanced(), ten).idleTimeout()).contains(ofMinutes(5));
        assertThat(target(ScalingPolicy.aggressive(), ten).idleTimeout()).contains(ofMinutes(15));
        assertThat(target(ScalingPolicy.aggressive(), Views.of(0, 0, 0, 0)).runners())
                .isZero();
    }

    // ---- when idle runners go --------------------------------------------------------------------------------

    @Test
    @DisplayName("TFA#3573 after a launch the connected runners stay for a while, and growing is not delayed")
    void aCooldownHoldsWhatIsThereAndDelaysNoGrowth() {
        ScalingPolicy policy = ScalingPolicy.onDemand().and(ScalingPolicy.cooldown(ofMinutes(10)));
        assertThat(wanted(policy, Views.of(1, 2, 3, 1).launched(ofMinutes(4)))).isEqualTo(4);
        assertThat(wanted(policy, Views.of(9, 2, 3, 1).launched(ofMinutes(4)))).isEqualTo(9);
        assertThat(wanted(policy, Views.of(1, 2, 3, 1).launched(ofMinutes(10)))).isEqualTo(1);
        assertThat(wanted(policy, Views.of(1, 2, 3, 1))).isEqualTo(1);
    }

    @Test
    void aRunnerIsHeldUntilItHasCostWhatTheNextOneWould() {
        ScalingPolicy policy = ScalingPolicy.onDemand().and(ScalingPolicy.breakEven(new BigDecimal("3")));
        Views booted = Views.of(0, 0, 1, 0).booting(BOOTS);
        assertThat(target(policy, booted.price("1.50")).idleTimeout()).contains(ofMinutes(6));
        assertThat(target(policy, booted).idleTimeout())
                .as("without a price: as long as a boot takes")
                .contains(ofMinutes(2));
        assertThat(target(policy, Views.of(0, 0, 1, 0).price("1.50")).idleTimeout())
                .as("before the first boot: the pool's")
                .isEmpty();
        assertThat(target(policy, booted.price("0.0000001")).idleTimeout()).contains(Duration.ofDays(1));
    }

    // ---- bounds ----------------------------------------------------------------------------------------------

    @Test
    void aBoundAloneMakesNoRunner() {
        Views views = Views.of(5, 0, 0, 0);
        assertThat(wanted(ScalingPolicy.createRate(1, ofMinutes(1), 1), views)).isZero();
        assertThat(wanted(ScalingPolicy.repositoryCap(3), views)).isZero();
        assertThat(wanted(ScalingPolicy.hardBudget(BigDecimal.TEN, UTC), views)).isZero();
    }

    @Test
    void theBucketIsFullAtFirstAndFillsWithTime() {
        ScalingPolicy rate = ScalingPolicy.createRate(6, ofMinutes(1), 3);
        assertThat(target(rate, Views.of(0, 0, 0, 2)).allowed()).isEqualTo(5);
        Views burst = Views.of(0, 0, 0, 0).launched(ofSeconds(4), ofSeconds(4), ofSeconds(4));
        assertThat(target(rate, burst).allowed()).isZero();
        assertThat(target(rate, burst).recheck()).isEqualTo(ofSeconds(6));
        Views later = Views.of(0, 0, 0, 0).launched(ofSeconds(24), ofSeconds(24), ofSeconds(24));
        assertThat(target(rate, later).allowed()).isEqualTo(2);
    }

    @Test
    void whatIsForgottenNeverLetsTooManyThrough() {
        ScalingPolicy rate = ScalingPolicy.createRate(60, ofMinutes(1), 10);
        Duration[] oneASecond = new Duration[PoolHistory.LAUNCHES];
        for (int i = 0; i < oneASecond.length; i++) {
            oneASecond[i] = ofSeconds(oneASecond.length - (long) i);
        }
        assertThat(target(rate, Views.of(0, 0, 0, 0).launched(oneASecond)).allowed())
                .isEqualTo(1);
    }

    @Test
    @DisplayName("ARC#4602 a launch older than the 99th percentile counts as nothing; few known times prove nothing")
    void aLaunchOlderThanNearlyAllOthersIsLate() {
        ScalingPolicy policy = ScalingPolicy.onDemand().and(ScalingPolicy.launchCredit());
        Views one = Views.of(2, 2, 0, 0).booting(BOOTS, ofSeconds(121), ofSeconds(20));
        assertThat(target(policy, one).late()).isEqualTo(1);
        assertThat(wanted(policy, one)).isEqualTo(3);
        assertThat(target(policy, one).recheck()).isEqualTo(ofSeconds(100).plusMillis(1));
        Views few = Views.of(2, 2, 0, 0).booting(BOOTS.subList(0, 19), ofMinutes(60), ofMinutes(60));
        assertThat(wanted(policy, few)).isEqualTo(2);
        assertThat(wanted(policy, Views.of(2, 2, 0, 0).booting(BOOTS, ofSeconds(120))))
                .isEqualTo(2);
    }

    @Test
    void thePercentileIsByNearestRank() {
        List<Duration> times = new ArrayList<>();
        for (int i = 200; i > 0; i--) {
            times.add(ofSeconds(i));
        }
        assertThat(LaunchCredit.p99(times)).isEqualTo(ofSeconds(198));
        assertThat(LaunchCredit.p99(times.subList(100, 200))).isEqualTo(ofSeconds(99));
        assertThat(LaunchCredit.p99(times.subList(180, 200))).isEqualTo(ofSeconds(20));
    }

    @Test
    void jobsAboveARepositorysCapMakeNoRunner() {
        ScalingPolicy policy = ScalingPolicy.warm(2).and(ScalingPolicy.repositoryCap(3));
        Views views = Views.of(9, 0, 0, 0);
        assertThat(wanted(policy, views.jobs(Map.of("a/one", 3, "b/two", 3)))).isEqualTo(11);
        assertThat(wanted(policy, views.jobs(Map.of("a/one", 7, "b/two", 1))))
                .as("7 of which 3 count, 1, and 1 that is nobody's")
                .isEqualTo(5);
        assertThat(wanted(policy, views)).as("nobody's").isEqualTo(11);
    }

    @Test
    void anOwnersRepositoriesAreAddedUp() {
        ScalingPolicy policy = ScalingPolicy.onDemand().and(ScalingPolicy.ownerCap(3));
        Views views = Views.of(6, 0, 0, 0).jobs(Map.of("a/one", 2, "a/two", 3, "b/one", 1));
        assertThat(wanted(policy, views)).isEqualTo(4);
    }

    @Test
    void aHardBudgetCountsWhatIsCommitted() {
        ScalingPolicy policy = ScalingPolicy.onDemand().and(ScalingPolicy.hardBudget(new BigDecimal("12"), UTC));
        Views views = Views.of(9, 1, 1, 1).price("2");
        assertThat(target(policy, views).allowed())
                .as("6 runner-hours, 3 of them taken")
                .isEqualTo(6);
        var morning = new RunnerTime(NOW.minus(Duration.ofHours(3)), Duration.ofHours(2));
        var yesterday = new RunnerTime(NOW.minus(Duration.ofHours(13)), Duration.ofHours(9));
        assertThat(target(policy, views.ran(yesterday, morning)).allowed()).isEqualTo(4);
        Target spent = target(policy, views.ran(morning, morning));
        assertThat(spent.allowed()).isEqualTo(3);
        assertThat(spent.reason()).contains("no more is paid for by 12 a day");
        assertThat(spent.warning())
                .as("not while one runner of the three is paid for")
                .isEmpty();
        assertThat(target(policy, views.ran(morning, morning, morning)).warning())
                .contains("hard budget of 12");
    }

    @Test
    void anUnknownPriceIsNotFree() {
        Views views = Views.of(9, 1, 1, 1);
        Target hard = target(ScalingPolicy.hardBudget(BigDecimal.TEN, UTC), views);
        assertThat(hard.allowed()).isEqualTo(3);
        assertThat(hard.warning()).contains("price of pool p is unknown");
        assertThat(target(ScalingPolicy.hardBudget(BigDecimal.TEN, UTC), views.price("0"))
                        .allowed())
                .isEqualTo(Target.UNBOUNDED);
    }

    @Test
    void aSoftBudgetOnlyTells() {
        Views views = Views.of(9, 1, 1, 1).price("2").ran(new RunnerTime(NOW.minusSeconds(900), Duration.ofHours(6)));
        Target soft = target(ScalingPolicy.softBudget(new BigDecimal("12"), UTC), views);
        assertThat(soft.warning()).contains("soft budget of 12");
        assertThat(soft.allowed()).isEqualTo(Target.UNBOUNDED);
        assertThat(target(ScalingPolicy.softBudget(new BigDecimal("13"), UTC), views)
                        .warning())
                .isEmpty();
    }

    @Test
    void aDayBeginsWhereTheBudgetIsKept() {
        ScalingPolicy policy = ScalingPolicy.hardBudget(BigDecimal.ONE, ZoneId.of("Asia/Tokyo"));
        Instant before = Instant.parse("2026-03-04T14:45:00Z");
        Views spent = Views.of(1, 0, 0, 0).price("1").ran(new RunnerTime(before, Duration.ofHours(1)));
        assertThat(policy.target(spent.view(), before.plusSeconds(600)).allowed())
                .isZero();
        assertThat(policy.target(spent.view(), before.plusSeconds(900)).allowed())
                .as("midnight in Tokyo")
                .isEqualTo(1);
    }

    @Test
    void badValuesAreNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.warm(-1))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.createRate(0, ofMinutes(1), 1))
                .withMessageContaining("0 in PT1M");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.createRate(1, ofMinutes(1), 1025))
                .withMessageContaining("1025");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.cooldown(Duration.ZERO))
                .withMessageContaining("PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.repositoryCap(0))
                .withMessageContaining("0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.hardBudget(new BigDecimal("-2"), UTC))
                .withMessageContaining("-2");
        assertThatIllegalArgumentException().isThrownBy(() -> new Target(1, "x").withAllowed(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Target(1, "x").withIdleTimeout(ofSeconds(-1)));
    }
}
