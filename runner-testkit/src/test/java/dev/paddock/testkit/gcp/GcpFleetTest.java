package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.ComputeRoute;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Fleets whose runners are VMs, from the job to the last VM's end. */
class GcpFleetTest {
    @Test
    @DisplayName("Each job gets a VM in a zone with quota, and when all is done no VM and no registration is left")
    void jobsAreWorkedOff() {
        try (GcpWorld world = GcpWorld.open(11)) {
            for (int job = 0; job < 5; job++) {
                world.submit("job-" + job, Duration.ofMinutes(3));
            }
            world.start(fleet -> fleet);
            world.until(world::allDone, "the end of all jobs");
            assertThat(world.github.jobs())
                    .allMatch(job -> job.result().orElse("").equals("succeeded"));
            world.until(() -> world.compute.instances().isEmpty(), "the end of all VMs");
            world.time.advance(Duration.ofMinutes(3));
            assertThat(world.github.registrations()).isEmpty();
            assertThat(world.compute.jitConfigs())
                    .hasSize(5)
                    .allSatisfy((secret, holders) -> assertThat(holders).hasSize(1));
            assertThat(world.compute.busyDeletions()).isEmpty();
            assertThat(world.compute.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName("A VM whose job is over is deleted at once, also one whose guest never ends by itself")
    void aVmWhoseJobIsOverIsDeleted() {
        try (GcpWorld world = GcpWorld.open(12)) {
            world.submit("job", Duration.ofMinutes(3));
            world.start(fleet -> fleet);
            world.until(() -> world.compute.instances().stream().anyMatch(vm -> vm.busy()), "a VM at work");
            world.compute.faults().latency(ComputeRoute.AGGREGATED_INSTANCES, Duration.ofSeconds(50)); // no list helps
            world.until(world::allDone, "the end of the job");
            world.time.advance(Duration.ofSeconds(15));
            assertThat(world.compute.count(ComputeRoute.DELETE_INSTANCE)).isEqualTo(1);
        }
    }
}
