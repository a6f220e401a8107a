package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.DrainOutcome;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.testkit.FakeJobSource.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Runners that stay registered and take one job after another. */
class PersistentRunnersTest {
    private final FleetFixture f = new FleetFixture();
    private final List<MachineProgram.Machine> booted = new ArrayList<>();

    PersistentRunnersTest() {
        f.source.persistent(true);
        f.machines(machines -> machines.program(machine -> {
            booted.add(machine);
            f.connecting().boot(machine);
        }));
    }

    private RunnerId oneIdle() {
        f.source.assigned(1);
        f.untilIdle(1);
        return f.only();
    }

    private MachineProgram.Machine machine() {
        return booted.get(booted.size() - 1);
    }

    private void untilState(RunnerId runner, RunnerState state) {
        f.until(() -> f.runner(runner).state() == state);
    }

    /** It takes a job, as its provider sees. */
    private void works(RunnerId runner) {
        f.source.presence(runner, Presence.ONLINE, true);
        machine().observe(Kind.WORKING);
        untilState(runner, RunnerState.BUSY);
    }

    private void isDone(RunnerId runner) {
        f.source.presence(runner, Presence.ONLINE, false);
        machine().observe(Kind.JOB_DONE);
        f.settle();
    }

    private int deregistrations() {
        return f.source.count(Call.DEREGISTER);
    }

