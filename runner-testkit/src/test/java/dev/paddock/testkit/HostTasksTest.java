package dev.paddock.testkit;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.RunnerState;
import dev.paddock.error.TaskException;
import dev.paddock.error.TaskException.Reason;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.event.TaskLost;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tasks that the host program gives to runners itself. */
class HostTasksTest {
    private static final RunnerProfile LIGHT =
            RunnerProfile.builder("light").cores(1).build();
    private static final RunnerProfile STANDARD =
            RunnerProfile.builder("standard").cores(4).build();
    private static final RunnerProfile GPU = RunnerProfile.builder("gpu")
            .cores(4)
            .gpus(1)
            .gpuMemory(ByteSize.ofGiB(8))
            .build();

    private final FleetFixture f = new FleetFixture();

    private void start(UnaryOperator<RunnerCoordinator.Builder> settings) {
        f.fleet = settings.apply(RunnerCoordinator.builder(JobSource.hostTasks(), f.machines)
                        .fleet("tasks")
                        .scheduler(f.host)
                        .journal(f.journal)
                        .onEvent(f.events::add))
                .start();
    }

    private void startIdle(int runners) {
        start(fleet -> fleet.maxRunners(runners).minIdle(runners));
        f.untilIdle(runners);
    }

    private void startPools(RunnerPool... pools) {
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

    private RunnerPool pool(RunnerProfile profile, RunnerProvider machines, int runners, String... labels) {
        return RunnerPool.builder(profile.name(), JobSource.hostTasks(labels), machines)
                .profile(profile)
                .maxRunners(runners)
                .minIdle(runners)
                .build();
    }

    private RunnerPool pool(RunnerProfile profile, int runners, String... labels) {
        return pool(profile, f.machines, runners, labels);
    }

    private Assignment assigned(Task task) {
        return f.fleet().tryAssign(task).orElseThrow(() -> new AssertionError("no runner is free for " + task));
    }

    private static Reason reason(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().join();
        } catch (CompletionException failure) {
            return ((TaskException) failure.getCause()).reason();
        }
        throw new AssertionError("it did not fail");
    }

    private static boolean isDone(CompletionStage<?> stage) {
        return stage.toCompletableFuture().isDone();
    }

