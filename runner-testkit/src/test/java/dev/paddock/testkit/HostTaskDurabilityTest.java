package dev.paddock.testkit;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerState;
import dev.paddock.error.JournalException;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void whoWaitsForAJournalThatNeverAnswersIsTold() {
        startIdle();
        slow.takes = Duration.ofDays(1);
        CompletionStage<Assignment> stage = f.fleet().assign(Task.of("t"));
        f.until(() -> f.fleet().termination().toCompletableFuture().isDone(), Duration.ofMinutes(3));
        f.settle();
        assertThatThrownBy(() -> stage.toCompletableFuture().getNow(null))
                .hasCauseInstanceOf(JournalException.class)
                .hasMessageContaining("no answer");
    }

    @Test
    void aTaskThatRunsWhereItsStageCompletesHoldsUpNoAnswerOfTheJournal() throws Exception {
        slow.takes = Duration.ofMillis(100);
        var end = new CountDownLatch(1);
        var begun = new CountDownLatch(1);
        var told = new CountDownLatch(1);
        try (var network = Scheduler.system("network");
                RunnerCoordinator fleet = RunnerCoordinator.builder(
                                JobSource.hostTasks(),
                                FakeRunnerProvider.builder(network)
                                        .bootTime(Duration.ofMillis(200))
                                        .build())
                        .fleet("tasks")
                        .journal(slow)
                        .maxRunners(1)
                        .drainTimeout(Duration.ZERO)
                        .on(TaskAssigned.class, event -> told.countDown())
                        .start()) {
            var run = fleet.assign(Task.of("t")).thenAccept(assignment -> {
                begun.countDown();
                awaitQuietly(end);
            });
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            boolean toldMeanwhile = told.await(5, TimeUnit.SECONDS);
            end.countDown();
            run.toCompletableFuture().join();
            assertThat(toldMeanwhile).isTrue();
        }
    }

    @Test
    void callsThatBlockOnAllThreadsForEffectsHoldUpNoAnswerOfTheJournal(@TempDir Path folder) throws Exception {
        var end = new CountDownLatch(1);
        var blocked = new CountDownLatch(SystemScheduler.EFFECT_THREADS);
        try (var scheduler = Scheduler.system("tasks");
                var network = Scheduler.system("network");
                RunnerCoordinator fleet = withOneRunner(scheduler, network, folder)) {
            Assignment first =
                    fleet.assign(Task.of("first")).toCompletableFuture().get(20, TimeUnit.SECONDS);
            for (int i = 0; i < SystemScheduler.EFFECT_THREADS; i++) {
                scheduler.effects().execute(() -> {
                    blocked.countDown();
                    awaitQuietly(end);
                });
            }
            assertThat(blocked.await(20, TimeUnit.SECONDS)).isTrue();
            try {
                // Each of these waits for its record to be on the disk; a journal that says nothing for 30 s is lost.
                assertThat(fleet.complete(first, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
                Assignment second = fleet.tryAssign(Task.of("second")).orElseThrow();
                assertThat(fleet.complete(second, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
            } finally {
                end.countDown();
            }
        }
    }

    @Test
    void aCompletionFromAStageThatATimerEndedIsAnswered(@TempDir Path folder) throws Exception {
        var answered = new CompletableFuture<Completion>();
        try (var scheduler = Scheduler.system("tasks");
                var network = Scheduler.system("network");
                RunnerCoordinator fleet = withOneRunner(scheduler, network, folder)) {
            Assignment first =
                    fleet.assign(Task.of("first")).toCompletableFuture().get(20, TimeUnit.SECONDS);
            fleet.assign(Task.builder("second").timeout(Duration.ofSeconds(1)).build())
                    .whenComplete((got, late) -> answered.complete(fleet.complete(first, Outcome.cancelled("x"))));
            assertThat(answered.get(40, TimeUnit.SECONDS)).isEqualTo(Completion.COMPLETED);
        }
    }

    private static RunnerCoordinator withOneRunner(Scheduler scheduler, Scheduler network, Path folder) {
        return RunnerCoordinator.builder(
                        JobSource.hostTasks(),
                        FakeRunnerProvider.builder(network).build())
                .fleet("tasks")
                .scheduler(scheduler)
                .journal(FleetJournal.file(folder.resolve("journal")))
                .maxRunners(1)
                .minIdle(1)
                .drainTimeout(Duration.ZERO)
                .start();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
