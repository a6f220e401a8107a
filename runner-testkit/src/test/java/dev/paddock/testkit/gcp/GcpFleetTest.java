package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

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
}
