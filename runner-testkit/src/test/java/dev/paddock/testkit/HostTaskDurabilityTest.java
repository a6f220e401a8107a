package dev.paddock.testkit;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.spi.JobSource;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** State moves at once; what is told of it waits for the journal. */
class HostTaskDurabilityTest {
    private final FleetFixture f = new FleetFixture();
    private final SlowJournal slow = new SlowJournal(f.journal);

    private void startIdle() {
        f.fleet = RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                .fleet("tasks")
                .scheduler(f.host)
                .journal(slow)
                .maxRunners(1)
                .minIdle(1)
                .onEvent(f.events::add)
                .start();
        f.untilIdle(1);
        f.settle();
        f.events.clear();
    }

    @Test
    void anAssignmentIsToldOnceItIsDurable() {
        startIdle();
        slow.takes = ofSeconds(2);
        CompletionStage<Assignment> stage = f.fleet().assign(Task.of("t"));
        f.advance(ofSeconds(1));
        assertThat(f.count(RunnerState.BUSY)).as("state moves at once").isEqualTo(1);
        assertThat(stage.toCompletableFuture().isDone()).isFalse();
        assertThat(f.events).isEmpty();
        f.advance(ofSeconds(2));
        assertThat(stage.toCompletableFuture().isDone()).isTrue();
        assertThat(f.events(RunnerStateChanged.class)).hasSize(1);
        assertThat(f.events(TaskAssigned.class)).hasSize(1);
    }

    @Test
    void aCompletionIsToldOnceItIsDurable() {
        startIdle();
        Assignment held = f.await(f.fleet().assign(Task.of("t")), ofSeconds(1));
        slow.takes = ofSeconds(2);
        CompletionStage<Completion> stage = f.fleet().completeAsync(held, Outcome.succeeded());
        f.advance(ofSeconds(1));
        assertThat(stage.toCompletableFuture().isDone()).isFalse();
        assertThat(f.events(TaskCompleted.class)).isEmpty();
        assertThat(f.await(stage, ofSeconds(2))).isEqualTo(Completion.COMPLETED);
        f.settle();
        assertThat(f.events(TaskCompleted.class)).hasSize(1);
    }

    @Test
    void aJournalThatIsLostFailsTheStageAndEndsTheFleet() {
        startIdle();
        slow.fails = true;
        slow.takes = ofSeconds(2);
        CompletionStage<Assignment> stage = f.fleet().assign(Task.of("t"));
        f.advance(ofSeconds(3));
        assertThatThrownBy(() -> stage.toCompletableFuture().join()).hasMessageContaining("the disk is full");
        f.advance(ofSeconds(1));
        assertThat(f.events(CoordinatorStateChanged.class))
                .last()
                .extracting(CoordinatorStateChanged::to)
                .isEqualTo(CoordinatorState.FAILED);
    }
}