    // ---- assign and complete -------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-9, SLATE-14, SLATE-16: an idle runner holds the task it is given, and is idle again after it")
    void anIdleRunnerHoldsATaskAndIsIdleAgain() {
        startIdle(1);
        RunnerId runner = f.only();
        Assignment assignment = assigned(Task.of("lint"));
        assertThat(assignment.runner()).isEqualTo(runner);
        assertThat(assignment.place()).isEqualTo("fake-1");
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.runner(runner).detail()).isEqualTo("holds task lint");
        assertThat(f.fleet().assignments()).containsExactly(assignment);
        assertThat(f.fleet().complete(assignment, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        assertThat(f.runner(runner).state()).isEqualTo(RunnerState.IDLE);
        assertThat(f.fleet().assignments()).isEmpty();
        f.settle();
        assertThat(f.events(TaskAssigned.class)).hasSize(1);
        assertThat(f.events(TaskCompleted.class))
                .extracting(event -> event.outcome().kind())
                .containsExactly(Outcome.Kind.SUCCEEDED);
    }

    @Test
    @DisplayName("SLATE-13: the pool's counters tell idle and held runners")
    void thePoolsCountersTellIdleAndHeldRunners() {
        startIdle(3);
        assigned(Task.of("a"));
        f.settle();
        assertThat(f.pool().idle()).isEqualTo(2);
        assertThat(f.pool().busy()).isEqualTo(1);
        assertThat(f.pool().statistics().assigned()).isEqualTo(1);
    }

    @Test
    @DisplayName("SLATE-15: a full fleet gives tryAssign nothing, and lets assign wait")
    void aFullFleetLetsATaskWait() {
        startIdle(1);
        Assignment first = assigned(Task.of("first"));
        assertThat(f.fleet().tryAssign(Task.of("second"))).isEmpty();
        CompletionStage<Assignment> second = f.fleet().assign(Task.of("second"));
        f.settle();
        assertThat(isDone(second)).isFalse();
        f.fleet().complete(first, Outcome.failed("exit code 1"));
        Assignment next = f.await(second, ofSeconds(1));
        assertThat(next.runner()).isEqualTo(first.runner());
        assertThat(next.lease()).isGreaterThan(first.lease());
    }

    @Test
    @DisplayName("SLATE-44: an assignment is completed once; later and unknown ones change nothing")
    void anAssignmentIsCompletedOnce() {
        startIdle(1);
        Assignment first = assigned(Task.of("first"));
        f.fleet().complete(first, Outcome.succeeded());
        assertThat(f.fleet().complete(first, Outcome.succeeded())).isEqualTo(Completion.ALREADY);
        Assignment second = assigned(Task.of("second"));
        assertThat(f.fleet().complete(first, Outcome.succeeded())).isEqualTo(Completion.ALREADY);
        assertThat(f.fleet().assignments()).containsExactly(second);
        var foreign =
                new Assignment(Task.of("x"), new RunnerId("default-abcd-aaaaaaaaaa"), "default", 1, "", f.time.now());
        assertThat(f.fleet().complete(foreign, Outcome.succeeded())).isEqualTo(Completion.UNKNOWN);
        f.settle();
        assertThat(f.events(TaskCompleted.class)).hasSize(1);
    }

    @Test
    @DisplayName("SLATE-45: a runner that must not be used again is replaced within 30 s")
    void aRunnerThatMustNotBeUsedAgainIsReplaced() {
        startIdle(1);
        Assignment assignment = assigned(Task.of("oom"));
        f.fleet().complete(assignment, Outcome.failed("out of memory").withoutReuse());
        f.until(() -> f.count(RunnerState.IDLE) == 1 && !f.only().equals(assignment.runner()), ofSeconds(30));
        assertThat(f.fleet().complete(assignment, Outcome.succeeded())).isEqualTo(Completion.ALREADY);
    }

    // ---- the queue -----------------------------------------------------------------------------------------

    @Test
    void waitingTasksMakeThePoolGrowAndAreServed() {
        start(fleet -> fleet.maxRunners(3));
        List<CompletionStage<Assignment>> stages = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            stages.add(f.fleet().assign(Task.of("t" + i)));
        }
        f.until(() -> stages.stream().allMatch(HostTasksTest::isDone));
        assertThat(f.machines.created()).isEqualTo(3);
        assertThat(f.fleet().assignments()).hasSize(3);
        f.fleet().assignments().forEach(held -> f.fleet().complete(held, Outcome.succeeded()));
        f.untilNothingIsLeft(ofMinutes(6));
    }