    @Test
    @DisplayName("RL-A12: a persistent runner works off jobs that come one a minute, and is never removed")
    void worksOffJobAfterJob() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.assigned(0);
        for (int minute = 0; minute < 30; minute++) {
            f.advance(ofSeconds(50));
            works(runner);
            f.advance(ofSeconds(10));
            isDone(runner);
            assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        }
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(f.source.registered()).isEqualTo(1);
        assertThat(deregistrations()).isZero();
    }

    @Test
    @DisplayName(
            "RL-A10, RL-A11: its idle timeout begins anew with the end of its job, and then it goes, asked for once")
    void itsIdleTimeoutBeginsWithTheEndOfItsJob() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.assigned(0);
        f.advance(ofSeconds(299));
        works(runner);
        f.advance(ofMinutes(20));
        isDone(runner);
        f.advance(ofSeconds(290));
        assertThat(deregistrations()).isZero();
        f.untilNothingIsLeft(ofSeconds(60));
        assertThat(deregistrations()).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-A14: a deregistration refused for a job makes it BUSY, and it is asked again after that job only")
    void aRefusalIsRespectedUntilTheJobIsOver() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.presence(runner, Presence.ONLINE, true); // it took a job that nobody has told of yet
        f.source.assigned(0);
        f.until(() -> deregistrations() == 1, ofMinutes(6));
        untilState(runner, RunnerState.BUSY);
        f.advance(ofHours(1));
        assertThat(deregistrations()).isEqualTo(1);
        assertThat(f.machines.machines()).hasSize(1);
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        f.untilNothingIsLeft(ofMinutes(7));
        assertThat(deregistrations()).isEqualTo(2);
    }

    @Test
    void aJobThatEndsWhileItsRunnerIsUpdatedLeavesItIdle() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.assigned(0);
        works(runner);
        machine().observe(Kind.UPDATING);
        untilState(runner, RunnerState.UPDATING);
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        f.untilNothingIsLeft(ofMinutes(7));
        assertThat(deregistrations()).isEqualTo(1);
    }

    @Test
    void aJobThatEndsWhileItsRunnersRemovalIsRefusedLeavesItIdle() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.answerDeregister(Deregistration.BUSY);
        f.source.next(Call.DEREGISTER, CallFault.delay(ofSeconds(20)));
        f.source.assigned(0);
        f.until(() -> f.runner(runner).state() == RunnerState.DEREGISTERING, ofMinutes(6));
        machine().observe(Kind.WORKING);
        f.advance(ofSeconds(5));
        machine().observe(Kind.JOB_DONE);
        f.until(() -> f.runner(runner).state() == RunnerState.IDLE);
    }

    @Test
    @DisplayName("A refusal that nobody can account for is mended by two lists that show no job")
    void aRefusalForNoJobIsMendedByLists() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        f.source.answerDeregister(Deregistration.BUSY);
        f.source.assigned(0);
        f.until(() -> deregistrations() == 1, ofMinutes(6));
        untilState(runner, RunnerState.BUSY);
        f.until(() -> f.runner(runner).state() == RunnerState.IDLE, ofMinutes(4));
    }

    @Test
    @DisplayName(
            "What its source tells late of earlier jobs does not make it idle while it works, nor busy while it waits")
    void whatIsToldLateOfEarlierJobsChangesNothing() {
        f.start();
        RunnerId runner = oneIdle();
        works(runner);
        isDone(runner);
        f.source.started(job("a"), runner.value());
        f.settle();
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        works(runner);
        f.source.started(job("a"), runner.value());
        f.source.completed(job("a"), runner.value(), "succeeded");
        f.source.started(job("a"), runner.value());
        f.settle();
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        f.source.started(job("b"), runner.value());
        f.settle();
        assertThat(f.runner(runner).job()).hasValue(job("b").key());
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
    }

    @Test
    void whereTheProviderTellsNothingItsSourceDoes() {
        f.start();
        RunnerId runner = oneIdle();
        for (String name : List.of("a", "b")) {
            f.source.started(job(name), runner.value());
            untilState(runner, RunnerState.BUSY);
            f.source.completed(job(name), runner.value(), "succeeded");
            untilState(runner, RunnerState.IDLE);
            f.source.started(job(name), runner.value()); // once more
            f.settle();
            assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        }
        assertThat(f.machines.created()).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-A13: while its source answers nothing for ten minutes and it works, it stays")
    void aSilentSourceCostsNoRunner() {
        f.start(fleet -> fleet.idleTimeout(ZERO));
        RunnerId runner = oneIdle();
        works(runner);
        for (Call call : List.of(Call.LIST, Call.DEREGISTER)) {
            f.source.always(call, CallFault.fail(new RunnerException("no answer", true, null)));
        }
        f.advance(ofMinutes(10));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
    }

    @Test
    @DisplayName("RL-A32: after a restart it is still persistent, whether it worked then or waited")
    void itIsPersistentAfterARestart() {
        f.start(fleet -> fleet.idleTimeout(ofHours(2)));
        RunnerId runner = oneIdle();
        works(runner);
        f.crash();
        f.source.persistent(false); // what the settings say by now is of new runners
        f.start(fleet -> fleet.idleTimeout(ofHours(2)));
        untilState(runner, RunnerState.BUSY);
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        f.crash();
        f.start(fleet -> fleet.idleTimeout(ofHours(2)));
        untilState(runner, RunnerState.IDLE);
        works(runner);
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.machines.created()).isEqualTo(1);
        assertThat(deregistrations()).isZero();
    }

    @Test
    void oneThatWasFoundByAListAloneIsPersistentToo() {
        f.start(fleet -> fleet.idleTimeout(ofHours(2)));
        RunnerId runner = oneIdle();
        assertThat(f.machines.machines().get(0).handle().data()).containsEntry(RunnerHandle.PERSISTENT, "true");
        f.crash();
        f.fleet = RunnerCoordinator.builder(f.source, f.machines)
                .scheduler(f.host)
                .idleTimeout(ofHours(2))
                .start(); // without the journal
        f.untilIdle(1);
        works(runner);
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
    }

    @Test
    @DisplayName(
            "One that ends by itself with 0 is deregistered before its machine is taken away, though it has worked")
    void oneThatEndsByItselfIsDeregistered() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        RunnerId runner = oneIdle();
        works(runner);
        f.source.presence(runner, Presence.ONLINE, false);
        f.source.assigned(0);
        f.settle();
        machine().exit(0);
        f.untilNothingIsLeft(ofSeconds(60));
        assertThat(deregistrations()).isEqualTo(1);
    }

    @Test
    void whileItsRegistrationCannotBeDeletedItsMachineIsKept() {
        f.start(fleet -> fleet.idleTimeout(ofMinutes(5)));
        oneIdle();
        f.source.assigned(0);
        f.settle();
        f.source.always(Call.DEREGISTER, CallFault.fail(new RunnerException("503", true, null)));
        machine().exit(0);
        f.advance(ofMinutes(20));
        assertThat(f.machines.machines()).hasSize(1);
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
        f.source.heal();
        f.untilNothingIsLeft(ofMinutes(3));
    }

    @Test
    @DisplayName(
            "RL-A29: at the end of its lifetime a busy runner finishes its job, then goes, without waiting for another")
    void itsLifetimeNeverKillsAJob() {
        f.start(fleet -> fleet.maxRunners(1).idleTimeout(ofHours(9)).maxLifetime(ofHours(1)));
        RunnerId runner = oneIdle();
        f.advance(ofMinutes(50));
        works(runner);
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.advance(ofHours(3));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(deregistrations()).isZero();
        f.source.statistics(JobStatistics.NONE);
        isDone(runner);
        f.untilNothingIsLeft(ofSeconds(5));
        assertThat(deregistrations()).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-A29: under unbroken load one that is too old goes after its job, and its successor works on")
    void underUnbrokenLoadItGoesBetweenTwoJobs() {
        f.start(fleet -> fleet.maxRunners(1).idleTimeout(ofHours(9)).maxLifetime(ofHours(1)));
        f.source.assigned(3);
        f.untilIdle(1);
        RunnerId first = f.only();
        Duration worked = ZERO;
        while (f.ids().contains(first)) {
            works(first);
            f.source.statistics(new JobStatistics(2, 3, 1, 1, 0));
            f.advance(ofMinutes(7));
            worked = worked.plusMinutes(7);
            assertThat(f.runner(first).state()).isEqualTo(RunnerState.BUSY);
            assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
            isDone(first);
            f.advance(ofSeconds(2));
            assertThat(worked).isLessThan(ofHours(2));
        }
        assertThat(worked).isEqualTo(ofMinutes(63));
        f.untilIdle(1);
        works(f.only());
        assertThat(f.machines.mostAtOnce()).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-A29: one that took its next job as it was to go for its age goes after that one, not before")
    void oneThatWasQuickerThanItsEndGoesAfterTheNextJob() {
        f.start(fleet -> fleet.maxRunners(1).idleTimeout(ofHours(9)).maxLifetime(ofHours(1)));
        f.source.assigned(3);
        f.untilIdle(1);
        RunnerId runner = f.only();
        works(runner);
        f.advance(ofHours(2));
        machine().observe(Kind.JOB_DONE); // and has the next already, as its source knows
        machine().observe(Kind.WORKING);
        untilState(runner, RunnerState.BUSY);
        f.advance(ofHours(2));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(deregistrations()).isEqualTo(1);
        assertThat(f.machines.count(FakeRunnerProvider.Call.REMOVE)).isZero();
        isDone(runner);
        f.until(() -> !f.ids().contains(runner));
    }

    @Test
    @DisplayName("In a drain one goes after its job, though more jobs wait")
    void inADrainItTakesNoOtherJob() {
        f.start(fleet -> fleet.maxRunners(1).idleTimeout(ofHours(9)));
        f.source.assigned(3);
        f.untilIdle(1);
        RunnerId runner = f.only();
        works(runner);
        CompletionStage<DrainOutcome> drained = f.fleet().drain(ofHours(2));
        f.advance(ofMinutes(10));
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        isDone(runner);
        assertThat(f.await(drained, ofSeconds(5))).isEqualTo(DrainOutcome.EMPTY);
        assertThat(f.source.registrations()).isEmpty();
    }

    @Test
    @DisplayName("TERMINATE_ALL leaves no registration of one that was ended with its job")
    void terminateAllLeavesNoRegistration() {
        f.start(fleet -> fleet.drainTimeout(ZERO).shutdownMode(ShutdownMode.TERMINATE_ALL));
        works(oneIdle());
        f.machines.next(FakeRunnerProvider.Call.REMOVE, CallFault.delay(ofSeconds(5)));
        f.await(f.fleet().closeAsync(), ofMinutes(3));
        assertThat(f.machines.machines()).isEmpty();
        assertThat(f.source.registrations()).isEmpty();
    }

    @Test
    @DisplayName("TERMINATE_ALL waits in vain for a source that answers nothing no longer than its bound")
    void terminateAllEndsThoughItsSourceIsSilent() {
        f.start(fleet -> fleet.drainTimeout(ZERO).shutdownMode(ShutdownMode.TERMINATE_ALL));
        works(oneIdle());
        f.source.assigned(0);
        f.source.always(Call.DEREGISTER, CallFault.fail(new RunnerException("503", true, null)));
        f.await(f.fleet().closeAsync(), ofMinutes(3));
        assertThat(f.machines.machines()).isEmpty();
        assertThat(f.source.registrations()).hasSize(1);
        f.source.heal();
        f.start(); // who comes next knows of it
        f.untilNothingIsLeft(ofMinutes(5));
    }

    /** Its machine is to make the registration, and does not do it yet. */
    private RunnerId madeByAMachineThatIsSlow(MachineProgram program) {
        f.machines(machines -> machines.program(program));
        f.start(fleet -> fleet.idleTimeout(ofHours(2)));
        f.source.assigned(1);
        f.until(() -> f.source.registered() == 1);
        RunnerId runner = f.only();
        f.source.forget(runner);
        f.source.assigned(0);
        return runner;
    }

    @Test
    @DisplayName("One that registers itself only while it is being removed, and takes a job, keeps it")
    void oneThatRegistersLateKeepsItsJob() {
        RunnerId runner = madeByAMachineThatIsSlow(booted::add);
        f.machines.next(FakeRunnerProvider.Call.REMOVE, CallFault.fail(new RunnerException("later", true, null)));
        f.until(() -> f.runner(runner).state() == RunnerState.BACKOFF, ofMinutes(6));
        f.source.plant(runner.value());
        f.source.presence(runner, Presence.ONLINE, true);
        machine().observe(Kind.WORKING);
        untilState(runner, RunnerState.BUSY);
        assertThat(f.machines.machines()).hasSize(1);
        isDone(runner);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
    }

    @Test
    @DisplayName("What one registers at the last moment before its machine is gone is deleted too")
    void whatOneRegistersAtTheLastMomentIsDeleted() {
        RunnerId runner = madeByAMachineThatIsSlow(
                machine -> machine.onEnd(() -> f.source.plant(machine.runner().value())));
        f.until(() -> f.ids().isEmpty(), ofMinutes(6));
        assertThat(f.source.registrations()).isEmpty();
        assertThat(f.machines.machines()).isEmpty();
        assertThat(f.events(RunnerStateChanged.class))
                .filteredOn(event -> event.to() == RunnerState.DEREGISTERING)
                .singleElement()
                .satisfies(event -> assertThat(event.runner()).isEqualTo(runner));
    }

    @Test
    @DisplayName("One whose machine takes minutes to register itself is not given up for not being listed")
    void oneThatIsNotListedYetIsWaitedFor() {
        RunnerId runner = madeByAMachineThatIsSlow(booted::add);
        f.advance(ofSeconds(170)); // more than two lists
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.STARTING);
    }

    @Test
    void atTheEndOfItsLifetimeAnIdleRunnerThatIsNeededIsReplaced() {
        f.start(fleet -> fleet.minIdle(1).maxLifetime(ofHours(1)));
        f.untilIdle(1);
        RunnerId first = f.only();
        f.advance(ofMinutes(59));
        assertThat(f.only()).isEqualTo(first);
        f.until(() -> f.count(RunnerState.IDLE) == 1 && !f.ids().contains(first), ofMinutes(3));
        assertThat(f.machines.mostAtOnce()).isLessThanOrEqualTo(2);
    }

    @Test
    void aLifetimeIsCountedOverARestart() {
        f.start(fleet -> fleet.idleTimeout(ofHours(9)).maxLifetime(ofHours(1)));
        RunnerId runner = oneIdle();
        f.advance(ofMinutes(40));
        f.crash();
        f.start(fleet -> fleet.idleTimeout(ofHours(9)).maxLifetime(ofHours(1)));
        untilState(runner, RunnerState.IDLE);
        f.advance(ofMinutes(15));
        assertThat(f.ids()).contains(runner);
        f.until(() -> !f.ids().contains(runner), ofMinutes(8));
    }

    @Test
    @DisplayName("A program that only knows registrations that are ready fails with the reason, and nothing is misused")
    void whoKnowsOnlyReadyRegistrationsIsRefused() {
        f.machines(machines ->
                machines.program(machine -> assertThat(machine.isUp()).isTrue()));
        f.startOn(new ReadyOnly(f.machines), fleet -> fleet);
        f.source.assigned(1);
        f.until(() -> !f.events(ProvisioningFailed.class).isEmpty());
        assertThat(f.events(ProvisioningFailed.class).get(0).reason())
                .contains("register itself with a token")
                .contains("this provider only knows registrations that are ready")
                .doesNotContain("token of");
        assertThat(f.machines.created()).isZero();
    }
}
