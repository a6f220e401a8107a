package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Runners that are wanted on one GPU of a host. */
class PinnedRunnerTest {
    private static final RunnerProfile CPU =
            RunnerProfile.builder("cpu").cores(1).build();
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();

    private static RunnerSlot slot(CapacityPlan plan, RunnerProfile profile) {
        return plan.slots().stream()
                .filter(slot -> slot.profile().equals(profile))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRunnerThatNeedsNoGpuIsNotIsolatedByMpsAndTheOthersThereAre() {
        var request = CapacityRequest.demand(Map.of())
                .addOn(0, CPU, 1)
                .addOn(0, GPU, 1)
                .settings(CapacitySettings.builder().mps().build())
                .build();
        CapacityPlan plan = CapacityPlanner.exact().plan(TwoGpuHost.of("GPU-0"), request);
        assertThat(slot(plan, CPU).devices()).containsExactly("GPU-0");
        assertThat(slot(plan, CPU).isolation()).isEqualTo(Isolation.NONE);
        assertThat(slot(plan, CPU).environment().keySet()).noneMatch(name -> name.startsWith("CUDA_MPS"));
        assertThat(slot(plan, GPU).isolation()).isEqualTo(Isolation.MPS_LIMIT);
        assertThat(slot(plan, GPU).environment()).containsEntry("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "0=4096M");
        assertThat(plan.devices().get(0).isolation()).isEqualTo(Isolation.MPS_LIMIT);
    }
}
