package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.error.JournalException;
import dev.paddock.error.RunnerException;
import dev.paddock.error.SourceFailedException;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.FakeRunnerProvider.Call;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClosingTest {
    /** The drain, then 2 minutes of removals, then 40 s each for sources, providers and the journal. */
    private static final Duration BOUND = ofMinutes(30).plus(ofMinutes(4)).plusSeconds(1);

    private final FleetFixture f = new FleetFixture();

    private void oneBusyOneIdle() {
        f.source.assigned(2);
        f.untilIdle(2);
        RunnerId busy = f.ids().get(0);
        f.source.presence(busy, Presence.ONLINE, true);
        f.source.started(job("a"), busy.value());
        f.source.statistics(new JobStatistics(1, 1, 2, 1, 1));
        f.until(() -> f.count(RunnerState.BUSY) == 1);
    }

    private void finishTheJob() {
        RunnerId busy = f.snapshot().runners().stream()
                .filter(runner -> runner.state() == RunnerState.BUSY)
                .findFirst()
                .orElseThrow()
                .id();
        f.source.presence(busy, Presence.OFFLINE, false);
        f.source.forget(busy);
        f.machines.kill(busy);
        f.source.assigned(0);
    }

    // ---- drain ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-A28, SLANG-47: a drain takes no jobs, lets the busy finish, and is over when none is left")
    void aDrainTakesNoJobsLetsTheBusyFinishAndIsOverWhenNoneIsLeft() {
        f.start();
        oneBusyOneIdle();
        CompletableFuture<DrainOutcome> drained =
                f.fleet().drain(ofMinutes(500)).toCompletableFuture();
        f.settle();
        assertThat(f.source.capacity()).isZero();
        f.until(() -> f.machines.machines().size() == 1);
        f.advance(ofMinutes(300));
        assertThat(drained).isNotDone();
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(1);
        finishTheJob();
        assertThat(f.await(drained, ofMinutes(2))).isEqualTo(DrainOutcome.EMPTY);
        f.untilNothingIsLeft(ofMinutes(1));
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.DRAINING);
        assertThat(f.source.isOpen()).isTrue();
    }

    @Test
    void aDrainWaitsAMomentForAJobThatWasAssignedAlready() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        f.fleet().drain();
        f.advance(ofSeconds(10));
        assertThat(f.count(RunnerState.IDLE)).isEqualTo(1);
        f.untilNothingIsLeft(ofMinutes(2));
    }

    @Test
    void aDrainDuringACreationUndoesIt() {
        f.start();
        f.source.assigned(3);
        f.advance(Duration.ofMillis(50));
        f.source.assigned(0);
        f.await(f.fleet().drain(), ofMinutes(5));
        f.untilNothingIsLeft(ofSeconds(1));
    }

    @Test
    void aDrainOfAnEmptyFleetIsOverAtOnce() {
        f.start();
        f.settle();
        f.await(f.fleet().drain(), ofSeconds(1));
    }

    // ---- close ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(ShutdownMode.class)
    void closingAQuietFleetIsQuickAndOrderly(ShutdownMode mode) {
        f.start(fleet -> fleet.shutdownMode(mode));
        f.settle();
        f.await(f.fleet().closeAsync(), ofSeconds(1));
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.STOPPED);
        assertThat(f.source.isOpen()).isFalse();
        assertThat(f.machines.count(Call.CLOSE)).isEqualTo(1);
        f.settle();
        assertThat(f.events(CoordinatorStateChanged.class))
                .last()
                .extracting(CoordinatorStateChanged::to)
                .isEqualTo(CoordinatorState.STOPPED);
        f.await(f.fleet().termination(), ofSeconds(1));
        f.await(f.fleet().closeAsync(), ofSeconds(1));
        assertThat(f.await(f.fleet().drain(), ofSeconds(1))).isEqualTo(DrainOutcome.CLOSED);
    }

    @Test
    void terminateIdleLeavesABusyRunnerToFinish() {
        f.start(fleet -> fleet.drainTimeout(ofMinutes(5)));
        oneBusyOneIdle();
        CompletionStage<Void> closed = f.fleet().closeAsync();
        f.advance(ofMinutes(4));
        assertThat(closed.toCompletableFuture()).isNotDone();
        f.await(closed, ofMinutes(2));
        assertThat(f.machines.machines()).hasSize(1);
        assertThat(f.source.registrations()).hasSize(1);
    }

    @Test
    void terminateAllEndsTheBusyOnesWhenTheDrainIsOver() {
        f.start(fleet -> fleet.drainTimeout(ofMinutes(5)).shutdownMode(ShutdownMode.TERMINATE_ALL));
        oneBusyOneIdle();
        CompletionStage<Void> closed = f.fleet().closeAsync();
        f.advance(ofMinutes(4));
        assertThat(f.machines.machines()).hasSize(1);
        f.await(closed, ofMinutes(2));
        assertThat(f.machines.machines()).isEmpty();
    }

    @Test
    void terminateAllEndsARunnerWhoseSourceCannotSayWhetherItIsBusy() {
        f.start(fleet -> fleet.drainTimeout(ofMinutes(1)).shutdownMode(ShutdownMode.TERMINATE_ALL));
        oneBusyOneIdle();
        f.source.always(FakeJobSource.Call.DEREGISTER, CallFault.fail(new RunnerException("503", true, null)));
        f.await(f.fleet().closeAsync(), ofMinutes(4));
        assertThat(f.machines.machines()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = RunnerObservation.Kind.class,
            names = {"RECONNECTING", "UPDATING"})
    void terminateAllLeavesNoRegistrationOfARunnerThatPerhapsHasNoJob(RunnerObservation.Kind seen) {
        MachineProgram.Machine[] machine = new MachineProgram.Machine[1];
        f.machines(machines -> machines.program(booted -> {
            machine[0] = booted;
            booted.observe(RunnerObservation.Kind.LISTENING);
        }));
        f.start(fleet -> fleet.drainTimeout(Duration.ZERO).shutdownMode(ShutdownMode.TERMINATE_ALL));
        f.source.assigned(1);
        f.untilIdle(1);
        machine[0].observe(seen);
        f.settle();
        f.source.next(FakeJobSource.Call.DEREGISTER, CallFault.delay(ofSeconds(20)));
        f.await(f.fleet().closeAsync(), ofMinutes(4));
        assertThat(f.machines.machines()).isEmpty();
        assertThat(f.source.registrations()).isEmpty();
    }

    @Test
    void leaveRunningTouchesNothingAndTheNextLifeAdopts() {
        f.start(fleet -> fleet.shutdownMode(ShutdownMode.LEAVE_RUNNING));
        oneBusyOneIdle();
        f.await(f.fleet().closeAsync(), ofMinutes(3));
        assertThat(f.machines.machines()).hasSize(2).allMatch(FakeRunnerProvider.MachineRecord::alive);
        assertThat(f.source.registrations()).hasSize(2);
        List<RunnerId> left = f.machines.machines().stream()
                .map(FakeRunnerProvider.MachineRecord::runner)
                .toList();
        f.start();
        f.until(() -> f.count(RunnerState.BUSY) == 1);
        assertThat(f.ids()).containsExactlyInAnyOrderElementsOf(left);
    }

    @ParameterizedTest
    @EnumSource(ShutdownMode.class)
    void closingIsBoundedThoughNobodyAnswersAnyMore(ShutdownMode mode) {
        f.start(fleet -> fleet.shutdownMode(mode));
        oneBusyOneIdle();
        for (Call call : Call.values()) {
            f.machines.always(call, CallFault.noAnswer());
        }
        for (FakeJobSource.Call call : FakeJobSource.Call.values()) {
            f.source.always(call, CallFault.noAnswer());
        }
        f.source.assigned(4);
        f.advance(ofSeconds(1));
        f.await(f.fleet().closeAsync(), BOUND);
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.STOPPED);
    }

    @Test
    void anEndedFleetCallsNobodyAnyMore() {
        f.start(fleet -> fleet.drainTimeout(Duration.ZERO));
        oneBusyOneIdle();
        f.source.answerDeregister(Deregistration.UNKNOWN, Deregistration.UNKNOWN, Deregistration.UNKNOWN);
        f.source.always(FakeJobSource.Call.DEREGISTER, CallFault.delayReply(ofSeconds(50)));
        f.await(f.fleet().closeAsync(), BOUND);
        int deregistrations = f.source.count(FakeJobSource.Call.DEREGISTER);
        int removals = f.machines.count(Call.REMOVE);
        f.advance(ofMinutes(60));
        assertThat(f.source.count(FakeJobSource.Call.DEREGISTER)).isEqualTo(deregistrations);
        assertThat(f.machines.count(Call.REMOVE)).isEqualTo(removals);
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.STOPPED);
    }

    @Test
    void closingDuringADrainGoesOnWithIt() {
        f.start(fleet -> fleet.drainTimeout(ofMinutes(1)));
        oneBusyOneIdle();
        CompletionStage<DrainOutcome> drained = f.fleet().drain(ofMinutes(30));
        f.await(f.fleet().closeAsync(), ofMinutes(4));
        assertThat(f.await(drained, ofSeconds(1))).isEqualTo(DrainOutcome.CLOSED);
    }

    // ---- failures ------------------------------------------------------------------------------------------

    @Test
    void aSourceThatGivesUpEndsTheFleetAndTouchesNoRunner() {
        f.start();
        oneBusyOneIdle();
        f.source.state(SourceState.FAILED, "the token was refused for 10 minutes; renew it");
        assertThatThrownBy(() -> f.await(f.fleet().termination(), ofMinutes(4)))
                .hasCauseInstanceOf(SourceFailedException.class)
                .hasMessageContaining("renew it");
        assertThatThrownBy(() -> f.fleet().awaitTermination()).isInstanceOf(SourceFailedException.class);
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.FAILED);
        assertThat(f.machines.machines()).hasSize(2);
        assertThat(f.source.registrations()).hasSize(2);
        f.await(f.fleet().closeAsync(), ofSeconds(1));
    }

    @Test
    void aFleetGoesOnWhileOneOfItsSourcesWorks() {
        FakeJobSource other = FakeJobSource.of("others", f.time.network());
        f.fleet = RunnerCoordinator.builder()
                .addPool(RunnerPool.builder("one", f.source, f.machines).build())
                .addPool(RunnerPool.builder("two", other, f.machines).build())
                .scheduler(f.host)
                .start();
        f.settle();
        f.source.state(SourceState.FAILED, "gone");
        f.source.assigned(2);
        other.assigned(1);
        f.untilIdle(1);
        f.advance(ofMinutes(5));
        assertThat(f.source.registered()).isZero();
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.RUNNING);
        other.state(SourceState.FAILED, "gone too");
        f.until(() -> f.snapshot().state() == CoordinatorState.FAILED, ofMinutes(4));
    }

    @Test
    void aLostJournalEndsTheFleetAndTouchesNoRunner() {
        var journal = new BreakingJournal();
        f.start(fleet -> fleet.journal(journal));
        oneBusyOneIdle();
        journal.broken = true;
        CompletionStage<Void> update = f.source.assigned(4);
        assertThatThrownBy(() -> f.await(f.fleet().termination(), ofMinutes(4)))
                .hasCauseInstanceOf(JournalException.class)
                .hasMessageContaining("disk full");
        assertThatThrownBy(() -> f.await(update, ofSeconds(1))).hasMessageContaining("disk full");
        assertThat(f.machines.machines()).hasSize(2);
        assertThat(f.machines.created()).isEqualTo(2);
    }

    /** Works until it is broken. */
    private static final class BreakingJournal implements FleetJournal {
        private final FleetJournal good = FleetJournal.inMemory();
        private boolean broken;

        @Override
        public Session open(String fleet, Scheduler scheduler) {
            Session session = good.open(fleet, scheduler);
            return new Session() {
                @Override
                public long epoch() {
                    return session.epoch();
                }

                @Override
                public List<JournalEntry> recovered() {
                    return session.recovered();
                }

                @Override
                public CompletionStage<Void> append(List<JournalEntry> entries) {
                    return broken
                            ? CompletableFuture.failedFuture(new IllegalStateException("disk full"))
                            : session.append(entries);
                }

                @Override
                public CompletionStage<Void> close() {
                    return session.close();
                }
            };
        }
    }
}
