package dev.paddock.testkit.multirunner;

import static dev.paddock.testkit.multirunner.PoolFixture.runner;
import static dev.paddock.testkit.multirunner.PoolFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.MultiRunnerException.Reason;
import dev.paddock.multirunner.BenchmarkReport;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.multirunner.PoolRunner;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.multirunner.PoolStatus;
import dev.paddock.multirunner.QueuedTask;
import dev.paddock.multirunner.ScaleOutcome;
import dev.paddock.multirunner.TaskEnd;
import dev.paddock.multirunner.TaskPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The verbs of a pool, each as another process would call it. */
class MultiRunnerTest {
    @TempDir
    private Path folder;

    private PoolFixture fixture;
    private MultiRunner pool;

    @BeforeEach
    void describe() {
        fixture = new PoolFixture(folder);
        pool = fixture.pool();
    }

    static void refused(Reason reason, ThrowingCallable verb, String... message) {
        assertThatThrownBy(verb)
                .isInstanceOf(MultiRunnerException.class)
                .satisfies(refusal ->
                        assertThat(((MultiRunnerException) refusal).reason()).isEqualTo(reason))
                .hasMessageContainingAll(message);
    }

    private PoolRunner runnerOf(String id) {
        return pool.status().runners().stream()
                .filter(runner -> runner.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private List<String> ids() {
        return pool.status().runners().stream().map(PoolRunner::id).toList();
    }

    // ---- the pool --------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-9: a new runner is idle, has no task, no start and has completed nothing")
    void aNewRunnerIsIdle() {
        fixture.fifty(pool);
        assertThat(pool.status().runners()).allSatisfy(runner -> {
            assertThat(runner.status()).isEqualTo(Status.IDLE);
            assertThat(runner.task()).isEmpty();
            assertThat(runner.startedAt()).isEmpty();
            assertThat(runner.tasksCompleted()).isZero();
        });
    }

    @Test
    @DisplayName("SLATE-10: a plan that says nothing of it runs eight tasks at a time")
    void aPlanRunsEightAtATime() throws IOException {
        var report = BenchmarkReport.of(fixture.oneGpu(), CapacitySettings.defaults(), 50);
        pool.initialise(report.plan(), report.parallel(), false);
        assertThat(pool.status().maxParallel()).isEqualTo(8);
        assertThat(pool.status().runners()).hasSameSizeAs(report.plan().slots());
        assertThat(fixture.written("", "").status().gpuDistribution()).isEmpty();
    }

    @Test
    @DisplayName("SLATE-11: two runners and a limit of four are reported")
    void runnersAndLimitAreReported() throws IOException {
        pool = fixture.written(
                runner(1, "light", "null") + "," + runner(2, "light", "null"), "\"max_parallel_workflows\": 4");
        assertThat(pool.status().runners()).hasSize(2);
        assertThat(pool.status().maxParallel()).isEqualTo(4);
    }

    @Test
    @DisplayName("SLATE-12: a pool that was never initialised has no status, and asking makes none")
    void withoutInitialisationThereIsNoPool() {
        assertThat(pool.isInitialised()).isFalse();
        for (ThrowingCallable verb : List.<ThrowingCallable>of(
                pool::status,
                pool::queue,
                pool::expire,
                () -> pool.assign(task("t")),
                () -> pool.complete("runner-001", false),
                () -> pool.scale(4, fixture.oneGpu(), CapacitySettings.defaults()))) {
            refused(Reason.NOT_INITIALISED, verb, fixture.file.toString(), "initialise it first");
        }
        assertThat(fixture.file).doesNotExist();
    }

    @Test
    @DisplayName("SLATE-17: an empty pool prints its title")
    void anEmptyPoolPrintsItsTitle() throws IOException {
        pool = fixture.written("", "");
        assertThat(pool.status().text()).contains("Multi-Runner Status", "Total Runners: 0");
        refused(Reason.NO_FIT, () -> pool.assign(task("t")), "the pool is empty");
    }

    @Test
    @DisplayName(
            "SLATE-30: the preset has runner-001 to 050, GPU 0 has 5, GPU 1 has 10, the first is gpu_heavy on GPU 0")
    void thePresetHasItsNumbers() {
        fixture.fifty(pool);
        PoolStatus status = pool.status();
        assertThat(status.runners()).hasSize(50);
        assertThat(status.runners().get(0).id()).isEqualTo("runner-001");
        assertThat(status.runners().get(0).name()).isEqualTo("slate-gpu-heavy-01");
        assertThat(status.runners().get(0).profile()).isEqualTo("gpu_heavy");
        assertThat(status.runners().get(0).gpu()).hasValue(0);
        assertThat(status.runners().get(0).devices()).containsExactly("GPU-a");
        assertThat(status.runners().get(49).id()).isEqualTo("runner-050");
        assertThat(status.gpuDistribution()).isEqualTo(Map.of(0, 5, 1, 10));
        assertThat(status.maxParallel()).isEqualTo(8);
    }

    @Test
    @DisplayName("SLATE-31: the minimal preset has two runners and a limit of two, on GPUs only where there are any")
    void theMinimalPresetIsSmall() {
        pool.initialise(CapacityPreset.MINIMAL, fixture.oneGpu(), CapacitySettings.defaults(), false);
        assertThat(pool.status().maxParallel()).isEqualTo(2);
        assertThat(pool.status().runners()).extracting(PoolRunner::profile).containsExactly("standard", "light");
        assertThat(pool.status().runners().get(0).gpu()).hasValue(0);
        assertThat(pool.status().runners().get(1).gpu()).isEmpty();
        pool.initialise(
                CapacityPreset.MINIMAL,
                fixture.host("{\"cores\": 4, \"memory\": \"8 GiB\"}"),
                CapacitySettings.defaults(),
                false);
        assertThat(pool.status().runners())
                .allSatisfy(runner -> assertThat(runner.gpu()).isEmpty());
    }

    @Test
    @DisplayName("SLATE-40: given eight GPUs, the plan of most value uses all of them")
    void allGpusAreUsed() {
        StringBuilder gpus = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            gpus.append(i == 0 ? "" : ",").append("{\"id\": \"GPU-").append(i).append("\", \"memory\": \"80 GiB\"}");
        }
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(
                        fixture.host("{\"cores\": 96, \"memory\": \"1 TiB\", \"gpus\": [" + gpus + "]}"),
                        CapacityRequest.mostValue(RunnerProfile.standardProfiles())
                                .build());
        pool.initialise(plan, 8, false);
        assertThat(pool.status().gpuDistribution()).hasSize(8);
    }

    @Test
    void initialisingOverTasksIsRefusedUnlessForced() throws IOException {
        fixture.fifty(pool);
        pool.assign(task("t"));
        byte[] before = Files.readAllBytes(fixture.file);
        refused(Reason.TASKS_PRESENT, () -> fixture.fifty(pool), "1 tasks run and 0 wait", "force");
        assertThat(Files.readAllBytes(fixture.file)).isEqualTo(before);
        pool.initialise(CapacityPreset.DUAL_GPU_SCALED, fixture.twoGpus(), PoolFixture.OVERCOMMITTED, true);
        assertThat(pool.status().count(Status.RUNNING)).isZero();
    }

    @Test
    void morePlannedRunnersThanTheBoundAreRefused() {
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(
                        fixture.twoGpus(),
                        CapacityPreset.DUAL_GPU_SCALED
                                .request(fixture.twoGpus())
                                .settings(PoolFixture.OVERCOMMITTED)
                                .build());
        MultiRunner small = MultiRunner.builder(fixture.file).maxRunners(49).build();
        refused(Reason.TOO_MANY, () -> small.initialise(plan, 8, false), "50 runners", "bound of 49");
        assertThat(fixture.file).doesNotExist();
    }

    // ---- tasks -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-13: one idle and one running runner are counted as such")
    void idleAndRunningAreCounted() throws IOException {
        pool = fixture.written(runner(1, "light", "null") + "," + runner(2, "light", "null"), "");
        pool.assign(task("t"));
        PoolStatus status = pool.status();
        assertThat(status.runners()).hasSize(2);
        assertThat(status.count(Status.RUNNING)).isEqualTo(1);
        assertThat(status.count(Status.IDLE)).isEqualTo(1);
    }

    @Test
    @DisplayName("SLATE-14: a task runs on an idle runner of its profile")
    void aTaskRunsOnItsProfile() {
        fixture.fifty(pool);
        TaskPlace place = pool.assign(task("t", "gpu_light"));
        assertThat(place.isAssigned()).isTrue();
        PoolRunner runner = runnerOf(place.runner().id());
        assertThat(runner.profile()).isEqualTo("gpu_light");
        assertThat(runner.status()).isEqualTo(Status.RUNNING);
        assertThat(runner.task()).hasValue("t");
        assertThat(runner.startedAt()).hasValue(PoolFixture.START);
    }

    @Test
    @DisplayName("SLATE-15: with all runners busy a task waits, and is given out when one is free")
    void aTaskWaitsForARunner() throws IOException {
        pool = fixture.written(runner(1, "light", "null"), "");
        pool.assign(task("one"));
        assertThat(pool.assign(task("two")).position()).hasValue(1);
        assertThat(pool.assign(task("three")).position()).hasValue(2);
        assertThat(pool.queue()).extracting(waiting -> waiting.task().id()).containsExactly("two", "three");
        TaskEnd end = pool.complete("runner-001", false);
        assertThat(end.task()).isEqualTo("one");
        assertThat(end.started()).extracting(TaskPlace::task).containsExactly("two");
        assertThat(runnerOf("runner-001").task()).hasValue("two");
        assertThat(pool.queue()).extracting(QueuedTask::position).containsExactly(1);
    }

    @Test
    @DisplayName("SLATE-16: a task that succeeded leaves its runner idle, without a task, with one more completed")
    void aCompletedTaskIsCounted() throws IOException {
        pool = fixture.written(runner(1, "light", "null"), "");
        pool.assign(task("t"));
        pool.complete("runner-001", false);
        PoolRunner runner = runnerOf("runner-001");
        assertThat(runner.status()).isEqualTo(Status.IDLE);
        assertThat(runner.task()).isEmpty();
        assertThat(runner.startedAt()).isEmpty();
        assertThat(runner.tasksCompleted()).isEqualTo(1);
    }

    @Test
    @DisplayName("SLATE-36: of fifty tasks eight run at a time, and the rest in the order in which they came")
    void tasksRunInOrderWithinTheLimit() {
        fixture.fifty(pool);
        List<String> running = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            TaskPlace place = pool.assign(task("t" + i, "light"));
            assertThat(place.isAssigned()).isEqualTo(i < 8);
            if (place.isAssigned()) {
                running.add(place.runner().id());
            } else {
                assertThat(place.position()).hasValue(i - 7);
            }
        }
        for (int i = 8; i < 50; i++) {
            assertThat(pool.status().count(Status.RUNNING)).isEqualTo(8);
            TaskPlace next = pool.complete(running.remove(0), false).started().get(0);
            assertThat(next.task()).isEqualTo("t" + i);
            running.add(next.runner().id());
        }
        assertThat(pool.queue()).isEmpty();
    }

