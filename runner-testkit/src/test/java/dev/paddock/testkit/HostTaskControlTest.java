package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.error.TaskException;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Tasks of the host while pools are paused, resized and restarted, and at moments that meet. */
class HostTaskControlTest {
    private static final RunnerProfile GPU = RunnerProfile.builder("gpu")
            .cores(4)
            .gpus(1)
            .gpuMemory(ByteSize.ofGiB(8))
            .build();
    private static final Task ALONE = Task.builder("alone").exclusiveGpu(true).build();

    private final FleetFixture f = new FleetFixture();

    private void start(RunnerPool... pools) {
        var builder = RunnerCoordinator.builder()
                .fleet("tasks")
                .scheduler(f.host)
                .journal(f.journal)
                .onEvent(f.events::add);
        for (RunnerPool pool : pools) {
            builder.addPool(pool);
        }
        f.fleet = builder.start();
    }

    private RunnerPool pool(String name, RunnerProvider machines, int runners) {
        return RunnerPool.builder(name, JobSource.hostTasks(), machines)
                .profile(name.equals("gpu") ? GPU : RunnerProfile.of(name))
                .maxRunners(runners)
                .minIdle(runners)
                .build();
    }

    private void startIdle(int runners) {
        start(pool("only", f.machines, runners));
        f.untilIdle(runners);
    }

    private Assignment assigned(Task task) {
        return f.fleet().tryAssign(task).orElseThrow(() -> new AssertionError("no runner is free for " + task));
    }

    private static boolean isDone(CompletionStage<?> stage) {
        return stage.toCompletableFuture().isDone();
    }

    private void pause(String pool) {
        f.await(f.fleet().pool(pool).pause(), ofSeconds(1));
    }

    private void resume(String pool) {
        f.await(f.fleet().pool(pool).resume(), ofSeconds(1));
    }

    // ---- pause ---------------------------------------------------------------------------------------------

    @Test
    void aPausedPoolIsGivenNoTasksAndServesThoseThatWaitOnceItGoesOn() {
        startIdle(2);
        Assignment held = assigned(Task.of("held"));
        pause("only");
        assertThat(f.fleet().tryAssign(Task.of("try"))).isEmpty();
        CompletionStage<Assignment> first = f.fleet().assign(Task.of("first"));
        CompletionStage<Assignment> second = f.fleet().assign(Task.of("second"));
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.advance(ofMinutes(10));
        assertThat(isDone(first) || isDone(second)).isFalse();
        assertThat(f.fleet().assignments()).isEmpty();
        resume("only");
        f.settle();
        assertThat(isDone(first) && isDone(second)).isTrue();
        assertThat(f.fleet().assignments()).hasSize(2);
    }

    @Test
    void aPausedPoolLeavesItsTasksToAnother() {
        start(pool("a", f.machines, 1), pool("b", f.machines, 1));
        f.untilIdle(2);
        pause("a");
        assertThat(assigned(Task.of("t")).pool()).isEqualTo("b");
        assertThat(f.fleet().tryAssign(Task.of("u"))).isEmpty();
    }

    @Test
    void aTaskThatWaitsForAPausedPoolEndsByItsTimeout() {
        startIdle(1);
        pause("only");
        CompletionStage<Assignment> late =
                f.fleet().assign(Task.builder("late").timeout(ofSeconds(10)).build());
        f.advance(ofSeconds(11));
        assertThat(late.toCompletableFuture()).isCompletedExceptionally();
        resume("only");
        assertThat(assigned(Task.of("next")).task().id()).isEqualTo("next");
    }

    // ---- size ----------------------------------------------------------------------------------------------

