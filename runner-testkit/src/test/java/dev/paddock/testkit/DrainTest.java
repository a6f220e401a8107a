package dev.paddock.testkit;

import static dev.paddock.testkit.FleetFixture.job;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.RefusedException;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RegistrationList.Presence;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A drain has a deadline of its own, and can be undone. */
class DrainTest {
    private final FleetFixture f = new FleetFixture();

    private RunnerId oneBusy() {
        f.source.assigned(1);
        f.untilIdle(1);
        RunnerId id = f.only();
        f.source.presence(id, Presence.ONLINE, true);
        f.source.started(job("a"), id.value());
        f.source.statistics(new JobStatistics(1, 1, 1, 1, 0));
        f.until(() -> f.count(RunnerState.BUSY) == 1);
        return id;
    }

    @Test
    void theDeadlineEndsTheWaitingAndNoRunner() {
        f.start();
        oneBusy();
        CompletableFuture<DrainOutcome> drain = f.fleet().drain(ofMinutes(2)).toCompletableFuture();
        f.advance(ofMinutes(2).minusSeconds(1));
        assertThat(drain).isNotDone();
        assertThat(f.await(drain, ofSeconds(2))).isEqualTo(DrainOutcome.DEADLINE);
        f.advance(ofMinutes(60));
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(1);
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.DRAINING);
        assertThat(f.source.capacity()).isZero();
    }

    @Test
    @DisplayName("slang#11115 a drain ends at its deadline though what it drains never answers")
    void theDeadlineDoesNotDependOnWhatIsDrained() {
        f.start();
        f.source.assigned(1);
        f.untilIdle(1);
        f.source.assigned(0);
        f.source.next(FakeJobSource.Call.DEREGISTER, CallFault.noAnswer(), CallFault.noAnswer(), CallFault.noAnswer());
        f.source.next(FakeJobSource.Call.LIST, CallFault.noAnswer());
        f.machines.next(FakeRunnerProvider.Call.LIST, CallFault.noAnswer());
        CompletableFuture<DrainOutcome> drain = f.fleet().drain(ofSeconds(90)).toCompletableFuture();
        f.advance(ofSeconds(89));
        assertThat(drain).isNotDone();
        assertThat(f.await(drain, ofSeconds(2))).isEqualTo(DrainOutcome.DEADLINE);
    }

    @Test
    void aFleetThatHasNeverSeenItsMachinesCannotSayThatNoneIsLeft() {
        f.machines.always(FakeRunnerProvider.Call.LIST, CallFault.noAnswer());
        f.start();
        CompletableFuture<DrainOutcome> drain = f.fleet().drain(ofMinutes(20)).toCompletableFuture();
        assertThat(f.await(drain, ofMinutes(21))).isEqualTo(DrainOutcome.DEADLINE);
        f.machines.heal();
        CompletableFuture<DrainOutcome> again = f.fleet().drain(ofMinutes(20)).toCompletableFuture();
        assertThat(f.await(again, ofMinutes(21))).isEqualTo(DrainOutcome.EMPTY);
    }

    @Test
    void withoutADeadlineTheDrainTimeoutHolds() {
        f.start(fleet -> fleet.drainTimeout(ofMinutes(7)));
        oneBusy();
        CompletableFuture<DrainOutcome> drain = f.fleet().drain().toCompletableFuture();
        f.advance(ofMinutes(7).minusSeconds(1));
        assertThat(drain).isNotDone();
        assertThat(f.await(drain, ofSeconds(2))).isEqualTo(DrainOutcome.DEADLINE);
        assertThatThrownBy(() -> f.fleet().drain(ofSeconds(-1))).hasMessageContaining("must not be negative: PT-1S");
    }

    @Test
    @DisplayName("SLANG-W56 a drain is not one-way: undone, jobs are taken again")
    void aDrainCanBeUndone() {
        f.start();
        RunnerId busy = oneBusy();
        CompletableFuture<DrainOutcome> drain = f.fleet().drain(ofMinutes(30)).toCompletableFuture();
        f.source.statistics(new JobStatistics(3, 1, 1, 1, 0));
        f.advance(ofMinutes(5));
        assertThat(f.machines.created()).isEqualTo(1);
        f.await(f.fleet().resume(), ofSeconds(1));
        assertThat(f.await(drain, ofSeconds(1))).isEqualTo(DrainOutcome.RESUMED);
        f.untilIdle(2);
        assertThat(f.runner(busy).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.RUNNING);
        assertThat(f.source.capacity()).isEqualTo(5);
        f.advance(ofMinutes(40));
        assertThat(f.snapshot().state()).as("the old deadline is forgotten").isEqualTo(CoordinatorState.RUNNING);
    }

    @Test
    void whatIsBeingRemovedWhenADrainIsUndoneGoesAndIsReplaced() {
        f.start(fleet -> fleet.minIdle(2));
        f.untilIdle(2);
        f.machines.next(FakeRunnerProvider.Call.REMOVE, CallFault.delay(ofSeconds(10)));
        f.fleet().drain();
        f.advance(ofSeconds(1));
        f.await(f.fleet().resume(), ofSeconds(1));
        f.untilIdle(2);
        f.until(() ->
                f.machines.machines().size() == 2 && f.source.registrations().size() == 2);
    }

    @Test
    void resumingAFleetThatRunsChangesNothing() {
        f.start();
        f.settle();
        int events = f.events.size();
        f.await(f.fleet().resume(), ofSeconds(1));
        f.settle();
        assertThat(f.events).hasSize(events);
    }

    @Test
    void aCloseIsNotUndone() {
        f.start();
        oneBusy();
        f.fleet().closeAsync();
        f.settle();
        assertThatThrownBy(() -> f.await(f.fleet().resume(), ofSeconds(1)))
                .hasCauseInstanceOf(RefusedException.class)
                .hasMessageContaining("closing");
        assertThat(f.snapshot().state()).isEqualTo(CoordinatorState.DRAINING);
    }

    @Test
    void everyWaiterHasADeadlineOfItsOwn() {
        f.start();
        oneBusy();
        CompletableFuture<DrainOutcome> later = f.fleet().drain(ofMinutes(9)).toCompletableFuture();
        CompletableFuture<DrainOutcome> sooner = f.fleet().drain(ofMinutes(1)).toCompletableFuture();
        assertThat(f.await(sooner, ofMinutes(2))).isEqualTo(DrainOutcome.DEADLINE);
        assertThat(later).isNotDone();
        assertThat(f.await(later, ofMinutes(9))).isEqualTo(DrainOutcome.DEADLINE);
    }
}
