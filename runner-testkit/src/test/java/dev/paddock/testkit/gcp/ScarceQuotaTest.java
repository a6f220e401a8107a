package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.VmEnded;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Fleets that want more VMs than their quota allows. */
class ScarceQuotaTest {
    @Test
    @DisplayName(
            "SLANG-50: what VMs that have ended held is free again, though no VM can be made that would ask for it")
    void quotaThatWasUsedUpComesBack() {
        try (GcpWorld world = GcpWorld.open(12, compute -> {
            for (String zone : GcpWorld.ZONES) {
                compute.quota(zone.substring(0, zone.length() - 2), "NVIDIA_T4_GPUS", 1);
            }
            return compute;
        })) {
            for (int job = 0; job < 9; job++) {
                world.submit("job-" + job, Duration.ofMinutes(3));
            }
            world.start(fleet -> fleet);
            world.until(world::allDone, "the end of all jobs");
            assertThat(world.github.jobs())
                    .allMatch(job -> job.result().orElse("").equals("succeeded"));
            assertThat(world.compute.quotas())
                    .filteredOn(quota -> quota.metric().equals("NVIDIA_T4_GPUS"))
                    .hasSize(3)
                    .allMatch(quota -> quota.refusals() == 0 && quota.peak() == 1);
        }
    }

    private static RunnerPool pool(GcpWorld world, GcpProject project, String name) {
        ScaleSetListener jobs = ScaleSetListener.builder(world.github.configUrl(GcpWorld.REPOSITORY), name)
                .credentials(GitHubCredentials.token("ghp_any"))
                .httpClient(world.github.httpClient(world.host))
                .build();
        var machines = GcpRunnerProvider.builder(project, "linux-gpu-runner").zones(GcpWorld.ZONES);
        return RunnerPool.builder(name, jobs, machines.build()).maxRunners(5).build();
    }

    @Test
    @DisplayName(
            "SLANG-60: two pools with providers of their own share a project's quota, and each tells of its own VMs only")
    void poolsOfOneProject() {
        try (GcpWorld world = GcpWorld.open(13)) {
            GcpProject project = world.project();
            List<VmEnded> ended = new ArrayList<>();
            RunnerCoordinator fleet = RunnerCoordinator.builder()
                    .fleet("both")
                    .addPool(pool(world, project, "one"))
                    .addPool(pool(world, project, "two"))
                    .on(VmEnded.class, ended::add)
                    .scheduler(world.host)
                    .start();
            for (int job = 0; job < 4; job++) {
                for (String pool : List.of("one", "two")) {
                    world.github.submit(Workflow.of(
                            GcpWorld.REPOSITORY, WorkflowJob.taking(pool + job, Duration.ofMinutes(4), pool)));
                }
            }
            world.until(world::allDone, "the end of all jobs");
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
            world.time.advance(Duration.ofMinutes(3));
            assertThat(ended).isNotEmpty().extracting(VmEnded::runner).doesNotHaveDuplicates();
            assertThat(ended).allMatch(event -> event.runner().value().startsWith(event.pool()));
            assertThat(world.compute.quotas()).allMatch(quota -> quota.refusals() == 0);
            world.until(fleet.closeAsync().toCompletableFuture()::isDone, "the end of the fleet");
        }
    }
}
