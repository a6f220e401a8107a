package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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

    /** Of each vendor the first. */
    private static HostInventory ofTwoVendors() {
        return TwoGpuHost.of(
                TwoGpuHost.gpu("GPU-amd", 0).vendor(GpuVendor.AMD).build(),
                TwoGpuHost.gpu("GPU-nvidia", 0).build());
    }

    @Test
    void twoVendorsFirstGpusHaveTwoNumbers() {
        var request = CapacityRequest.demand(Map.of()).addOn(0, GPU, 1).addOn(1, GPU, 1);
        CapacityPlan plan = CapacityPlanner.exact().plan(ofTwoVendors(), request.build());
        assertThat(plan.slots())
                .extracting(RunnerSlot::devices, RunnerSlot::indices)
                .containsExactlyInAnyOrder(
                        tuple(List.of("GPU-nvidia"), List.of(0)), tuple(List.of("GPU-amd"), List.of(1)));
        for (RunnerSlot slot : plan.slots()) {
            assertThat(slot.labels().stream().filter(label -> label.startsWith("gpu-")))
                    .containsExactly("gpu-" + slot.indices().get(0));
        }
        assertThat(plan.explain()).contains("GPU 0 (NVIDIA A16, GPU-nvidia)", "GPU 1 (NVIDIA A16, GPU-amd)");
        var slots = HostSlots.of(CapacityPlanner.exact(), ofTwoVendors(), request.build());
        assertThat(slots.restore(new RunnerId("r"), 7, "gpu", List.of("GPU-amd"))
                        .indices())
                .containsExactly(1);
        CapacityRequest minimal = CapacityPreset.MINIMAL.request(ofTwoVendors()).build();
        assertThat(minimal.wishes()).extracting(CapacityRequest.Wish::gpu).contains(OptionalInt.of(1));
    }

    @Test
    void numbersThatAreTakenAreNotGivenAgainAndAGpuThatFailsKeepsItsOwn() {
        HostInventory host = TwoGpuHost.of(
                TwoGpuHost.gpu("GPU-a", 1).vendor(GpuVendor.AMD).build(),
                TwoGpuHost.gpu("GPU-b", 0).vendor(GpuVendor.AMD).build(),
                TwoGpuHost.gpu("GPU-c", -1).vendor(GpuVendor.OTHER).build(),
                TwoGpuHost.gpu("GPU-e", -1).vendor(GpuVendor.OTHER).build(),
                TwoGpuHost.gpu("GPU-d", 0).state(GpuDevice.State.LOST, "").build());
        var request = CapacityRequest.mostRunners(List.of(GPU)).build();
        assertThat(CapacityPlanner.exact().plan(host, request).devices())
                .extracting(CapacityPlan.DeviceUse::id, CapacityPlan.DeviceUse::index)
                .containsExactly(tuple("GPU-a", 1), tuple("GPU-b", 2), tuple("GPU-c", -1), tuple("GPU-e", -1));
    }
}
