package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.event.DecisionMade;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ScalingTest {
    private final FleetFixture f = new FleetFixture();

    @Test
    void eachAssignedJobGetsARunner() {
        f.start();
        f.source.assigned(3);
        f.untilIdle(3);
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.source.registered()).isEqualTo(3);
    }

    @Test
    @DisplayName("SLANG-44: never more than the maximum, whatever is asked for")
    void neverMoreThanTheMaximum() {
        f.start(fleet -> fleet.maxRunners(4));
        f.source.assigned(100);
        f.untilIdle(4);
        f.advance(ofMinutes(4));
        assertThat(f.machines.created()).isEqualTo(4);
        assertThat(f.pool().lastDecision().orElseThrow().bound()).isEqualTo(Bound.POOL_MAX);
    }

    @Test
    @DisplayName("SLANG-W4: no registration is made for which the provider has no slot")
    void noRegistrationIsMadeForWhichTheProviderHasNoSlot() {
        f.machines(machines -> machines.slots(3));
        f.start(fleet -> fleet.maxRunners(50));
        f.source.assigned(40);
        f.untilIdle(3);
        f.advance(ofMinutes(1));
        assertThat(f.source.count(FakeJobSource.Call.REGISTER)).isEqualTo(3);
    }

    @Test
    void aRunnerThatIsNotNeededIsRemovedAfterTheIdleTimeoutAndNotBefore() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        f.source.assigned(2);
        f.untilIdle(2);
        f.source.assigned(0);
        f.advance(ofMinutes(4));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(2);
        f.untilNothingIsLeft(ofMinutes(2));
    }

    @Test
    @DisplayName("GHS-L13 min idle 1, assigned 3, max 3: three; assigned 0: one; assigned 1: two")
    void minIdleWaitsBesideTheAssignedJobs() {
        f.start(fleet -> fleet.minIdle(1).maxRunners(3).idleTimeout(Duration.ZERO));
        f.untilIdle(1);
        f.source.assigned(3);
        f.untilIdle(3);
        f.source.assigned(0);
        f.untilIdle(1);
        f.source.assigned(1);
        f.untilIdle(2);
    }

    @Test
    void nothingIsCreatedBeforeTheSourceIsConnected() {
        f.source.doNotConnect();
        f.start(fleet -> fleet.minIdle(2));
        f.advance(ofMinutes(3));
        assertThat(f.source.registered()).isZero();
        assertThat(f.pool().lastDecision().orElseThrow().bound()).isEqualTo(Bound.NOT_READY);
        f.source.connect();
        f.untilIdle(2);
    }

    @Test
    void creationsUnderWayStayWithinTheProvidersLimit() {
        f.machines(machines -> machines.concurrentCreations(3).provisionTime(ofSeconds(10)));
        f.start(fleet -> fleet.maxRunners(10));
        f.source.assigned(10);
        f.until(() -> f.count(RunnerState.IDLE) == 10, ofMinutes(2));
        assertThat(f.machines.mostUnderWay()).isEqualTo(3);
    }

    @Test
    @DisplayName("SLANG-49: a provider without room is asked again, without any message")
    void aProviderWithoutRoomIsAskedAgain() {
        f.machines(machines -> machines.slots(2));
        f.start();
        f.source.assigned(4);
        f.untilIdle(2);
        assertThat(f.events(DecisionMade.class))
                .anyMatch(made -> made.decision().bound() == Bound.PROVIDER_ROOM);
        f.machines.room(2);
        f.until(() -> f.machines.count(FakeRunnerProvider.Call.PROVISION) > 2);
    }

    @Test
    void roomThatAppearsWithoutAnyMessageIsAdvertised() {
        f.machines.room(0);
        f.start();
        f.settle();
        assertThat(f.source.capacity()).isZero();
        f.machines.heal();
        f.until(() -> f.source.capacity() == 5);
    }

    @Test
    void aProviderThatCannotTellItsRoomHasNone() {
        f.machines.roomFails(new IllegalStateException("no quota service"));
        f.start();
        f.source.assigned(2);
        f.advance(ofMinutes(1));
        assertThat(f.machines.created()).isZero();
        f.machines.heal();
        f.untilIdle(2);
    }

    @Test
    void capacityIsWhatLivesAndWhatCouldBeMade() {
        f.start(fleet -> fleet.maxRunners(7));
        f.source.assigned(2);
        f.untilIdle(2);
        assertThat(f.source.capacity()).isEqualTo(7);
        assertThat(f.source.advertised()).isNotEmpty().allMatch(capacity -> capacity <= 7);
    }

    @Test
    void capacityDropsWhileARunnerIsLeavingAndItsJobIsConfirmed() {
        f.start(fleet -> fleet.maxRunners(3));
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.source.started(job("a"), id.value());
        f.source.completed(job("a"), id.value(), "succeeded");
        f.settle();
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.DRAINING);
        assertThat(f.source.capacity()).isEqualTo(2);
    }

    @Test
    void aJobStillCountedDoesNotLiftTheCapacityAboveTheMaximum() {
        f.start(fleet -> fleet.maxRunners(3));
        f.source.assigned(3);
        f.untilIdle(3);
        RunnerId id = f.ids().get(0);
        f.source.started(job("a"), id.value());
        f.settle();
        f.machines.kill(id);
        f.advance(ofSeconds(20));
        assertThat(f.source.advertised()).allMatch(capacity -> capacity <= 3);
    }

    @Test
    @DisplayName("GHS-L19 assigned jobs that idle runners do not take make no more runners, and an alarm")
    void staleAssignedJobsMakeNoMoreRunners() {
        f.start(fleet -> fleet.maxRunners(10));
        f.source.assigned(2);
        f.untilIdle(2);
        f.advance(ofMinutes(6));
        assertThat(f.events(DecisionMade.class))
                .anyMatch(made -> made.decision().bound() == Bound.STALE_DEMAND);
        assertThat(f.pool().phantom()).isEqualTo(2);
        f.advance(ofMinutes(2));
        assertThat(f.machines.created()).isEqualTo(2);
        f.source.statistics(new JobStatistics(7, 7, 7, 7, 0));
        f.until(() -> f.machines.created() == 7);
    }

    @Test
    @DisplayName("ARC#3420 announced jobs count while the counters say none")
    void announcedJobsCountWhileTheCountersSayNone() {
        f.start();
        f.source.assigned(0);
        f.source.assigned(job("a"), job("b"));
        f.source.assigned(job("a"));
        f.untilIdle(2);
        f.advance(ofSeconds(90));
        assertThat(f.machines.created()).isEqualTo(2);
    }

    @Test
    @DisplayName("SLANG-W22: a job that is cancelled before it has a runner counts no more")
    void anAnnouncedJobThatEndsWithoutARunnerIsForgotten() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        f.source.assigned(job("a"));
        f.untilIdle(1);
        f.source.completed(job("a"), "", "canceled");
        f.untilNothingIsLeft(ofSeconds(10));
    }

    @Test
    @DisplayName("GHS-L20 a job announced three times counts once")
    void aJobAnnouncedThreeTimesCountsOnce() {
        f.start();
        for (int i = 0; i < 3; i++) {
            f.source.assigned(job("a"));
            f.advance(ofSeconds(20));
        }
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(f.events(dev.paddock.event.JobAssigned.class)).hasSize(1);
    }

    @Test
    void aPolicyThatThrowsLeavesThePoolAsItIs() {
        boolean[] broken = {false};
        f.start(fleet -> fleet.policy((pool, now) -> {
            if (broken[0]) {
                throw new IllegalStateException("a bug in the policy");
            }
            return new Target(pool.statistics().assigned(), "as many");
        }));
        f.source.assigned(2);
        f.untilIdle(2);
        broken[0] = true;
        f.source.assigned(5);
        f.advance(ofMinutes(4));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(2);
        broken[0] = false;
        f.source.assigned(4);
        f.untilIdle(4);
    }

    @Test
    void aPolicyThatOverflowsTheStackDoesNotStopTheFleet() {
        boolean[] broken = {true};
        f.start(fleet -> fleet.policy((pool, now) -> {
            if (broken[0]) {
                throw new StackOverflowError("made up");
            }
            return new Target(1, "one");
        }));
        f.advance(ofSeconds(10));
        broken[0] = false;
        f.source.assigned(1);
        f.untilIdle(1);
    }

    @Test
    void failuresInARowWaitLongerAndOneWaveCountsOnce() {
        f.machines.always(FakeRunnerProvider.Call.PROVISION, failing());
        f.start(fleet -> fleet.maxRunners(10));
        f.source.assigned(10);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 10);
        assertThat(f.events(ProvisioningFailed.class))
                .allMatch(failed -> failed.retryAfter().compareTo(ofSeconds(5)) <= 0);
        f.advance(ofMinutes(30));
        // Five bursts of 10, then one at a time, 5 min at most and half of that on average from one to the next.
        assertThat(f.machines.count(FakeRunnerProvider.Call.PROVISION)).isBetween(51, 90);
        f.machines.heal();
        f.until(() -> f.count(RunnerState.IDLE) == 10, ofMinutes(6));
    }

    private static CallFault failing() {
        return CallFault.fail(
                new dev.paddock.error.ProvisioningException(new RunnerId("any"), "out of stock", true, null));
    }

    // ---- several pools -------------------------------------------------------------------------------------

    private RunnerPool pool(String name, FakeJobSource source, FakeRunnerProvider machines, int max) {
        return RunnerPool.builder(name, source, machines)
                .maxRunners(max)
                .idleTimeout(Duration.ZERO)
                .build();
    }

    @Test
    void theFleetsCapHoldsOverItsPools() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        RunnerCoordinator fleet = RunnerCoordinator.builder()
                .addPool(pool("one", f.source, f.machines, 10))
                .addPool(pool("two", other, f.machines, 10))
                .maxRunnersTotal(6)
                .scheduler(f.host)
                .start();
        f.fleet = fleet;
        f.source.assigned(10);
        other.assigned(10);
        f.until(() -> f.count(RunnerState.IDLE) == 6);
        f.advance(ofMinutes(1));
        assertThat(f.machines.mostAtOnce()).isEqualTo(6);
        assertThat(f.source.capacity() + other.capacity()).isEqualTo(6);
    }

    @Test
    void theSharesOfAllPoolsAddUpToAtMostWhatIsFree() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool("one", f.source, f.machines, 10))
                .addPool(pool("two", other, f.machines, 10))
                .maxRunnersTotal(7)
                .scheduler(f.host)
                .start();
        f.settle();
        assertThat(f.source.capacity() + other.capacity()).isEqualTo(7);
        assertThat(f.source.capacity()).isPositive();
        assertThat(other.capacity()).isPositive();
        f.source.assigned(f.source.capacity());
        f.advance(ofSeconds(20));
        assertThat(f.source.capacity() + other.capacity()).isEqualTo(7);
    }

    @Test
    void poolsThatShareAProviderShareItsRoom() {
        f.machines(machines -> machines.slots(5));
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool("one", f.source, f.machines, 5))
                .addPool(pool("two", other, f.machines, 5))
                .scheduler(f.host)
                .start();
        f.settle();
        assertThat(f.source.capacity() + other.capacity()).isEqualTo(5);
    }

    @Test
    void aFreedSlotUnderTheCapGoesRound() {
        f.machines(machines -> machines.program(machine -> {
            machine.observe(RunnerObservation.Kind.LISTENING);
            machine.observe(RunnerObservation.Kind.WORKING);
            machine.scheduler().schedule(ofSeconds(1), () -> machine.exit(0));
        }));
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(pool("one", f.source, f.machines, 4))
                .addPool(pool("two", other, f.machines, 4))
                .maxRunnersTotal(1)
                .scheduler(f.host)
                .onEvent(f.events::add)
                .start();
        f.source.assigned(4);
        other.assigned(4);
        f.until(() -> idlePools().size() >= 6);
        List<String> turns = idlePools();
        for (int i = 1; i < turns.size(); i++) {
            assertThat(turns.get(i)).as("turn %d of %s", i, turns).isNotEqualTo(turns.get(i - 1));
        }
    }

    private List<String> idlePools() {
        return f.events(RunnerStateChanged.class).stream()
                .filter(event -> event.to() == RunnerState.IDLE)
                .map(RunnerStateChanged::pool)
                .toList();
    }
}
