package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.Health;
import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.task.Assignment;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.testkit.FakeJobSource.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases of a runner's life that the coordinator decides, each under the number it has elsewhere. */
class RunnerLifeTest {
    private final FleetFixture f = new FleetFixture();
    private final List<MachineProgram.Machine> booted = new ArrayList<>();

    private RunnerId oneIdle() {
        f.source.assigned(1);
        f.untilIdle(1);
        return f.only();
    }

    private void works(RunnerId runner, String job) {
        f.source.presence(runner, Presence.ONLINE, true);
        f.source.started(job(job), runner.value());
        f.until(() -> f.runner(runner).state() == RunnerState.BUSY);
    }

    @Test
    @DisplayName("RL-A10: a runner that idles in vain is deregistered once, after its idle timeout and within a minute")
    void anIdleRunnerGoesAfterItsTimeout() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        oneIdle();
        f.source.assigned(0);
        f.advance(ofSeconds(290));
        assertThat(f.source.count(Call.DEREGISTER)).isZero();
        f.untilNothingIsLeft(ofSeconds(60));
        assertThat(f.source.count(Call.DEREGISTER)).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-A11: a job that starts a moment before the idle timeout is over keeps its runner")
    void aJobInTheLastMomentKeepsItsRunner() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.assigned(0);
        f.advance(ofSeconds(299));
        works(runner, "late");
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.advance(ofMinutes(30));
        assertThat(f.source.count(Call.DEREGISTER)).isZero();
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
    }

    @Test
    @DisplayName("RL-A12: a runner that gets a task each minute is never removed")
    void aRunnerThatIsUsedAgainAndAgainStays() {
        f.fleet = RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                .fleet("tasks")
                .idleTimeout(ofMinutes(5))
                .scheduler(f.host)
                .start();
        for (int minute = 0; minute < 30; minute++) {
            Assignment held = f.await(f.fleet().assign(Task.of("task-" + minute)), ofMinutes(1));
            f.advance(ofSeconds(10));
            f.fleet().complete(held, Outcome.succeeded());
            f.advance(ofSeconds(50));
        }
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
    }

    @Test
    @DisplayName("RL-A13, RL-R10: a source that answers nothing for ten minutes while a job runs costs no runner")
    void aSilentSourceCostsNoRunner() {
        f.start(fleet -> fleet.idleTimeout(ZERO));
        RunnerId runner = oneIdle();
        works(runner, "a");
        for (Call call : List.of(Call.LIST, Call.DEREGISTER)) {
            f.source.always(call, CallFault.fail(new RunnerException("no answer", true, null)));
        }
        f.advance(ofMinutes(10));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
    }

    @Test
    @DisplayName("RL-A15: a fleet that has gone to zero makes one runner for one job, by itself")
    void aFleetAtZeroMakesOneRunnerForOneJob() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(1)));
        oneIdle();
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(3));
        f.source.assigned(1);
        f.untilIdle(1);
        f.advance(ofMinutes(1));
        assertThat(f.machines.created()).isEqualTo(2);
    }

    @Test
    @DisplayName("RL-A16: of three runners the one that idles goes, and the two that work stay")
    void onlyTheIdleOneGoes() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(1)));
        f.source.assigned(3);
        f.untilIdle(3);
        List<RunnerId> ids = f.ids();
        works(ids.get(0), "a");
        works(ids.get(1), "b");
        f.source.statistics(new JobStatistics(2, 2, 3, 2, 1));
        f.until(() -> f.snapshot().runners().size() == 2, ofMinutes(3));
        f.advance(ofMinutes(10));
        assertThat(f.ids()).containsExactlyInAnyOrder(ids.get(0), ids.get(1));
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-A19: a runner that replaces itself by a newer version is IDLE again, and nothing has failed")
    void anUpdateIsNoFailure() {
        f.machines(machines -> machines.program(machine -> {
            machine.observe(Kind.LISTENING);
            machine.scheduler().schedule(ofSeconds(10), () -> machine.observe(Kind.UPDATING));
            machine.scheduler().schedule(ofSeconds(14), () -> machine.observe(Kind.LISTENING));
        }));
        f.start();
        RunnerId runner = oneIdle();
        f.until(() -> f.runner(runner).state() == RunnerState.UPDATING);
        f.until(() -> f.runner(runner).state() == RunnerState.IDLE);
        f.advance(ofMinutes(10));
        assertThat(f.only()).isEqualTo(runner);
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(f.events(ProvisioningFailed.class)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 5, 137})
    @DisplayName(
            "RL-A20, RL-A21, RL-A23: a runner that ends before any job is replaced after a wait, by another name with"
                    + " a registration of its own")
    void aRunnerThatEndsBeforeItsJobIsReplaced(int code) {
        f.machines(machines -> machines.program(machine -> {
            booted.add(machine);
            if (booted.size() == 1) {
                machine.exit(code);
            } else {
                machine.observe(Kind.LISTENING);
            }
        }));
        f.start();
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
        assertThat(booted).hasSize(2);
        assertThat(booted.get(1).runner()).isNotEqualTo(booted.get(0).runner());
        assertThat(booted.get(1).secret()).isNotEqualTo(booted.get(0).secret());
        assertThat(f.events(ProvisioningFailed.class)).singleElement().satisfies(failed -> {
            assertThat(failed.runner()).isEqualTo(booted.get(0).runner());
            assertThat(failed.reason()).contains("exit code " + code);
            assertThat(failed.retryAfter()).isPositive();
        });
    }

    @Test
    @DisplayName("GHS-P1 a runner that ends with 0 before any job is told with the last it said")
    void anEndWithoutAJobIsToldWithItsEvidence() {
        f.machines(machines -> machines.program(machine -> machine.exit(0)));
        f.start();
        f.source.assigned(1);
        f.until(() -> !f.events(ProvisioningFailed.class).isEmpty());
        assertThat(f.events(ProvisioningFailed.class).get(0).reason())
                .isEqualTo("ended with exit code 0: the fake machine's program ended");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("RL-A24: a runner that ended with its job leaves nothing, and is replaced if more jobs wait")
    void aRunnerThatEndedWithItsJobIsReplacedByDemand(int waiting) {
        f.machines(machines -> machines.program(machine -> {
            booted.add(machine);
            machine.observe(Kind.LISTENING);
        }));
        f.start();
        RunnerId runner = oneIdle();
        works(runner, "a");
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.source.forget(runner); // an ephemeral runner deregisters itself
        f.source.message(
                new JobStatistics(waiting, 0, 0, 0, 0),
                new JobEvent.Completed(job("a"), Optional.of(runner.value()), JobResult.of("succeeded")));
        booted.get(0).exit(0);
        f.until(() -> f.count(RunnerState.IDLE) == waiting
                && f.snapshot().runners().size() == waiting
                && f.machines.machines().size() == waiting);
        f.advance(ofMinutes(2));
        assertThat(f.machines.created()).isEqualTo(1 + waiting);
        assertThat(f.source.registrations()).hasSize(waiting);
    }

    @Test
    @DisplayName("RL-A30: of two runners that start, one whose registration fails does not hold up the other")
    void aFailedRegistrationHoldsUpNoOther() {
        f.source.next(Call.REGISTER, CallFault.fail(new RunnerException("refused", true, null)));
        f.start();
        f.source.assigned(2);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofSeconds(5));
        assertThat(f.events(ProvisioningFailed.class)).hasSize(1);
        f.untilIdle(2);
    }

    @Test
    @DisplayName("RL-A18: the waits between creations that fail again and again grow")
    void theWaitsBetweenFailuresGrow() {
        f.machines(machines -> machines.program(machine -> machine.exit(2)));
        f.start();
        f.source.assigned(1);
        f.advance(ofMinutes(40));
        assertThat(f.machines.created()).as("in forty minutes").isBetween(8, 30);
        assertThat(f.source.registrations()).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    @DisplayName("RL-A14: a runner that is busy after all is left alone until its job is over")
    void aRunnerThatIsBusyAfterAllIsLeftAlone() {
        f.start(fleet -> fleet.idleTimeout(ZERO));
        RunnerId runner = oneIdle();
        f.source.presence(runner, Presence.ONLINE, true);
        f.machines.health(runner, Health.healthy());
        f.source.assigned(0);
        f.until(() -> f.runner(runner).state() == RunnerState.BUSY);
        f.advance(ofMinutes(20));
        assertThat(f.source.count(Call.DEREGISTER)).isEqualTo(1);
        f.source.completed(job("a"), runner.value(), "succeeded");
        f.machines.kill(runner);
        f.source.presence(runner, Presence.OFFLINE, false);
        f.untilNothingIsLeft(ofMinutes(3));
    }

    @Test
    @DisplayName("RL-A29: a runner that has been busy for longer than any job may is asked to go, and never killed")
    void aRunnerThatIsBusyForTooLongIsNotKilled() {
        f.start(fleet -> fleet.idleTimeout(ZERO));
        RunnerId runner = oneIdle();
        works(runner, "endless");
        Duration longest = Duration.ofDays(5).plusHours(1);
        f.advance(longest.plusMinutes(10));
        assertThat(f.source.count(Call.DEREGISTER)).isPositive();
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
        f.source.presence(runner, Presence.ONLINE, false);
        f.source.completed(job("endless"), runner.value(), "succeeded");
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(10));
    }

    @Test
    @DisplayName("RL-A31: with one launch each 5 s the registrations of four runners are 5 s apart")
    void launchesAreStaggered() {
        f.start(fleet -> fleet.policy(ScalingPolicy.onDemand().and(ScalingPolicy.createRate(1, ofSeconds(5), 1))));
        f.source.assigned(4);
        List<Duration> moments = new ArrayList<>();
        while (moments.size() < 4) {
            int before = moments.size();
            f.until(() -> f.source.count(Call.REGISTER) > before);
            moments.add(f.time.elapsed());
        }
        for (int i = 1; i < moments.size(); i++) {
            assertThat(moments.get(i).minus(moments.get(i - 1))).isGreaterThanOrEqualTo(Duration.ofMillis(4990));
        }
    }
}