    @Test
    void aHigherMaximumServesThoseThatWaitAndALowerOneEndsNoTask() {
        startIdle(1);
        Assignment first = assigned(Task.of("first"));
        CompletionStage<Assignment> second = f.fleet().assign(Task.of("second"));
        f.advance(ofMinutes(1));
        assertThat(isDone(second)).isFalse();
        f.fleet().pool("only").change(settings -> settings.withMaxRunners(2));
        f.await(second, ofSeconds(10));
        f.fleet().pool("only").change(settings -> settings.withMinIdle(0).withMaxRunners(1));
        f.advance(ofMinutes(5));
        assertThat(f.fleet().assignments()).hasSize(2);
        assertThat(f.fleet().complete(first, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.until(() -> f.snapshot().runners().size() == 1, ofMinutes(10));
        assertThat(f.count(RunnerState.BUSY)).isEqualTo(1);
    }

    // ---- moments that meet ---------------------------------------------------------------------------------

    @Test
    void aTaskWhoseTimeIsOverAsARunnerBecomesFreeIsServedOrFailsAndNeverBoth() {
        for (long micros = 9_999_000; micros <= 10_001_000; micros += 100) {
            var one = new HostTaskControlTest();
            one.startIdle(1);
            Assignment held = one.assigned(Task.of("held"));
            var stage = one.f
                    .fleet()
                    .assign(Task.builder("late").timeout(ofSeconds(10)).build());
            one.f.host.schedule(
                    Duration.ofNanos(micros * 1000), () -> one.f.fleet().completeAsync(held, Outcome.succeeded()));
            one.f.advance(ofSeconds(12));
            boolean failed = stage.toCompletableFuture().isCompletedExceptionally();
            assertThat(isDone(stage)).isTrue();
            assertThat(one.f.fleet().assignments()).as("after %d us", micros).hasSize(failed ? 0 : 1);
            assertThat(one.f.events(TaskAssigned.class)).hasSize(failed ? 1 : 2);
            assertThat(one.f.fleet().tryAssign(Task.of("next")).isPresent()).isEqualTo(failed);
        }
    }

    @Test
    void aTaskGivenInsideTheStageOfAnotherIsServed() {
        startIdle(1);
        var last = new AtomicReference<Assignment>();
        List<String> served = new ArrayList<>();
        again(100, served, last);
        f.advance(ofSeconds(10));
        assertThat(served).hasSize(100);
        f.until(() -> f.events(TaskCompleted.class).size() == 100);
        assertThat(f.fleet().assignments()).isEmpty();
    }

    private void again(int left, List<String> served, AtomicReference<Assignment> last) {
        f.fleet().assign(Task.of("t" + left)).thenAccept(held -> {
            served.add(held.task().id());
            last.set(held);
            f.fleet().completeAsync(held, Outcome.succeeded());
            if (left > 1) {
                again(left - 1, served, last);
            }
        });
    }

    @Test
    void moreNeedsThanAreRememberedAreServedAllTheSame() {
        start(pool("gpu", f.machines, 1));
        f.untilIdle(1);
        Assignment held = assigned(Task.of("held"));
        List<CompletionStage<Assignment>> stages = new ArrayList<>();
        for (int i = 1; i <= 3000; i++) {
            stages.add(f.fleet()
                    .assign(Task.builder("t" + i).gpuMemory(new ByteSize(i)).build()));
        }
        Assignment last = held;
        for (CompletionStage<Assignment> stage : stages) {
            f.fleet().complete(last, Outcome.succeeded());
            last = f.await(stage, ofSeconds(1));
        }
        f.fleet().complete(last, Outcome.succeeded());
        for (int i = 1; i <= 5000; i++) {
            f.fleet()
                    .complete(
                            assigned(Task.builder("n")
                                    .gpuMemory(new ByteSize(1_000_000 + i))
                                    .build()),
                            Outcome.succeeded());
        }
        assertThat(f.fleet().assignments()).isEmpty();
    }

    // ---- a GPU of one's own ----------------------------------------------------------------------------------

    @Test
    void aGpuOfOnesOwnIsKeptOverARestart() {
        RunnerPool pool = pool("gpu", new GpuMachines(f.machines, 10), 2);
        start(pool);
        f.untilIdle(2);
        Assignment alone = assigned(ALONE);
        f.settle();
        f.crash();
        start(pool);
        f.until(() -> f.count(RunnerState.IDLE) == 1 && f.count(RunnerState.BUSY) == 1, ofMinutes(10));
        assertThat(f.fleet().tryAssign(Task.of("other"))).isEmpty();
        CompletionStage<Assignment> waits = f.fleet().assign(Task.of("waits"));
        f.settle();
        assertThat(isDone(waits)).isFalse();
        assertThat(f.fleet().complete(alone, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.await(waits, ofSeconds(1));
        assertThat(assigned(Task.of("another")).place()).isEqualTo("gpu0");
    }

    @Test
    void whatATaskTakesOfItsGpuIsKnownAfterARestart() {
        RunnerPool pool = pool("gpu", new GpuMachines(f.machines, 10, 9), 4);
        start(pool);
        f.untilIdle(4);
        Task five = Task.builder("five").gpuMemory(new ByteSize(5)).build();
        assertThat(assigned(five).place()).isEqualTo("gpu0");
        f.settle();
        f.crash();
        start(pool);
        f.until(() -> f.count(RunnerState.IDLE) == 3 && f.count(RunnerState.BUSY) == 1, ofMinutes(10));
        assertThat(assigned(Task.of("next")).place()).isEqualTo("gpu1");
    }

    @Test
    void aGpuThatIsLearntOfOnlyByAListIsKnown() {
        f.machines(machines -> machines.bootTime(Duration.ZERO).deadlines(ofSeconds(5), ofMinutes(3), ofMinutes(1)));
        f.machines.always(FakeRunnerProvider.Call.PROVISION, CallFault.effectWithoutAnswer());
        start(pool("gpu", new GpuMachines(f.machines, 10), 2));
        f.untilIdle(2);
        f.machines.heal();
        f.advance(ofMinutes(3));
        assertThat(f.snapshot().runners())
                .allSatisfy(runner -> assertThat(runner.place()).isPresent());
        assigned(ALONE);
        assertThat(f.fleet().tryAssign(Task.of("other"))).isEmpty();
    }

    // ---- drain ---------------------------------------------------------------------------------------------

    @Test
    void aDrainThatIsUndoneTakesTasksAgainAndKeepsTheHeldOnes() {
        startIdle(2);
        Assignment held = assigned(Task.of("held"));
        f.fleet().drain();
        f.advance(ofSeconds(5));
        f.await(f.fleet().resume(), ofSeconds(1));
        assertThat(f.fleet().assignments()).containsExactly(held);
        f.untilIdle(1);
        assertThat(assigned(Task.of("next")).runner()).isNotEqualTo(held.runner());
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
    }

    @Test
    void anEndedFleetSaysThatItTakesNoTasks() {
        startIdle(1);
        Assignment held = assigned(Task.of("held"));
        f.await(f.fleet().closeAsync(), ofMinutes(40));
        CompletionStage<Assignment> late = f.fleet().assign(Task.of("late"));
        f.settle();
        assertThat(late.toCompletableFuture()).isCompletedExceptionally();
        assertThatThrownBy(() -> f.fleet().tryAssign(Task.of("late"))).isInstanceOf(TaskException.class);
        assertThatThrownBy(() -> f.fleet().complete(held, Outcome.succeeded())).isInstanceOf(TaskException.class);
    }
}