    @Test
    @DisplayName("SLATE-36: of 50 tasks and 8 runners 8 are held and the others wait in order")
    void eightRunnersServeFiftyTasksInOrder() {
        start(fleet -> fleet.maxRunners(8));
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            f.fleet()
                    .assign(Task.of("t" + (100 + i)))
                    .thenAccept(held -> served.add(held.task().id()));
        }
        f.until(() -> served.size() == 8);
        f.advance(ofMinutes(1));
        assertThat(served).hasSize(8);
        while (served.size() < 50) {
            f.fleet().complete(f.fleet().assignments().get(0), Outcome.succeeded());
            f.settle();
            assertThat(f.fleet().assignments()).hasSize(8);
        }
        assertThat(served).isSorted().doesNotHaveDuplicates();
        assertThat(f.machines.mostAtOnce()).isEqualTo(8);
    }

    @Test
    void priorityComesFirstAndWaitingAddsToIt() {
        startIdle(1);
        Assignment held = assigned(Task.of("held"));
        List<String> served = new ArrayList<>();
        for (Task task : List.of(
                Task.builder("old and low").priority(0).build(),
                Task.builder("old and lower").priority(-3).build())) {
            f.fleet().assign(task).thenAccept(next -> served.add(next.task().id()));
        }
        f.advance(ofSeconds(61));
        for (Task task : List.of(
                Task.builder("new and higher").priority(3).build(),
                Task.builder("new and high").priority(2).build())) {
            f.fleet().assign(task).thenAccept(next -> served.add(next.task().id()));
        }
        f.fleet().complete(held, Outcome.succeeded());
        while (served.size() < 4) {
            f.settle();
            f.fleet().complete(f.fleet().assignments().get(0), Outcome.succeeded());
        }
        assertThat(served).containsExactly("new and higher", "old and low", "new and high", "old and lower");
    }

    @Test
    void aTaskWaitsNoLongerThanItsTimeout() {
        startIdle(1);
        assigned(Task.of("held"));
        CompletionStage<Assignment> stage =
                f.fleet().assign(Task.builder("late").timeout(ofSeconds(10)).build());
        f.advance(ofSeconds(9));
        assertThat(isDone(stage)).isFalse();
        f.advance(ofSeconds(2));
        assertThat(reason(stage)).isEqualTo(Reason.TIMEOUT);
        assertThat(f.pool().statistics().assigned()).isEqualTo(1);
    }

    @Test
    void aWaitingTaskCanBeCancelledAndAHeldOneGoesOn() {
        startIdle(1);
        Assignment held = assigned(Task.of("held"));
        CompletionStage<Assignment> waiting = f.fleet().assign(Task.of("waiting"));
        assertThat(f.await(f.fleet().cancel("waiting"), ofSeconds(1))).isTrue();
        assertThat(f.await(f.fleet().cancel("held"), ofSeconds(1))).isFalse();
        assertThat(reason(waiting)).isEqualTo(Reason.CANCELLED);
        assertThat(f.fleet().assignments()).containsExactly(held);
    }

    @Test
    void twoTasksOfOneIdDoNotWaitAtOnce() {
        startIdle(1);
        assigned(Task.of("held"));
        f.fleet().assign(Task.of("twin"));
        assertThat(reason(f.fleet().assign(Task.of("twin")))).isEqualTo(Reason.DUPLICATE);
    }

    @Test
    void aDrainRefusesWaitingTasksAndLetsHeldOnesEnd() {
        startIdle(1);
        Assignment held = assigned(Task.of("held"));
        CompletionStage<Assignment> waiting = f.fleet().assign(Task.of("waiting"));
        CompletionStage<?> drained = f.fleet().drain();
        f.advance(ofMinutes(1));
        assertThat(reason(waiting)).isEqualTo(Reason.NOT_RUNNING);
        assertThat(reason(f.fleet().assign(Task.of("new")))).isEqualTo(Reason.NOT_RUNNING);
        assertThatThrownBy(() -> f.fleet().tryAssign(Task.of("new"))).isInstanceOf(TaskException.class);
        assertThat(isDone(drained)).isFalse();
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.await(drained, ofMinutes(2));
        assertThat(f.machines.machines()).isEmpty();
    }

    // ---- who fits ------------------------------------------------------------------------------------------

    @Test
    void aFleetWithoutAPoolForTasksSaysWhatToAdd() {
        f.start();
        assertThatThrownBy(() -> f.fleet().assign(Task.of("t"))).hasMessageContaining("JobSource.hostTasks()");
        assertThatThrownBy(() -> f.fleet().tryAssign(Task.of("t"))).hasMessageContaining("JobSource.hostTasks()");
    }

    @Test
    @DisplayName("SLATE-38: a task that fits no pool fails at once and says what each lacks")
    void aTaskThatFitsNoPoolSaysWhatIsMissing() {
        startPools(pool(LIGHT, 1), pool(STANDARD, 1, "fast"));
        Task task = Task.builder("big")
                .cores(2)
                .gpuMemory(ByteSize.ofGiB(4))
                .labels("fast")
                .build();
        CompletionStage<Assignment> stage = f.fleet().assign(task);
        assertThat(reason(stage)).isEqualTo(Reason.NO_FIT);
        assertThatThrownBy(() -> f.fleet().tryAssign(task))
                .hasMessageContaining("pool light of profile light lacks 1 GPUs (has 0), 4 GiB of GPU memory (has 0 B),"
                        + " 2 cores (has 1), label fast")
                .hasMessageContaining("pool standard of profile standard lacks 1 GPUs (has 0)");
    }

    @Test
    @DisplayName("SLATE-41, SLATE-42: the exact profile comes first, then the least capable that fits")
    void theExactProfileComesFirstThenTheLeastCapable() {
        startPools(pool(GPU, 1), pool(STANDARD, 1), pool(LIGHT, 1));
        f.untilIdle(3);
        assertThat(assigned(Task.of("any")).pool()).isEqualTo("light");
        assertThat(assigned(Task.builder("lint").profile("light").build()).pool())
                .isEqualTo("standard");
        assertThat(assigned(Task.builder("tests").cores(2).build()).pool()).isEqualTo("gpu");
        assertThat(f.fleet().tryAssign(Task.of("one more"))).isEmpty();
    }

    @Test
    void aTaskWithAnExactProfileLeavesLessCapableRunnersAlone() {
        startPools(pool(LIGHT, 1), pool(STANDARD, 1), pool(GPU, 1));
        f.untilIdle(3);
        assertThat(assigned(Task.builder("t").profile("gpu").build()).pool()).isEqualTo("gpu");
        assertThat(f.fleet().tryAssign(Task.builder("u").profile("gpu").build()))
                .isEmpty();
    }

    @Test
    void aTaskThatWaitsMakesAnotherPoolGrowIfItsFirstChoiceIsFull() {
        RunnerPool light = pool(LIGHT, 1);
        RunnerPool standard = RunnerPool.builder("standard", JobSource.hostTasks(), f.machines)
                .profile(STANDARD)
                .maxRunners(2)
                .build();
        startPools(light, standard);
        f.untilIdle(1);
        assertThat(assigned(Task.of("a")).pool()).isEqualTo("light");
        assertThat(f.await(f.fleet().assign(Task.of("b")), ofSeconds(10)).pool())
                .isEqualTo("standard");
    }

    @Test
    void theGpuWithMostFreeMemoryComesFirstAndTiesGoByUuid() {
        long gib = 1L << 30;
        startPools(pool(GPU, new GpuMachines(f.machines, 16 * gib, 18 * gib), 6));
        f.untilIdle(6);
        List<String> places = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            places.add(
                    assigned(Task.builder("t" + i).gpuMemory(ByteSize.ofGiB(4)).build())
                            .place());
        }
        // 16|18 -> 16|14 -> 12|14 -> 12|10
        assertThat(places).containsExactly("gpu1", "gpu0", "gpu1", "gpu0");
        // 8|10: equal once gpu1 has given 2 GiB more
        assigned(Task.builder("two").gpuMemory(ByteSize.ofGiB(2)).build());
        assertThat(assigned(Task.of("tie")).place()).isEqualTo("gpu0");
    }

    @Test
    void anExclusiveGpuIsSharedWithNoOtherTask() {
        startPools(pool(GPU, new GpuMachines(f.machines, 10, 10), 4));
        f.untilIdle(4);
        Task alone = Task.builder("alone").exclusiveGpu(true).build();
        Assignment first = assigned(alone);
        assertThat(first.place()).isEqualTo("gpu0");
        Assignment shared = assigned(Task.of("shared"));
        assertThat(shared.place()).isEqualTo("gpu1");
        assertThat(f.fleet().tryAssign(alone)).isEmpty();
        assertThat(assigned(Task.of("shared too")).place()).isEqualTo("gpu1");
        assertThat(f.fleet().tryAssign(Task.of("and one more"))).isEmpty();
        CompletionStage<Assignment> waits = f.fleet().assign(alone);
        f.fleet().complete(first, Outcome.succeeded());
        assertThat(f.await(waits, ofSeconds(1)).place()).isEqualTo("gpu0");
    }

    // ---- loss ----------------------------------------------------------------------------------------------

    @Test
    void aRunnerThatDiesLosesItsTaskAndIsReplaced() {
        startIdle(1);
        Assignment held = assigned(Task.of("t"));
        f.machines.kill(held.runner());
        f.until(() -> !f.events(TaskLost.class).isEmpty());
        assertThat(f.fleet().assignments()).isEmpty();
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.LEASE_LOST);
        f.untilIdle(1);
        assertThat(f.only()).isNotEqualTo(held.runner());
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.LEASE_LOST);
        assertThat(f.events(TaskLost.class)).hasSize(1);
    }

    @Test
    void aMachineThatVanishesUnseenLosesItsTaskToo() {
        startIdle(1);
        Assignment held = assigned(Task.of("t"));
        f.machines.vanish(held.runner());
        f.until(() -> !f.events(TaskLost.class).isEmpty(), ofMinutes(5));
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.LEASE_LOST);
    }

    @Test
    void aTaskThatRunsTooLongIsLostWithItsRunner() {
        startIdle(1);
        Assignment held = assigned(Task.builder("t").maxRunTime(ofMinutes(10)).build());
        f.advance(ofMinutes(9));
        assertThat(f.events(TaskLost.class)).isEmpty();
        f.advance(ofMinutes(2));
        assertThat(f.events(TaskLost.class)).hasSize(1);
        f.untilIdle(1);
        assertThat(f.only()).isNotEqualTo(held.runner());
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.LEASE_LOST);
    }

    @Test
    void aTaskWithoutALimitHoldsItsRunnerForDays() {
        startIdle(2);
        Assignment held = assigned(Task.of("t"));
        f.advance(Duration.ofDays(6));
        assertThat(f.fleet().assignments()).containsExactly(held);
        assertThat(f.runner(held.runner()).state()).isEqualTo(RunnerState.BUSY);
        assertThat(f.fleet().complete(held, Outcome.succeeded())).isEqualTo(Completion.COMPLETED);
        f.advance(Duration.ofDays(2));
        assertThat(f.ids()).as("idle for a day, and replaced").doesNotContain(held.runner());
    }

    @Test
    void anIdleRunnerIsRetiredAfterItsTimeoutAndABusyOneIsNot() {
        start(fleet -> fleet.maxRunners(2).idleTimeout(ofMinutes(5)));
        Assignment first = f.await(f.fleet().assign(Task.of("a")), ofSeconds(10));
        Assignment second = f.await(f.fleet().assign(Task.of("b")), ofSeconds(10));
        f.fleet().complete(first, Outcome.succeeded());
        f.advance(ofMinutes(4));
        assertThat(f.snapshot().runners()).hasSize(2);
        f.advance(ofMinutes(2));
        assertThat(f.ids()).containsExactly(second.runner());
    }

    // ---- events --------------------------------------------------------------------------------------------

    @Test
    void eachPairIsTwoChangesOfStateAndTwoTaskEvents() {
        startIdle(2);
        f.settle();
        f.events.clear();
        for (int i = 0; i < 1000; i++) {
            f.fleet().complete(assigned(Task.of("t")), Outcome.succeeded());
        }
        f.advance(ofMillis(10));
        Iterator<RunnerStateChanged> changes =
                f.events(RunnerStateChanged.class).iterator();
        for (int i = 0; i < 1000; i++) {
            assertThat(changes.next().to()).isEqualTo(RunnerState.BUSY);
            assertThat(changes.next().to()).isEqualTo(RunnerState.IDLE);
        }
        assertThat(changes).isExhausted();
        assertThat(f.events(TaskAssigned.class)).hasSize(1000);
        assertThat(f.events(TaskCompleted.class)).hasSize(1000);
    }

    @ParameterizedTest
    @EnumSource(
            value = RunnerObservation.Kind.class,
            names = {"RECONNECTING", "UPDATING"})
    void aRunnerThatIsNotToBeUsedAgainGoesThoughItIsAway(RunnerObservation.Kind away) {
        List<MachineProgram.Machine> machines = new ArrayList<>();
        f.machines(provider -> provider.program(machine -> {
            machines.add(machine);
            machine.observe(RunnerObservation.Kind.LISTENING);
        }));
        startIdle(1);
        RunnerId runner = f.only();
        Assignment held = assigned(Task.of("t"));
        machines.get(0).observe(away);
        f.settle();
        assertThat(f.fleet().complete(held, Outcome.succeeded().withoutReuse())).isEqualTo(Completion.COMPLETED);
        machines.get(0).observe(RunnerObservation.Kind.LISTENING);
        f.until(() ->
                f.snapshot().runners().stream().noneMatch(each -> each.id().equals(runner)));
    }
}
