package dev.paddock.testkit.gcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.ComputeQuota;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a fleet's VMs are made when quota and stock are scarce. */
class GcpZonesTest {
    private static final String METRIC = "NVIDIA_T4_GPUS";

    @ParameterizedTest(
            name = "SLANG-50 a burst over the quota makes exactly as many VMs as it allows, none is refused;"
                    + " usage is told when a VM is made: {0}")
    @ValueSource(booleans = {false, true})
    void burst(boolean usageShownWhenDone) {
        try (GcpWorld world = GcpWorld.open(
                21,
                builder -> builder.rules(
                        rules -> rules.jitConfigKey("paddock-jit-config").usageShownWhenDone(usageShownWhenDone)))) {
            world.compute.setQuota("us-east1", METRIC, 3);
            world.compute.setQuota("us-central1", METRIC, 2);
            world.compute.setQuota("us-west1", METRIC, 0);
            for (int job = 0; job < 9; job++) {
                world.submit("job-" + job, Duration.ofMinutes(4));
            }
            world.start(fleet -> fleet);
            world.until(world::allDone, "the end of all jobs");
            List<ComputeQuota> quotas = world.compute.quotas().stream()
                    .filter(quota -> quota.metric().equals(METRIC))
                    .toList();
            assertThat(quotas).allSatisfy(quota -> {
                assertThat(quota.peak()).as(quota.toString()).isEqualTo(quota.limit());
                assertThat(quota.refusals()).as(quota.toString()).isZero();
            });
            assertThat(world.compute.violations()).isEmpty();
        }
    }

    @Test
    @DisplayName("SLANG-61 a zone that had no stock is not asked again for 5 minutes, whoever needs a VM")
    void deadZone() {
        try (GcpWorld world = GcpWorld.open(22)) {
            world.compute.setStock("us-east1-c", GcpWorld.T4, 0);
            for (int job = 0; job < 3; job++) {
                world.submit("early-" + job, Duration.ofMinutes(1));
            }
            world.start(fleet -> fleet);
            world.until(() -> firstNo(world).isPresent(), "the first stock-out");
            Instant no = firstNo(world).orElseThrow();
            world.time.advance(Duration.ofSeconds(60));
            int before = asked(world, "us-east1-c").size();
            for (int job = 0; job < 5; job++) {
                world.submit("late-" + job, Duration.ofMinutes(1));
            }
            world.until(world::allDone, "the end of all jobs");
            assertThat(asked(world, "us-east1-c").stream()
                            .filter(request -> request.at().isBefore(no.plus(Duration.ofMinutes(5)))))
                    .hasSize(before)
                    .hasSizeLessThanOrEqualTo(3);
            assertThat(asked(world, "us-central1-a")).isNotEmpty();
        }
    }

    private static Optional<Instant> firstNo(GcpWorld world) {
        return world.compute.operations().stream()
                .filter(operation -> !operation.errors().isEmpty())
                .flatMap(operation -> operation.endedAt().stream())
                .min(Instant::compareTo);
    }

    private static List<ComputeRequest> asked(GcpWorld world, String zone) {
        return world.compute.requests().stream()
                .filter(request -> request.route() == ComputeRoute.INSERT_INSTANCE
                        && request.path().contains("/zones/" + zone + "/"))
                .toList();
    }
}
