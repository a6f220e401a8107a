package dev.paddock.scaling;

import static dev.paddock.scaling.Views.NOW;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.scaling.FleetSharing.Claim;
import dev.paddock.spi.JobStatistics;
import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The borders of policies: the last value that holds, the first that does not, and the words. */
class PolicyBordersTest {
    private static Target target(ScalingPolicy policy, Views views) {
        return policy.target(views.view(), NOW);
    }

    // ---- arguments -----------------------------------------------------------------------------------------

    @Test
    void theLastValuesThatHoldAreTaken() {
        assertThatCode(() -> {
                    ScalingPolicy.createRate(1, ofDays(1), 1);
                    ScalingPolicy.createRate(1000, ofSeconds(1), PoolHistory.LAUNCHES);
                    ScalingPolicy.repositoryCap(1);
                    ScalingPolicy.warm(0);
                    ScalingPolicy.hardBudget(BigDecimal.ZERO, ZoneOffset.UTC);
                    FleetSharing.fair(ofMinutes(15));
                    FleetSharing.fair(ofHours(12));
                })
                .doesNotThrowAnyException();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.createRate(1, ofDays(1).plusMillis(1), 1));
        assertThatIllegalArgumentException().isThrownBy(() -> ScalingPolicy.createRate(1001, ofSeconds(1), 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScalingPolicy.createRate(1, ofDays(1), PoolHistory.LAUNCHES + 1));
        assertThatIllegalArgumentException().isThrownBy(() -> ScalingPolicy.createRate(1, ofDays(1), 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FleetSharing.fair(ofMinutes(15).minusMillis(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FleetSharing.fair(ofHours(12).plusMillis(1)));
    }

    @Test
    void aTargetHasNoNegativeNumbers() {
        var plain = new Target(0, "");
        assertThatIllegalArgumentException().isThrownBy(() -> new Target(-1, ""));
        assertThatIllegalArgumentException().isThrownBy(() -> plain.withLate(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> plain.withLimit(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> plain.withAllowed(-1));
    }

    // ---- joining -------------------------------------------------------------------------------------------

    @Test
    void twoTargetsKeepTheLongerTimeoutTheSoonerLookAndBothReasons() {
        Target one = new Target(1, "a").withIdleTimeout(ofMinutes(1)).withRecheck(ofMinutes(3));
        Target two = new Target(2, "b").withIdleTimeout(ofMinutes(2)).withRecheck(ofMinutes(4));
        for (Target both : List.of(one.and(two), two.and(one))) {
            assertThat(both.idleTimeout()).contains(ofMinutes(2));
            assertThat(both.recheck()).isEqualTo(ofMinutes(3));
        }
        assertThat(one.and(two).reason()).isEqualTo("a; b");
        assertThat(one.and(new Target(0, "")).reason()).isEqualTo("a");
        assertThat(new Target(0, "").and(one).reason()).isEqualTo("a");
        assertThat(one.and(one).reason()).isEqualTo("a");
    }

    // ---- words ---------------------------------------------------------------------------------------------

    @Test
    void onDemandSaysWhatItAdds() {
        assertThat(target(ScalingPolicy.onDemand(), Views.of(2, 0, 0, 0)).reason())
                .isEqualTo("2 assigned");
        assertThat(target(ScalingPolicy.onDemand(), Views.of(2, 0, 0, 0).min(1, 3))
                        .reason())
                .isEqualTo("1 idle + 2 assigned");
        assertThat(target(ScalingPolicy.onDemand(), Views.of(2, 0, 0, 0).min(1, 4))
                        .reason())
                .isEqualTo("1 idle + 2 assigned, at least 4");
        assertThat(target(new OnDemand(50), Views.of(2, 0, 0, 0)).reason()).isEqualTo("2 assigned + 1 spare");
    }

    @Test
    void warmSaysSoOnlyIfItIsMoreThanThePoolHasAnyway() {
        assertThat(Warm.warm(2, Views.of(0, 0, 0, 0).min(2, 0).view(), "kept warm")
                        .reason())
                .isEmpty();
        assertThat(Warm.warm(3, Views.of(0, 0, 0, 0).min(2, 0).view(), "kept warm")
                        .reason())
                .isEqualTo("3 kept warm");
    }

    @Test
    void aCapNamesWhatItCaps() {
        Views views = Views.of(3, 0, 0, 0).jobs(Map.of("/odd", 1, "/even", 1, "b/x", 1));
        assertThat(target(ScalingPolicy.ownerCap(1), views).reason()).isEqualTo("1 over the owner's cap of 1");
        Views one = Views.of(3, 0, 0, 0).jobs(Map.of("a/x", 3));
        assertThat(target(ScalingPolicy.repositoryCap(1), one).reason()).isEqualTo("2 over the repository's cap of 1");
    }

    @Test
    void theCreateRateSaysWhenItIsUsedUp() {
        ScalingPolicy one = ScalingPolicy.createRate(1, ofMinutes(1), 1);
        assertThat(target(one, Views.of(1, 0, 0, 0)).reason()).isEmpty();
        assertThat(target(one, Views.of(1, 0, 0, 0).launched(ofSeconds(1))).reason())
                .isEqualTo("the create rate is used up");
        assertThat(target(one, Views.of(1, 0, 0, 0).launched(ofSeconds(60))).allowed())
                .isEqualTo(1);
        assertThat(target(one, Views.of(1, 0, 0, 0).launched(ofSeconds(60).minusNanos(1)))
                        .allowed())
                .isZero();
    }

    // ---- times ---------------------------------------------------------------------------------------------

    @Test
    void aLaunchIsLateOnlyAfterAllButOneInAHundred() {
        List<Duration> boots = Collections.nCopies(LaunchCredit.ENOUGH, ofSeconds(100));
        assertThat(target(ScalingPolicy.launchCredit(), Views.of(1, 1, 0, 0).booting(boots, ofSeconds(100)))
                        .late())
                .isZero();
        assertThat(target(
                                ScalingPolicy.launchCredit(),
                                Views.of(1, 1, 0, 0)
                                        .booting(boots, ofSeconds(100).plusMillis(1)))
                        .late())
                .isEqualTo(1);
        List<Duration> few = boots.subList(1, boots.size());
        assertThat(target(ScalingPolicy.launchCredit(), Views.of(1, 1, 0, 0).booting(few, ofSeconds(999)))
                        .late())
                .isZero();
    }

    @Test
    void aWindowOfOneDayAWeekIsFoundFromTheDayAfterIt() {
        WeeklySchedule schedule = new WeeklySchedule(
                EnumSet.of(DayOfWeek.TUESDAY), LocalTime.of(8, 0), LocalTime.of(9, 0), ZoneOffset.UTC);
        // NOW is a Wednesday noon.
        assertThat(Duration.between(NOW, schedule.nextChange(NOW)))
                .isEqualTo(ofDays(6).minus(ofHours(4)));
    }

    @Test
    void occupiedIsWhatServesAndWhatLeaves() {
        var view = new PoolView("p", 0, 9, new JobStatistics(0, 0, 0, 0, 0), 1, 2, 3, 4);
        assertThat(view.serving()).isEqualTo(6);
        assertThat(view.occupied()).isEqualTo(10);
    }

    // ---- sharing -------------------------------------------------------------------------------------------

    private static Claim claim(RunnerProfile profile, Views views, int wants) {
        return new Claim(views.view(), profile, 0, wants, false);
    }

    @Test
    void aPoolWhoseRunnersWereManyLatelyComesAfterOneWhoseRunnersWereManyLongAgo() {
        FleetSharing fair = FleetSharing.fair(ofHours(1));
        var late = Views.of(9, 0, 0, 0)
                .ran(new PoolHistory.RunnerTime(NOW.minus(PoolHistory.RunnerTime.LENGTH), ofMinutes(60)));
        var early = Views.of(9, 0, 0, 0).ran(new PoolHistory.RunnerTime(NOW.minus(ofHours(6)), ofMinutes(60)));
        RunnerProfile any = RunnerProfile.any();
        assertThat(fair.share(1, List.of(claim(any, late, 5), claim(any, early, 5)), NOW))
                .containsExactly(0, 1);
        assertThat(fair.share(1, List.of(claim(any, early, 5), claim(any, late, 5)), NOW))
                .containsExactly(1, 0);
    }

    @Test
    void ofGpusTheirMemoryCountsTogether() {
        FleetSharing fair = FleetSharing.fair(ofHours(1));
        RunnerProfile two = RunnerProfile.builder("two")
                .gpus(2)
                .gpuMemory(ByteSize.ofGiB(20))
                .build();
        RunnerProfile one = RunnerProfile.builder("one")
                .gpus(1)
                .gpuMemory(ByteSize.ofGiB(20))
                .build();
        assertThat(fair.share(
                        5, List.of(claim(two, Views.of(9, 0, 0, 0), 9), claim(one, Views.of(9, 0, 0, 0), 9)), NOW))
                .containsExactly(2, 3);
    }

    @Test
    void ofEqualClaimsTheFirstComesFirst() {
        RunnerProfile any = RunnerProfile.any();
        assertThat(FleetSharing.fair(ofHours(1))
                        .share(
                                1,
                                List.of(claim(any, Views.of(9, 0, 0, 0), 5), claim(any, Views.of(9, 0, 0, 0), 5)),
                                NOW))
                .containsExactly(1, 0);
    }
}
