package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.HostSlots;
import dev.paddock.event.JobCompleted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The workflow beside the examples, on the places of a plan. */
@Timeout(180)
class MultiRunnerWorkflowTest {
    private static final RunnerProfile FIRST = onGpu("gpu-0");
    private static final RunnerProfile SECOND = onGpu("gpu-1");
    private static final RunnerProfile CPU =
            RunnerProfile.builder("cpu-only").cores(2).build();

    @TempDir
    private Path folder;

    private static RunnerProfile onGpu(String name) {
        return RunnerProfile.builder(name).gpuMemory(ByteSize.ofGiB(4)).cores(2).build();
    }

    /** Two runners on each GPU, so that a job for any of them need not wait for one that asks for this very one. */
    private static CapacityPlan plan() {
        var wanted = CapacityRequest.demand(Map.of(CPU, 1))
                .addOn(0, FIRST, 2)
                .addOn(1, SECOND, 2)
                .build();
        return CapacityPlanner.exact().plan(TwoGpuHost.inventory(), wanted);
    }

    /** Says what it sees, and ends well only if all four say so while it runs. */
    private Optional<Step> meet(String job) {
        return Optional.of(Step.run(
                "meet",
                "cd '" + folder + "' && printf %s \"$CUDA_VISIBLE_DEVICES\" > seen." + job + " && mv seen." + job
                        + " at."
                        + job + "; n=0; while [ $(ls | grep -c '^at') -lt 4 ]; do"
                        + " n=$((n+1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done"));
    }

    @Test
    void itsFourJobsOverlapOnFourRunnersAndEachSeesTheGpusItAskedFor() throws Exception {
        Workflow workflow = WorkflowYaml.read(Path.of("../examples/workflows/multi-runner.yml"), this::meet);
        assertThat(workflow.jobs()).extracting(WorkflowJob::name).containsExactly("cuda", "gpu-0", "gpu-1", "cpu-only");
        var done = new CountDownLatch(workflow.jobs().size());
        Path root = folder.resolve("runners");
        try (var github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .start()) {
            try (RunnerCoordinator fleet = fleet(github.configUrl("acme"), root)
                    .on(JobCompleted.class, event -> done.countDown())
                    .start()) {
                github.submit(workflow);
                assertThat(done.await(90, TimeUnit.SECONDS))
                        .as("%s %s", fleet.snapshot(), github.jobs())
                        .isTrue();
            }
            assertThat(github.jobs())
                    .as("each waited for the others")
                    .allMatch(job -> job.result().orElse("").equals("succeeded"));
            assertThat(github.jobs()).extracting(JobRecord::runner).doesNotHaveDuplicates();
        }
        assertThat(seenBy("gpu-0")).isEqualTo("GPU-0");
        assertThat(seenBy("gpu-1")).isEqualTo("GPU-1");
        assertThat(seenBy("cuda")).matches("GPU-[01]");
        assertThat(seenBy("cpu-only")).isEqualTo("-1");
    }

    private static RunnerCoordinator.Builder fleet(String url, Path root) {
        var slots = HostSlots.of(plan());
        var machines = LocalRunnerProvider.builder(root, StandInRunner.command())
                .slots(slots)
                .build();
        RunnerCoordinator.Builder fleet = RunnerCoordinator.builder().drainTimeout(Duration.ofSeconds(20));
        for (RunnerProfile profile : List.of(FIRST, SECOND, CPU)) {
            var jobs = ScaleSetListener.builder(url, profile.name() + "-runners")
                    .credentials(GitHubCredentials.token("any"))
                    .labels(slots.labels(profile).toArray(String[]::new))
                    .build();
            fleet.addPool(RunnerPool.builder(profile.name(), jobs, machines)
                    .profile(profile)
                    .build());
        }
        return fleet;
    }

    private String seenBy(String job) throws IOException {
        return Files.readString(folder.resolve("at." + job));
    }
}