    @Test
    void aTaskOfHigherPriorityGoesFirst() throws IOException {
        pool = fixture.written(runner(1, "light", "null"), "");
        pool.assign(task("running"));
        pool.assign(task("usual"));
        assertThat(pool.assign(dev.paddock.task.Task.builder("urgent")
                                .priority(5)
                                .build())
                        .position())
                .hasValue(1);
        assertThat(pool.complete("runner-001", false).started().get(0).task()).isEqualTo("urgent");
    }

    @Test
    @DisplayName("SLATE-41: a task without profile never takes a GPU runner while one without GPU is idle")
    void aLintKeepsOffTheGpus() throws IOException {
        pool = fixture.written(
                runner(1, "gpu_heavy", "0") + "," + runner(2, "light", "1") + "," + runner(3, "gpu_light", "0") + ","
                        + runner(4, "standard", "null") + "," + runner(5, "light", "null"),
                "\"max_parallel_workflows\": 8");
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            order.add(pool.assign(task("lint")).runner().id());
        }
        assertThat(order).containsExactly("runner-005", "runner-004", "runner-002", "runner-003", "runner-001");
    }

    @Test
    @DisplayName("SLATE-42: a light task runs on a standard runner if no light one is idle, and no GPU task does")
    void aMoreCapableRunnerWillDo() throws IOException {
        pool = fixture.written(runner(1, "standard", "null") + "," + runner(2, "light", "null"), "");
        assertThat(pool.assign(task("a", "light")).runner().id()).isEqualTo("runner-002");
        assertThat(pool.assign(task("b", "light")).runner().id()).isEqualTo("runner-001");
        refused(Reason.NO_FIT, () -> pool.assign(task("c", "gpu_light")), "profile gpu_light", "light lacks");
        refused(Reason.NO_FIT, () -> pool.assign(task("c", "huge")), "profile huge");
    }

    @Test
    void gpuMemoryIsAskedForWithoutNamingAProfile() {
        fixture.fifty(pool);
        var small = dev.paddock.task.Task.builder("s")
                .gpuMemory(dev.paddock.ByteSize.ofGiB(1))
                .build();
        var large = dev.paddock.task.Task.builder("l")
                .gpuMemory(dev.paddock.ByteSize.ofGiB(8))
                .build();
        assertThat(pool.assign(small).runner().profile()).isEqualTo("gpu_light");
        assertThat(pool.assign(large).runner().profile()).isEqualTo("gpu_heavy");
        assertThat(pool.assign(large).isAssigned()).isFalse();
        var none = dev.paddock.task.Task.builder("n")
                .gpuMemory(dev.paddock.ByteSize.ofGiB(80))
                .build();
        refused(Reason.NO_FIT, () -> pool.assign(none), "80 GiB of GPU memory (has 8 GiB)");
    }

    @Test
    void ofEqualRunnersThatOnTheGpuWithLeastWorkIsTaken() throws IOException {
        pool = fixture.written(
                runner(1, "gpu_light", "0") + "," + runner(2, "gpu_light", "0") + "," + runner(3, "gpu_light", "1"),
                "");
        assertThat(pool.assign(task("a")).runner().gpu()).isZero();
        assertThat(pool.assign(task("b")).runner().gpu()).isEqualTo(1);
        assertThat(pool.assign(task("c")).runner().gpu()).isZero();
    }

    @Test
    void aTaskWhoseRunnersAreBusyLetsOthersPass() throws IOException {
        pool = fixture.written(runner(1, "gpu_light", "0") + "," + runner(2, "light", "null"), "");
        pool.assign(task("gpu", "gpu_light"));
        assertThat(pool.assign(task("waits", "gpu_light")).isAssigned()).isFalse();
        assertThat(pool.assign(task("passes", "light")).isAssigned()).isTrue();
    }

    @Test
    void anExclusiveRunnerHasItsGpuAloneAndIsNotKeptWaitingByOthers() throws IOException {
        pool = fixture.written(
                runner(1, "gpu_max", "0") + "," + runner(2, "gpu_light", "0") + "," + runner(3, "gpu_light", "0"),
                "\"max_parallel_workflows\": 8");
        String first = pool.assign(task("small", "gpu_light")).runner().id();
        assertThat(pool.assign(task("alone", "gpu_max")).isAssigned()).isFalse();
        assertThat(pool.assign(task("later", "gpu_light")).isAssigned()).isFalse();
        assertThat(pool.complete(first, false).started())
                .extracting(TaskPlace::task)
                .containsExactly("alone");
        assertThat(pool.complete("runner-001", false).started())
                .extracting(TaskPlace::task)
                .containsExactly("later");
    }

    @Test
    @DisplayName("SLATE-44: completing an unknown, idle or completed runner is refused and counts nothing")
    void nothingIsCountedTwice() throws IOException {
        pool = fixture.written(runner(1, "light", "null"), "");
        refused(Reason.UNKNOWN_RUNNER, () -> pool.complete("runner-9", false), "\"runner-9\"", "has 1 runners");
        refused(Reason.NOT_RUNNING, () -> pool.complete("runner-001", false), "it is idle");
        pool.assign(task("t"));
        pool.complete("runner-001", false);
        refused(Reason.NOT_RUNNING, () -> pool.complete("runner-001", false), "nothing was counted");
        assertThat(runnerOf("runner-001").tasksCompleted()).isEqualTo(1);
    }

    @Test
    @DisplayName("SLATE-44: completing a task again does not end the task that came next")
    void theNextTaskIsNotEndedInItsPlace() throws IOException {
        pool = fixture.written(runner(1, "light", "null"), "");
        pool.assign(task("first"));
        pool.assign(task("second"));
        pool.complete("runner-001", "first", false);
        refused(Reason.NOT_RUNNING, () -> pool.complete("runner-001", "first", false), "no task 'first'");
        assertThat(runnerOf("runner-001").task()).hasValue("second");
        assertThat(runnerOf("runner-001").tasksCompleted()).isEqualTo(1);
    }

    // ---- size ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("SLATE-37: scaled to 20, a pool of 16 has 20 runners that fit, and running tasks go on")
    void aPoolGrows() {
        pool.initialise(CapacityPreset.SINGLE_GPU_BALANCED, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, false);
        assertThat(ids()).hasSize(16);
        String busy = pool.assign(task("t", "gpu_light")).runner().id();
        ScaleOutcome outcome = pool.scale(20, fixture.oneGpu(), PoolFixture.OVERCOMMITTED);
        assertThat(outcome.before()).isEqualTo(16);
        assertThat(outcome.after()).isEqualTo(20);
        assertThat(outcome.added()).containsExactly("runner-017", "runner-018", "runner-019", "runner-020");
        assertThat(ids()).hasSize(20).doesNotHaveDuplicates();
        assertThat(runnerOf(busy).task()).hasValue("t");
    }

    @Test
    @DisplayName("SLATE-37: more runners than the host holds are refused, naming what binds, and nothing changes")
    void aPoolGrowsNoFurtherThanItsHost() throws IOException {
        pool.initialise(CapacityPreset.SINGLE_GPU_BALANCED, fixture.oneGpu(), PoolFixture.OVERCOMMITTED, false);
        byte[] before = Files.readAllBytes(fixture.file);
        refused(
                Reason.NOT_FEASIBLE,
                () -> pool.scale(40, fixture.oneGpu(), PoolFixture.OVERCOMMITTED),
                "not scaled to 40",
                "holds 24 at most",
                "light by cpu");
        refused(
                Reason.TOO_MANY,
                () -> pool.scale(51, fixture.oneGpu(), PoolFixture.OVERCOMMITTED),
                "51 runners",
                "bound of 50");
        assertThatThrownBy(() -> pool.scale(0, fixture.oneGpu(), PoolFixture.OVERCOMMITTED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 runner: 0");
        assertThat(Files.readAllBytes(fixture.file)).isEqualTo(before);
    }

    @Test
    @DisplayName("SLATE-37: scaled to 4, idle runners go at once and busy ones once their task is complete")
    void aPoolShrinksWithoutLosingATask() {
        fixture.fifty(pool);
        List<String> busy = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            busy.add(pool.assign(task("t" + i)).runner().id());
        }
        ScaleOutcome outcome = pool.scale(4, fixture.twoGpus(), PoolFixture.OVERCOMMITTED);
        assertThat(outcome.after()).isEqualTo(4);
        assertThat(outcome.removed()).hasSize(44).doesNotContainAnyElementsOf(busy);
        assertThat(outcome.draining()).containsExactly(busy.get(4), busy.get(5));
        assertThat(ids()).containsExactlyElementsOf(busy);
        assertThat(pool.status().gpuDistribution()).isEqualTo(Map.of(0, 0, 1, 0));
        pool.complete(busy.get(5), false);
        assertThat(ids()).doesNotContain(busy.get(5)).contains(busy.get(4));
        pool.complete(busy.get(0), false);
        assertThat(ids()).hasSize(5).contains(busy.get(0));
        assertThat(pool.scale(5, fixture.twoGpus(), PoolFixture.OVERCOMMITTED).draining())
                .isEmpty();
        pool.complete(busy.get(4), false);
        assertThat(ids()).hasSize(5);
    }

    @Test
    void aTaskThatOnlyARunnerThatIsGoneCouldTakeIsRefused() {
        RunnerProfile wide = RunnerProfile.builder("wide").cores(4).build();
        RunnerProfile large = RunnerProfile.builder("large")
                .cores(1)
                .memory(ByteSize.ofGiB(4))
                .build();
        CapacityRequest both = CapacityRequest.demand(Map.of(wide, 1, large, 1)).build();
        for (MultiRunner each : List.of(pool, fixture.memory())) {
            each.initialise(CapacityPlanner.exact().plan(fixture.oneGpu(), both), 2, false);
            each.assign(task("a", "wide"));
            each.assign(task("b", "large"));
            assertThat(each.scale(1, fixture.oneGpu(), PoolFixture.OVERCOMMITTED)
                            .draining())
                    .containsExactly("runner-002");
            each.complete("runner-002", false);
            refused(Reason.NO_FIT, () -> each.assign(task("c", "large")), "wide lacks");
        }
    }

    @Test
    void aPoolInMemoryDoesTheSame() {
        MultiRunner memory = fixture.fifty(fixture.memory());
        String runner = memory.assign(task("t", "gpu_heavy")).runner().id();
        assertThat(runner).isEqualTo("runner-001");
        refused(Reason.TASKS_PRESENT, () -> fixture.fifty(memory), "1 tasks run");
        memory.complete(runner, false);
        assertThat(memory.status().runners().get(0).tasksCompleted()).isEqualTo(1);
        assertThat(fixture.file).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"lint, light", "tests, standard", "inference_small, gpu_light", "inference_large, gpu_heavy"})
    void aTypeOfTaskHasAProfile(String type, String profile) {
        assertThat(MultiRunner.profileOf(type)).hasValue(profile);
        assertThat(MultiRunner.profileOf("other")).isEmpty();
    }
}
