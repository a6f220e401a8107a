package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.internal.engine.PoolRules.Idle;
import dev.paddock.internal.engine.PoolRules.Inputs;
import dev.paddock.internal.engine.PoolRules.Verdict;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolRulesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final int PLENTY = 1_000_000;

    private static PoolView view(int minIdle, int max, int assigned, int starting, int idle, int busy, int leaving) {
        return new PoolView("p", minIdle, max, new JobStatistics(assigned, 0, 0, 0, 0), starting, idle, busy, leaving);
    }

    private static Inputs inputs(PoolView view) {
        Target target = ScalingPolicy.onDemand().target(view, NOW);
        return new Inputs(
                view, target, 0, PLENTY, PLENTY, PLENTY, true, true, null, false, false, Duration.ofMinutes(5), false);
    }

    private static List<Idle> idle(int... minutesIdle) {
        List<Idle> list = new ArrayList<>();
        for (int i = 0; i < minutesIdle.length; i++) {
            list.add(new Idle(new RunnerId("r" + i), NOW.minus(Duration.ofMinutes(minutesIdle[i]))));
        }
        return list;
    }

    @ParameterizedTest
    @DisplayName("GHS-L13 desired is min idle plus assigned, at most max")
    @CsvSource({"1,3,3,3", "1,3,0,1", "1,3,1,2", "0,5,2,2", "2,2,9,2"})
    void desiredIsMinIdlePlusAssignedAtMostMax(int minIdle, int max, int assigned, int expected) {
        Verdict verdict = PoolRules.decide(inputs(view(minIdle, max, assigned, 0, 0, 0, 0)), List.of(), NOW);
        assertThat(verdict.create()).isEqualTo(expected);
    }

    @Test
    void runnersThatLeaveStillTakeTheirPlaceUnderTheMaximum() {
        Verdict verdict = PoolRules.decide(inputs(view(0, 4, 4, 0, 0, 1, 2)), List.of(), NOW);
        assertThat(verdict.create()).isEqualTo(1);
        assertThat(verdict.bound()).isEqualTo(Bound.POOL_MAX);
    }

    @Test
    void aJobWhoseRunnerHasEndedNeedsNoNewOne() {
        Inputs in = inputs(view(0, 9, 3, 0, 0, 2, 0));
        Inputs covered = new Inputs(
                in.view(),
                in.target(),
                1,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                null,
                false,
                false,
                in.idleTimeout(),
                false);
        assertThat(PoolRules.decide(in, List.of(), NOW).create()).isEqualTo(1);
        assertThat(PoolRules.decide(covered, List.of(), NOW).create()).isZero();
    }

    @Test
    void theTightestBoundIsNamed() {
        PoolView view = view(0, 50, 40, 0, 0, 0, 0);
        Target target = new Target(40, "test");
        assertThat(PoolRules.decide(
                        new Inputs(view, target, 0, 7, 9, 30, true, true, null, false, false, Duration.ZERO, false),
                        List.of(),
                        NOW))
                .isEqualTo(new Verdict(7, List.of(), Bound.FLEET_MAX, Duration.ZERO));
        assertThat(PoolRules.decide(
                        new Inputs(view, target, 0, 30, 3, 9, true, true, null, false, false, Duration.ZERO, false),
                        List.of(),
                        NOW))
                .isEqualTo(new Verdict(3, List.of(), Bound.PROVIDER_ROOM, Duration.ZERO));
        assertThat(PoolRules.decide(
                        new Inputs(view, target, 0, 30, 20, 2, true, true, null, false, false, Duration.ZERO, false),
                        List.of(),
                        NOW))
                .isEqualTo(new Verdict(2, List.of(), Bound.CREATION_RATE, Duration.ZERO));
        assertThat(PoolRules.decide(
                        new Inputs(view, target, 0, 30, 20, 2, true, true, null, true, false, Duration.ZERO, false),
                        List.of(),
                        NOW))
                .isEqualTo(new Verdict(0, List.of(), Bound.BACKOFF, Duration.ZERO));
    }

    @Test
    void nothingIsCreatedBeforeSourceAndProviderCanBeAsked() {
        Inputs in = inputs(view(0, 9, 3, 0, 0, 0, 0));
        Inputs early = new Inputs(
                in.view(),
                in.target(),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                false,
                true,
                null,
                false,
                false,
                in.idleTimeout(),
                false);
        assertThat(PoolRules.decide(early, List.of(), NOW))
                .isEqualTo(new Verdict(0, List.of(), Bound.NOT_READY, Duration.ZERO));
    }

    @Test
    @DisplayName("GHS-L19 counters are not believed once jobs and runners have waited for each other for 5 minutes")
    void countersAreNotBelievedOnceJobsAndRunnersHaveWaitedForEachOther() {
        assertThat(waiting(9, 9)).isEqualTo(new Verdict(0, List.of(), Bound.STALE_DEMAND, Duration.ZERO));
        assertThat(waiting(9, 4)).isEqualTo(new Verdict(2, List.of(), Bound.NONE, Duration.ofMinutes(1)));
        assertThat(waiting(4, 9)).isEqualTo(new Verdict(2, List.of(), Bound.NONE, Duration.ofMinutes(1)));
    }

    private static Verdict waiting(int minutesAssigned, int minutesIdle) {
        Inputs in = inputs(view(0, 9, 3, 0, 1, 0, 0));
        Instant since = NOW.minus(Duration.ofMinutes(minutesAssigned));
        return PoolRules.decide(
                new Inputs(
                        in.view(),
                        in.target(),
                        0,
                        PLENTY,
                        PLENTY,
                        PLENTY,
                        true,
                        true,
                        since,
                        false,
                        false,
                        in.idleTimeout(),
                        false),
                idle(minutesIdle),
                NOW);
    }

    @Test
    void onlySurplusRunnersThatHaveIdledLongEnoughAreRetiredTheLongestIdleFirst() {
        Verdict verdict = PoolRules.decide(inputs(view(0, 9, 1, 0, 4, 0, 0)), idle(9, 6, 4, 1), NOW);
        assertThat(verdict.retire()).extracting(RunnerId::value).containsExactly("r0", "r1");
        assertThat(verdict.recheck()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void aRunnerThatIsNeededIsNeverRetiredHoweverLongItIdles() {
        Verdict verdict = PoolRules.decide(inputs(view(2, 9, 0, 0, 2, 0, 0)), idle(900, 900), NOW);
        assertThat(verdict.retire()).isEmpty();
    }

    @Test
    void aDrainCreatesNothingAndRetiresWhatNoAssignedJobWaitsFor() {
        Inputs in = inputs(view(2, 9, 1, 0, 3, 1, 0));
        Inputs drain = new Inputs(
                in.view(),
                in.target(),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                null,
                false,
                true,
                in.idleTimeout(),
                false);
        Verdict verdict = PoolRules.decide(drain, idle(0, 0, 0), NOW);
        assertThat(verdict.create()).isZero();
        assertThat(verdict.retire()).hasSize(3);
        assertThat(verdict.bound()).isEqualTo(Bound.DRAINING);
    }

    @Test
    void aDrainLeavesAnIdleRunnerAMomentForAJobThatIsAssignedAlready() {
        PoolView view = view(0, 9, 1, 0, 1, 0, 0);
        Inputs drain = new Inputs(
                view,
                new Target(1, "1 assigned"),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                null,
                false,
                true,
                Duration.ofMinutes(5),
                false);
        assertThat(PoolRules.decide(drain, idle(0), NOW).retire()).isEmpty();
        assertThat(PoolRules.decide(drain, idle(0), NOW).recheck()).isEqualTo(Deadlines.DRAIN_PICKUP);
        assertThat(PoolRules.decide(drain, idle(2), NOW).retire()).hasSize(1);
    }

    @Test
    void whateverTheInputsNoBoundIsCrossedAndNothingIsBothCreatedAndRetired() {
        long seed = 20260101;
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            int idleCount = random.nextInt(5);
            PoolView view = view(
                    random.nextInt(4),
                    random.nextInt(12),
                    random.nextInt(12),
                    random.nextInt(4),
                    idleCount,
                    random.nextInt(4),
                    random.nextInt(4));
            Inputs in = new Inputs(
                    view,
                    ScalingPolicy.onDemand().target(view, NOW),
                    random.nextInt(3),
                    random.nextInt(8),
                    random.nextInt(8),
                    random.nextInt(8),
                    random.nextInt(8) != 0,
                    true,
                    random.nextBoolean() ? NOW.minus(Duration.ofMinutes(random.nextInt(9))) : null,
                    random.nextInt(8) == 0,
                    random.nextInt(8) == 0,
                    Duration.ofMinutes(random.nextInt(4)),
                    false);
            List<Idle> idle = idle(random.ints(idleCount, 0, 6)
                    .map(n -> -n)
                    .sorted()
                    .map(n -> -n)
                    .toArray());
            Verdict verdict = PoolRules.decide(in, idle, NOW);
            assertThat(verdict.create())
                    .as("seed %d case %d: %s", seed, i, in)
                    .isBetween(0, Math.min(in.fleetFree(), Math.min(in.room(), in.creationSlots())))
                    .isLessThanOrEqualTo(Math.max(0, view.maxRunners() - view.serving() - view.leaving()));
            assertThat(verdict.create() > 0 && !verdict.retire().isEmpty()).isFalse();
            int allowed = in.draining()
                    ? idleCount
                    : Math.max(0, view.serving() - in.target().runners());
            assertThat(verdict.retire().size())
                    .as("seed %d case %d: %s", seed, i, in)
                    .isLessThanOrEqualTo(
                            in.target().runners() > view.maxRunners()
                                    ? Math.max(0, view.serving() - view.maxRunners()) + (in.draining() ? idleCount : 0)
                                    : allowed);
        }
    }

    @Test
    void beforeASourceHasCountedNoIdleRunnerIsSurplus() {
        PoolView view = view(0, 9, 0, 0, 2, 0, 0);
        Inputs known = inputs(view);
        Inputs unknown = new Inputs(
                view,
                known.target(),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                false,
                null,
                false,
                false,
                known.idleTimeout(),
                false);
        assertThat(PoolRules.decide(known, idle(60, 50), NOW).retire()).hasSize(2);
        assertThat(PoolRules.decide(unknown, idle(60, 50), NOW).retire()).isEmpty();
        Inputs draining = new Inputs(
                view,
                known.target(),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                false,
                null,
                false,
                true,
                known.idleTimeout(),
                false);
        assertThat(PoolRules.decide(draining, idle(60, 50), NOW).retire()).hasSize(2);
    }
}
