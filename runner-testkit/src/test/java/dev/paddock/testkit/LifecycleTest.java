package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    private static final Duration HOUR = ofMinutes(60);

    private final FleetFixture f = new FleetFixture();

    private RunnerId oneIdle() {
        f.source.assigned(1);
        f.untilIdle(1);
        return f.only();
    }

    private RunnerId oneBusy(String job) {
        RunnerId id = oneIdle();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job(job), id.value());
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.until(() -> f.count(RunnerState.BUSY) == 1);
        return id;
    }

    private static JobEvent done(String job, RunnerId runner) {
        return new JobEvent.Completed(job(job), Optional.of(runner.value()), JobResult.of("succeeded"));
    }

    // ---- undoing -------------------------------------------------------------------------------------------

    @Test
    void aRunnerThatTurnsOutBusyIsKept() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        RunnerId id = oneIdle();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.assigned(0);
        f.until(() -> f.runner(id).state() == RunnerState.BUSY);
        f.advance(HOUR);
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
    }

    @Test
    void anUnknownAnswerIsAskedAgainAndRemovesNothing() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        oneIdle();
        f.source.answerDeregister(Deregistration.UNKNOWN, Deregistration.UNKNOWN);
        f.source.assigned(0);
        f.until(() -> f.source.count(FakeJobSource.Call.DEREGISTER) == 2);
        f.settle();
        assertThat(f.machines.count(Call.REMOVE)).isZero();
        f.untilNothingIsLeft(ofMinutes(2));
    }

    @Test
    @DisplayName(
            "RL-R9: a deregistration that fails, throws or is not answered is tried again until GitHub has none of ours")
    void aDeregistrationThatFailsThrowsOrNeverAnswersIsTriedAgain() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        oneIdle();
        f.source.next(
                FakeJobSource.Call.DEREGISTER,
                CallFault.fail(new RunnerException("503", true, null)),
                CallFault.throwAtOnce(new IllegalStateException("a bug in the source")),
                CallFault.noAnswer(),
                CallFault.loseReply());
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(10));
        assertThat(f.source.count(FakeJobSource.Call.DEREGISTER)).isEqualTo(5);
    }

    @Test
    void aRemovalThatFailsThrowsOrNeverAnswersIsTriedAgain() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        oneIdle();
        f.machines.next(
                Call.REMOVE,
                CallFault.fail(new RunnerException("500", true, null)),
                CallFault.throwAtOnce(new IllegalStateException("a bug in the provider")),
                CallFault.noAnswer(),
                CallFault.loseReply());
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(15));
        assertThat(f.machines.count(Call.REMOVE)).isEqualTo(5);
    }

    // ---- making --------------------------------------------------------------------------------------------

    @Test
    void aProviderThatThrowsInsteadOfAnsweringIsAFailedCreation() {
        f.start();
        f.machines.next(Call.PROVISION, CallFault.throwAtOnce(new IllegalStateException("a bug in the provider")));
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(1));
        assertThat(f.events(ProvisioningFailed.class)).hasSize(1);
        f.until(() -> f.snapshot().runners().size() == 1, ofMinutes(5));
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    void aSourceThatCannotRegisterIsAFailedCreation() {
        f.start();
        f.source.next(
                FakeJobSource.Call.REGISTER,
                CallFault.fail(new RunnerException("409", true, null)),
                CallFault.throwAtOnce(new IllegalStateException("a bug in the source")));
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(2));
        assertThat(f.events(ProvisioningFailed.class))
                .extracting(ProvisioningFailed::stage)
                .containsOnly(RunnerState.REGISTERING);
        assertThat(f.machines.created()).isEqualTo(1);
    }

    @Test
    void aRegistrationWhoseReplyWasLostIsDeleted() {
        f.start();
        f.source.next(FakeJobSource.Call.REGISTER, CallFault.loseReply());
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofMinutes(1));
        f.until(() -> f.snapshot().runners().size() == 1);
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    @DisplayName("SLANG-53, SLANG-W9: a machine whose creation was answered to nobody is found and removed")
    void aMachineWhoseReplyWasLostIsFoundAndRemoved() {
        f.start();
        f.machines.next(Call.PROVISION, CallFault.loseReply());
        f.source.assigned(1);
        f.until(() -> f.machines.created() == 2, ofMinutes(1));
        f.until(() -> f.machines.machines().size() == 1, ofMinutes(5));
        f.until(() -> f.snapshot().runners().size() == 1, ofMinutes(5));
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    void aMachineThatAppearsLateIsFoundAndRemovedAndItsResultCounted() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        f.machines.next(Call.PROVISION, CallFault.delay(ofMinutes(2).plusSeconds(5)));
        f.source.assigned(1);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 1, ofMinutes(3));
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(10));
        assertThat(f.snapshot().lateResults()).isEqualTo(1);
    }

    @Test
    void aMachineThatAppearsAfterItsLimboIsAdoptedAndRemoved() {
        f.start(fleet -> fleet.idleTimeout(Duration.ZERO));
        f.machines.next(Call.PROVISION, CallFault.delay(ofMinutes(20)));
        f.source.assigned(1);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 1, ofMinutes(3));
        f.source.assigned(0);
        f.until(() -> f.snapshot().runners().isEmpty(), ofMinutes(10));
        f.until(() -> f.machines.created() == 1, ofMinutes(30));
        f.untilNothingIsLeft(ofMinutes(4));
    }

    @Test
    @DisplayName("SLANG-54, SLANG-W7: a creation that is never answered ends, and leaves nothing behind")
    void aCreationThatIsNeverAnsweredLeavesNothingBehind() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(60)));
        f.machines.next(Call.PROVISION, CallFault.noAnswer(), CallFault.effectWithoutAnswer());
        f.source.assigned(2);
        f.until(() -> f.count(RunnerState.IDLE) == 2, ofMinutes(10));
        f.until(() -> f.snapshot().runners().size() == 2, ofMinutes(10));
        f.advance(ofMinutes(5));
        assertThat(f.machines.machines()).hasSize(2);
        assertThat(f.source.registrations()).hasSize(2);
    }

    @Test
    void anUnreachableListProvesNothingAbsent() {
        f.start();
        f.settle();
        f.machines.unreachable("zone-a");
        f.machines.next(Call.PROVISION, CallFault.noAnswer());
        f.source.assigned(1);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 1, ofMinutes(3));
        f.advance(ofMinutes(30));
        assertThat(f.snapshot().runners()).hasSize(2);
        f.machines.heal();
        f.until(() -> f.snapshot().runners().size() == 1, ofMinutes(2));
    }

    @Test
    @DisplayName("RL-A9, RL-R7, RL-R21: a runner that does not connect in time has failed and is replaced")
    void aRunnerThatNeverConnectsIsReplaced() {
        f.machines(machines -> machines.program(machine -> {}));
        f.start();
        f.source.assigned(1);
        f.until(() -> f.events(ProvisioningFailed.class).size() == 2, ofMinutes(10));
        assertThat(f.events(ProvisioningFailed.class))
                .extracting(ProvisioningFailed::stage)
                .containsOnly(RunnerState.STARTING);
        f.until(() -> f.machines.machines().size() <= 1, ofMinutes(1));
    }

    @Test
    void aRunnerThatEndsBeforeItConnectsIsAFailureWithItsExitCode() {
        f.machines(machines -> machines.program(machine -> machine.exit(17)));
        f.start();
        f.source.assigned(1);
        f.until(() -> !f.events(ProvisioningFailed.class).isEmpty());
        assertThat(f.events(ProvisioningFailed.class).get(0).reason()).contains("exit code 17");
        f.advance(ofMinutes(20));
        assertThat(f.machines.created()).isBetween(6, 12);
        f.source.assigned(0);
        f.until(() -> f.snapshot().runners().isEmpty(), ofMinutes(5));
        assertThat(f.source.registrations()).isEmpty();
        assertThat(f.machines.machines()).isEmpty();
    }

    @Test
    void aRunnerThatConnectsBeforeItsProviderAnswersIsAsGood() {
        f.machines(machines -> machines.bootTime(Duration.ZERO));
        f.machines.next(Call.PROVISION, CallFault.delayReply(ofSeconds(20)));
        f.start();
        f.source.assigned(1);
        f.until(() -> f.count(RunnerState.IDLE) == 1, ofSeconds(5));
        f.advance(ofSeconds(40));
        assertThat(f.runner(f.only()).place()).contains("fake-1");
    }

    // ---- jobs ----------------------------------------------------------------------------------------------

    @Test
    void aRunnerGoesWhenItsJobIsDone() {
        f.start();
        RunnerId id = oneBusy("a");
        assertThat(f.runner(id).job()).contains(new JobKey("a", 0));
        f.source.forget(id);
        f.source.message(JobStatistics.NONE, done("a", id));
        f.until(() -> f.runner(id).state() == RunnerState.DRAINING);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
        f.machines.kill(id);
        f.untilNothingIsLeft(ofSeconds(10));
        assertThat(f.pool().completed()).isEqualTo(1);
    }

    @Test
    void aRunnerWhoseJobIsDoneAndThatDoesNotEndIsRemovedAfterAGrace() {
        f.start();
        RunnerId id = oneBusy("a");
        f.source.forget(id);
        f.source.message(JobStatistics.NONE, done("a", id));
        f.advance(ofSeconds(100));
        assertThat(f.machines.machines()).hasSize(1);
        f.untilNothingIsLeft(ofMinutes(1));
    }

    @Test
    void anEndWithoutAJobCompletedIsHandled() {
        f.start();
        RunnerId id = oneBusy("a");
        f.source.presence(id, Presence.OFFLINE, false);
        f.machines.kill(id);
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(1));
    }

    @Test
    void aMachineThatDiesWithItsJobIsNotForgottenWhileItsSourceSaysBusy() {
        f.start();
        RunnerId id = oneBusy("a");
        f.machines.kill(id);
        f.advance(ofMinutes(3));
        assertThat(f.source.registrations()).isNotEmpty();
        f.source.presence(id, Presence.OFFLINE, false);
        f.source.assigned(0);
        f.untilNothingIsLeft(ofMinutes(3).plus(ofMinutes(5)));
    }

    @Test
    void aJobThatIsDoneButStillCountedMakesNoNewRunner() {
        f.start();
        RunnerId id = oneBusy("a");
        f.source.forget(id);
        f.machines.kill(id);
        f.advance(ofSeconds(30));
        assertThat(f.machines.created()).isEqualTo(1);
        f.source.completed(job("a"), id.value(), "succeeded");
        f.source.assigned(0);
        f.untilNothingIsLeft(ofSeconds(10));
    }

    @Test
    void aMachineThatVanishesUnseenIsReplaced() {
        f.start();
        RunnerId id = oneIdle();
        f.machines.vanish(id);
        f.until(() -> f.machines.created() == 2, ofMinutes(4));
        f.until(
                () -> f.snapshot().runners().size() == 1
                        && f.source.registrations().size() == 1,
                ofMinutes(1));
    }

    @Test
    void aListThatOmitsAMachineOnceChangesNothing() {
        f.start();
        RunnerId id = oneIdle();
        f.advance(ofSeconds(10));
        int lists = f.machines.count(Call.LIST);
        f.machines.hide(id);
        f.until(() -> f.machines.count(Call.LIST) == lists + 1, ofMinutes(2));
        f.machines.heal();
        f.advance(ofMinutes(5));
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.machines.created()).isEqualTo(1);
    }

    @Test
    void aRunnerWhoseRegistrationIsGoneIsReplaced() {
        f.start();
        RunnerId id = oneIdle();
        f.source.forget(id);
        f.until(() -> f.machines.created() == 2, ofMinutes(4));
        f.until(() -> f.machines.machines().size() == 1, ofMinutes(1));
    }

    @Test
    @DisplayName("RL-R37: a runner that loses its connection is left to reconnect")
    void aRunnerThatLosesItsConnectionIsLeftToReconnect() {
        MachineProgram.Machine[] machine = new MachineProgram.Machine[1];
        f.machines(machines -> machines.program(booted -> {
            machine[0] = booted;
            booted.observe(Kind.LISTENING);
        }));
        f.start();
        RunnerId id = oneIdle();
        machine[0].observe(Kind.RECONNECTING);
        f.advance(ofMinutes(8));
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.RECONNECTING);
        machine[0].observe(Kind.LISTENING);
        f.settle();
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.machines.created()).isEqualTo(1);
    }

    // ---- lost, doubled, reordered --------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L8 doubled events change nothing")
    void doubledEventsChangeNothing() {
        f.start();
        RunnerId id = oneBusy("a");
        f.source.started(job("a"), id.value());
        f.source.completed(job("a"), id.value(), "succeeded");
        f.source.completed(job("a"), id.value(), "succeeded");
        f.source.started(job("a"), id.value());
        f.settle();
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.DRAINING);
        assertThat(f.pool().completed()).isEqualTo(1);
        assertThat(f.events(JobStarted.class)).hasSize(1);
        assertThat(f.events(JobCompleted.class)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-L9 a completion without a start, or without a runner, removes no runner")
    void aCompletionWithoutAStartRemovesNoRunner() {
        f.start();
        RunnerId id = oneIdle();
        f.source.completed(job("never started"), "", "canceled");
        f.source.completed(job("a"), id.value(), "canceled");
        f.advance(ofMinutes(4));
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.machines.count(Call.REMOVE)).isZero();
    }

    @Test
    @DisplayName("GHS-L10 a job started and cancelled in one batch leaves its runner for the next job")
    void aJobStartedAndCancelledInOneBatchLeavesItsRunnerForTheNext() {
        f.start();
        RunnerId id = oneIdle();
        f.source.message(
                new JobStatistics(1, 0, 1, 0, 1),
                new JobEvent.Started(job("a"), id.value()),
                new JobEvent.Completed(job("a"), Optional.of(id.value()), JobResult.of("canceled")));
        f.settle();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job("b"), id.value());
        f.advance(ofMinutes(10));
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.runner(id).job()).contains(new JobKey("b", 0));
        assertThat(f.machines.machines()).anyMatch(machine -> machine.runner().equals(id));
    }

    @Test
    void theSameRunnerIsAskedWhetherItIsBusyBeforeItIsRemovedThoughItsSecondStartWasLost() {
        f.start();
        RunnerId id = oneBusy("a");
        f.source.message(new JobStatistics(1, 1, 1, 1, 0), done("a", id));
        f.advance(ofMinutes(10));
        assertThat(f.runner(id).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.machines()).anyMatch(machine -> machine.runner().equals(id));
    }

    @Test
    void eventsOfForeignRunnersAreToldAndCostNothing() {
        f.start();
        f.source.started(job("a"), "Someone Else's Runner");
        f.source.completed(job("a"), "Someone Else's Runner", "succeeded");
        f.settle();
        assertThat(f.events(JobStarted.class)).hasSize(1);
        assertThat(f.events(JobCompleted.class)).hasSize(1);
        assertThat(f.snapshot().runners()).isEmpty();
    }

    @Test
    void aStartOfARunnerKnownToBeBusyIsToldAtOnceAndShown() {
        MachineProgram.Machine[] machine = new MachineProgram.Machine[1];
        f.machines(machines -> machines.program(booted -> {
            machine[0] = booted;
            booted.observe(Kind.LISTENING);
        }));
        f.start();
        RunnerId id = oneIdle();
        machine[0].observe(Kind.WORKING);
        f.settle();
        assertThat(f.runner(id).job()).isEmpty();
        f.source.started(job("a"), id.value());
        f.settle();
        assertThat(f.events(JobStarted.class)).hasSize(1);
        assertThat(f.runner(id).job()).contains(new JobKey("a", 0));
    }

    @Test
    void aRunnerThatIsSeenAtItsJobAfterItWasOverGoes() {
        MachineProgram.Machine[] machine = new MachineProgram.Machine[1];
        f.machines(machines -> machines.program(booted -> {
            machine[0] = booted;
            booted.observe(Kind.LISTENING);
        }));
        f.start();
        RunnerId id = oneBusy("a");
        f.source.forget(id);
        f.source.message(JobStatistics.NONE, done("a", id));
        f.until(() -> f.runner(id).state() == RunnerState.DRAINING);
        machine[0].observe(Kind.WORKING);
        f.untilNothingIsLeft(ofMinutes(5));
        assertThat(f.machines.machines()).isEmpty();
    }

    // ---- what is not ours ----------------------------------------------------------------------------------

    @Test
    @DisplayName("SLANG-57, SLANG-W17, RL-A34: what is not provably ours is left alone")
    void whatIsNotProvablyOursIsLeftAlone() {
        f.start();
        f.settle();
        f.machines.plant("jobs", new RunnerHandle(new RunnerId("default-xxxx-aaaaaaaaaa"), "default", "p", Map.of()));
        f.machines.plant("jobs", new RunnerHandle(new RunnerId("someone"), "default", "p", Map.of()));
        f.machines.plant("jobs", new RunnerHandle(new RunnerId("another"), "no such pool", "p", Map.of()));
        f.source.plant("someones-laptop");
        f.source.plant("Default-ABCD-UPPERCASE1");
        f.advance(HOUR);
        assertThat(f.machines.machines()).hasSize(3);
        assertThat(f.source.registrations()).hasSize(2);
        assertThat(f.snapshot().runners()).isEmpty();
    }

    @Test
    void aRegistrationThatLooksOursAndIsNoRunnersNameStopsNothing() {
        f.start();
        String prefix = oneIdle().value();
        f.source.plant(prefix.substring(0, prefix.length() - 10) + "NOTBASE_32");
        f.source.plant(prefix.substring(0, prefix.length() - 10) + "abcdefghij");
        f.until(() -> f.source.registrations().size() == 2, ofMinutes(4));
        assertThat(f.source.registrations()).noneMatch(entry -> entry.runner().endsWith("abcdefghij"));
    }

    // ---- updates -------------------------------------------------------------------------------------------

    @Test
    void anUpdateIsAcknowledgedOnceItsIntentsAreDurable() {
        f.start();
        f.settle();
        f.await(f.source.assigned(3), ofMillis(10));
        assertThat(f.snapshot().runners()).hasSize(3);
    }

    @Test
    void anUpdateOfAnEndedFleetFailsInsteadOfWaiting() {
        f.source.next(FakeJobSource.Call.CLOSE, CallFault.noAnswer());
        f.start();
        f.settle();
        f.await(f.fleet().closeAsync(), ofMinutes(5));
        assertThatThrownBy(() -> f.await(f.source.assigned(3), ofSeconds(1)))
                .hasRootCauseInstanceOf(RunnerException.class);
    }
}
