package dev.paddock.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.internal.engine.PoolRules.Idle;
import dev.paddock.internal.engine.PoolRules.Inputs;
import dev.paddock.internal.engine.PoolRules.Verdict;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolHistory;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
                view,
                target,
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                false,
                false,
                Duration.ofMinutes(5),
                false,
                List.of(),
                false);
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
                false,
                false,
                in.idleTimeout(),
                false,
                List.of(),
                false);
        assertThat(PoolRules.decide(in, List.of(), NOW).create()).isEqualTo(1);
        assertThat(PoolRules.decide(covered, List.of(), NOW).create()).isZero();
    }

    @Test
    void theTightestBoundIsNamed() {
        PoolView view = view(0, 50, 40, 0, 0, 0, 0);
        Target target = new Target(40, "test");
        assertThat(PoolRules.decide(
                        new Inputs(
                                view,
                                target,
                                0,
                                7,
                                9,
                                30,
                                true,
                                true,
                                false,
                                false,
                                Duration.ZERO,
                                false,
                                List.of(),
                                false),
                        List.of(),
                        NOW))
                .isEqualTo(Verdict.creates(7, Bound.FLEET_MAX));
        assertThat(PoolRules.decide(
                        new Inputs(
                                view,
                                target,
                                0,
                                30,
                                3,
                                9,
                                true,
                                true,
                                false,
                                false,
                                Duration.ZERO,
                                false,
                                List.of(),
                                false),
                        List.of(),
                        NOW))
                .isEqualTo(Verdict.creates(3, Bound.PROVIDER_ROOM));
        assertThat(PoolRules.decide(
                        new Inputs(
                                view,
                                target,
                                0,
                                30,
                                20,
                                2,
                                true,
                                true,
                                false,
                                false,
                                Duration.ZERO,
                                false,
                                List.of(),
                                false),
                        List.of(),
                        NOW))
                .isEqualTo(Verdict.creates(2, Bound.CREATION_RATE));
        assertThat(PoolRules.decide(
                        new Inputs(
                                view,
                                target,
                                0,
                                30,
                                20,
                                2,
                                true,
                                true,
                                true,
                                false,
                                Duration.ZERO,
                                false,
                                List.of(),
                                false),
                        List.of(),
                        NOW))
                .isEqualTo(Verdict.creates(0, Bound.BACKOFF));
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
                false,
                false,
                in.idleTimeout(),
                false,
                List.of(),
                false);
        assertThat(PoolRules.decide(early, List.of(), NOW)).isEqualTo(Verdict.creates(0, Bound.NOT_READY));
    }

    private static PoolView doubtful(int assigned, int phantom, int idle, int busy) {
        return new PoolView(
                "p",
                0,
                0,
                9,
                new JobStatistics(assigned, busy, 0, 0, 0),
                phantom,
                0,
                idle,
                busy,
                0,
                Optional.empty(),
                PoolHistory.NONE);
    }

    @Test
    @DisplayName(
            "GHS-L19 jobs that are not believed make nothing, those beside them do, and one runner goes on waiting")
    void jobsThatAreNotBelievedMakeNothing() {
        assertThat(PoolRules.decide(inputs(doubtful(0, 3, 1, 0)), idle(9), NOW))
                .isEqualTo(Verdict.creates(0, Bound.STALE_DEMAND));
        assertThat(PoolRules.decide(inputs(doubtful(4, 3, 1, 0)), idle(9), NOW))
                .isEqualTo(Verdict.creates(3, Bound.STALE_DEMAND));
        Verdict all = PoolRules.decide(inputs(doubtful(0, 3, 4, 0)), idle(9, 9, 9, 9), NOW);
        assertThat(all.retire()).hasSize(3);
        assertThat(PoolRules.decide(inputs(doubtful(2, 3, 0, 2)), List.of(), NOW)
                        .create())
                .isEqualTo(1);
    }

    private static Inputs late(PoolView view, int runners, int late, RunnerId... cancellable) {
        Inputs in = inputs(view);
        return new Inputs(
                view,
                new Target(runners, "test").withLate(late),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                false,
                false,
                in.idleTimeout(),
                false,
                List.of(cancellable),
                false);
    }

    @Test
    @DisplayName("ARC#4602 a late launch counts as nothing: one hedge is started, and no more")
    void aLateLaunchCountsAsNothing() {
        Verdict first = PoolRules.decide(late(view(0, 9, 1, 1, 0, 0, 0), 1, 1), List.of(), NOW);
        assertThat(first.create()).isEqualTo(1);
        assertThat(first.hedges()).isEqualTo(1);
        assertThat(PoolRules.decide(late(view(0, 9, 1, 2, 0, 0, 0), 1, 1), List.of(), NOW)
                        .create())
                .isZero();
        assertThat(PoolRules.decide(late(view(0, 9, 1, 2, 0, 0, 0), 1, 2), List.of(), NOW)
                        .create())
                .as("the hedge is late as well")
                .isZero();
    }

    @Test
    @DisplayName("ARC#4602 once one of the two is connected the other is cancelled, never an idle or busy one")
    void theLoserIsCancelled() {
        var loser = new RunnerId("loser");
        Verdict verdict = PoolRules.decide(late(view(0, 9, 1, 1, 1, 0, 0), 1, 1, loser), idle(0), NOW);
        assertThat(verdict.cancel()).containsExactly(loser);
        assertThat(verdict.retire()).isEmpty();
        Verdict busy = PoolRules.decide(late(view(0, 9, 1, 1, 0, 1, 0), 1, 1, loser), List.of(), NOW);
        assertThat(busy.cancel()).containsExactly(loser);
        Verdict needed = PoolRules.decide(late(view(0, 9, 2, 1, 1, 0, 0), 2, 1, loser), idle(0), NOW);
        assertThat(needed.cancel()).isEmpty();
        assertThat(needed.create()).isEqualTo(1);
    }

    @Test
    void whatAPolicyDoesNotAllowIsNotMade() {
        Inputs in = inputs(view(0, 9, 5, 1, 0, 1, 0));
        Inputs bound = new Inputs(
                in.view(),
                in.target().withAllowed(3),
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                false,
                false,
                in.idleTimeout(),
                false,
                List.of(),
                false);
        assertThat(PoolRules.decide(bound, List.of(), NOW)).isEqualTo(Verdict.creates(1, Bound.POLICY));
    }

    @Test
    void onlySurplusRunnersThatHaveIdledLongEnoughAreRetiredTheLongestIdleFirst() {
        Verdict verdict = PoolRules.decide(inputs(view(0, 9, 1, 0, 4, 0, 0)), idle(9, 6, 4, 1), NOW);
        assertThat(verdict.retire()).extracting(RunnerId::value).containsExactly("r0", "r1");
        assertThat(verdict.recheck()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    @DisplayName("SLANG-55 a runner that is needed, to idle or to work, is never retired however long it idles")
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
                false,
                true,
                in.idleTimeout(),
                false,
                List.of(),
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
                false,
                true,
                Duration.ofMinutes(5),
                false,
                List.of(),
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
                    random.nextInt(8) == 0,
                    random.nextInt(8) == 0,
                    Duration.ofMinutes(random.nextInt(4)),
                    random.nextInt(8) == 0,
                    List.of(),
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
            assertThat(verdict.create() > 0 && in.paused()).isFalse();
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
                false,
                false,
                known.idleTimeout(),
                false,
                List.of(),
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
                false,
                true,
                known.idleTimeout(),
                false,
                List.of(),
                false);
        assertThat(PoolRules.decide(draining, idle(60, 50), NOW).retire()).hasSize(2);
    }

    private static List<RunnerId> aged(int runners) {
        return idle(new int[runners]).stream().map(Idle::id).toList();
    }

    @ParameterizedTest
    @CsvSource({
        // minIdle, starting, idle, busy, leaving, too old, expected to go
        "3, 0, 3, 0, 0, 3, 1", // all are there: one may go
        "3, 0, 4, 0, 0, 3, 1", // the surplus one goes, and that is all for now
        "1, 0, 4, 0, 0, 3, 3", // three are surplus
        "0, 0, 4, 0, 0, 3, 3", // none is wanted
        "3, 1, 2, 0, 0, 2, 0", // the successor is not there yet
        "3, 0, 2, 0, 1, 2, 0", // one is missing and will be made
        "3, 1, 3, 0, 0, 2, 1", // one more than wanted is starting
        "3, 0, 3, 0, 2, 2, 1", // what leaves is missed by nobody
        "3, 0, 3, 0, 0, 0, 0"
    })
    void ofTheWantedOnesOneGoesForItsAge(
            int minIdle, int starting, int idle, int busy, int leaving, int tooOld, int expected) {
        Inputs in = inputs(view(minIdle, 9, busy, starting, idle, busy, leaving));
        Verdict verdict = PoolRules.decide(in, idle(new int[idle]), aged(tooOld), NOW);
        assertThat(verdict.aged()).isEqualTo(aged(tooOld).subList(0, expected));
        assertThat(verdict.retire()).isEmpty();
    }

    @Test
    void noneIsRetiredTwiceForAgeAndForNothingToDo() {
        Inputs in = inputs(view(1, 9, 0, 0, 4, 0, 0));
        Verdict verdict = PoolRules.decide(in, idle(10, 10, 10, 10), aged(2), NOW);
        assertThat(verdict.aged()).containsExactly(new RunnerId("r0"), new RunnerId("r1"));
        assertThat(verdict.retire()).containsExactly(new RunnerId("r2"));
    }

    @Test
    void noneThatIsWantedGoesForItsAgeWhileNoSuccessorCanBeMade() {
        PoolView view = view(2, 9, 0, 0, 2, 0, 0);
        Target none = new Target(2, "a rate").withAllowed(2);
        for (boolean[] flags : new boolean[][] {
            // ready, counted, backing off, draining, paused
            {false, true, false, false, false},
            {true, false, false, false, false},
            {true, true, true, false, false},
            {true, true, false, false, true}
        }) {
            var in = new Inputs(
                    view,
                    new Target(2, "two"),
                    0,
                    PLENTY,
                    PLENTY,
                    PLENTY,
                    flags[0],
                    flags[1],
                    flags[2],
                    flags[3],
                    Duration.ofMinutes(5),
                    flags[4],
                    List.of(),
                    false);
            assertThat(PoolRules.decide(in, idle(0, 0), aged(2), NOW).aged()).isEmpty();
        }
        var forbidden = new Inputs(
                view,
                none,
                0,
                PLENTY,
                PLENTY,
                PLENTY,
                true,
                true,
                false,
                false,
                Duration.ZERO,
                false,
                List.of(),
                false);
        assertThat(PoolRules.decide(forbidden, idle(0, 0), aged(2), NOW).aged()).isEmpty();
    }

    @Test
    void aPoolThatCannotGrowReplacesItsOldRunnersToo() {
        var in = new Inputs(
                view(3, 9, 0, 0, 2, 0, 0),
                new Target(3, "three"),
                0,
                PLENTY,
                0,
                PLENTY,
                true,
                true,
                false,
                false,
                Duration.ofMinutes(5),
                false,
                List.of(),
                false);
        Verdict verdict = PoolRules.decide(in, idle(0, 0), aged(2), NOW);
        assertThat(verdict.bound()).isEqualTo(Bound.PROVIDER_ROOM);
        assertThat(verdict.aged()).containsExactly(new RunnerId("r0"));
    }
}
