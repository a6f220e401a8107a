package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Hosts that are not as they should be. */
class OddHostsTest {
    private static final CapacitySettings ALL =
            CapacitySettings.builder().noHeadroom().build();
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();
    private static final RunnerProfile CPU =
            RunnerProfile.builder("cpu").memory(ByteSize.ofGiB(4)).build();

    private static CapacityRequest.Builder demand(RunnerProfile profile, int count) {
        return CapacityRequest.demand(Map.of(profile, count)).settings(ALL);
    }

    @Test
    @DisplayName("HW-78: GPU memory of runners whose GPUs all failed is not taken from main memory")
    void allGpusFailed() {
        CapacityRequest request =
                CapacityRequest.demand(Map.of(GPU, 2, CPU, 4)).settings(ALL).build();
        HostInventory well = Hosts.host(8, 16_384, 16_384);
        List<RunnerSlot> held = CapacityPlanner.exact().plan(well, request).slots().stream()
                .filter(slot -> slot.profile().equals(GPU))
                .toList();
        GpuDevice failed = well.gpus().get(0).toBuilder()
                .state(GpuDevice.State.UNUSABLE, "it fell off the bus")
                .build();
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(
                        Hosts.host(8, 16_384, -1, List.of(failed)),
                        request.toBuilder().held(held).build());
        assertThat(plan.atRisk()).hasSize(2);
        assertThat(plan.counts()).isEqualTo(Map.of("cpu", 4));
    }

    @Test
    @DisplayName("SLATE-38: the report of a host without GPU does not count GPU memory as main memory")
    void reportWithoutGpu() {
        RunnerProfile light = RunnerProfile.standardProfile("gpu_light");
        var entry = CapacityReport.of(Hosts.host(64, 16_384), List.of(light), ALL, 50)
                .entry("gpu_light");
        assertThat(entry.maxRunners()).isZero();
        assertThat(entry.memoryLimit()).hasValue(8);
    }

    @Test
    @DisplayName("An over-commit that comes out even loses no core to rounding")
    void evenOvercommit() {
        RunnerProfile one = RunnerProfile.builder("one").cores(1).build();
        CapacityRequest request = CapacityRequest.demand(Map.of(one, 40))
                .settings(CapacitySettings.builder().cpuOvercommit(1.16).build())
                .build();
        CapacityPlan plan = CapacityPlanner.exact().plan(Hosts.host(25, 16_384), request);
        assertThat(plan.slots()).as("25 x 1.16").hasSize(29);
    }

    @Test
    @DisplayName("A runner on two GPUs gets them of the vendor whose GPUs are large enough, not of the one with most")
    void twoVendors() {
        RunnerProfile pair = RunnerProfile.builder("pair")
                .gpus(2)
                .gpuMemory(ByteSize.ofGiB(20))
                .build();
        List<GpuDevice> gpus = List.of(
                Hosts.gpu(0, 4096).build(),
                Hosts.gpu(1, 4096).build(),
                Hosts.gpu(2, 4096).build(),
                Hosts.gpu(3, 49_152).vendor(GpuVendor.AMD).build(),
                Hosts.gpu(4, 49_152).vendor(GpuVendor.AMD).build());
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(Hosts.host(8, 16_384, -1, gpus), demand(pair, 1).build());
        assertThat(plan.slots())
                .singleElement()
                .satisfies(slot -> assertThat(slot.devices()).containsExactly(Hosts.id(3), Hosts.id(4)));
    }

    @Test
    @DisplayName("Runners on one GPU each are on GPUs of any vendor")
    void oneOfTwoVendors() {
        List<GpuDevice> gpus = List.of(
                Hosts.gpu(0, 4096).build(),
                Hosts.gpu(1, 4096).build(),
                Hosts.gpu(2, 4096).vendor(GpuVendor.AMD).build());
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(Hosts.host(8, 16_384, -1, gpus), demand(GPU, 3).build());
        assertThat(plan.slots())
                .extracting(RunnerSlot::devices)
                .containsExactly(List.of(Hosts.id(0)), List.of(Hosts.id(1)), List.of(Hosts.id(2)));
    }

    @Test
    @DisplayName("Devices are told by index, then UUID, MIG devices by instance; GPUs without index come last")
    void order() {
        var none = Hosts.gpu(7, 8192).index(-1).build();
        var twin = GpuDevice.builder("GPU-0", "Card")
                .index(2)
                .memory(Hosts.memory(8192, 0, 0))
                .build();
        var parts = Hosts.partitioned(
                        1,
                        Hosts.mig(1, 12, "1g.10gb", 9984),
                        Hosts.mig(1, 2, "1g.10gb", 9984),
                        Hosts.mig(1, 7, "1g.10gb", 9984))
                .build();
        var gpus = List.of(none, Hosts.gpu(2, 8192).build(), twin, parts);
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(Hosts.host(8, 16_384, -1, gpus), demand(GPU, 1).build());
        assertThat(plan.devices())
                .extracting(CapacityPlan.DeviceUse::id)
                .containsExactly("MIG-1-2", "MIG-1-7", "MIG-1-12", "GPU-0", Hosts.id(2), Hosts.id(7));
    }

    @Test
    @DisplayName("A GPU that no environment can name holds no runner, and the plan says so")
    void nameless() {
        var card = GpuDevice.builder("card-a", "Card").memory(Hosts.memory(8192, 0, 0));
        var host = Hosts.host(
                8, 16_384, -1, List.of(card.index(0).build(), Hosts.gpu(1, 8192).build()));
        CapacityPlan plan = CapacityPlanner.exact().plan(host, demand(GPU, 9).build());
        assertThat(plan.slots())
                .extracting(RunnerSlot::devices)
                .containsExactly(List.of(Hosts.id(1)), List.of(Hosts.id(1)));
        assertThat(plan.notes()).anySatisfy(note -> assertThat(note).startsWith("GPU card-a holds no runner: "));
    }

    @Test
    @DisplayName("A GPU that failed is told with its state and the reason")
    void failed() {
        var lost = Hosts.gpu(0, 8192).state(GpuDevice.State.LOST, "Xid 79").build();
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(Hosts.host(8, 16_384, -1, List.of(lost)), demand(GPU, 1).build());
        assertThat(plan.notes()).contains("GPU " + Hosts.id(0) + " holds no new runner: LOST (Xid 79)");
    }

    @Test
    @DisplayName("A host that lists a GPU twice is refused with the GPU's id")
    void twice() {
        var gpu = Hosts.gpu(0, 16_384);
        var host = Hosts.host(8, 16_384, -1, List.of(gpu.build(), gpu.index(1).build()));
        assertThatThrownBy(
                        () -> CapacityPlanner.exact().plan(host, demand(GPU, 8).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Hosts.id(0))
                .hasMessageContaining("twice");
    }

    @Test
    @DisplayName("A partitioned GPU without parts holds nothing, and the plan says so")
    void noParts() {
        var host = Hosts.host(8, 16_384, -1, List.of(Hosts.partitioned(0).build()));
        CapacityPlan plan = CapacityPlanner.exact().plan(host, demand(GPU, 1).build());
        assertThat(plan.slots()).isEmpty();
        assertThat(plan.explain()).contains("note: GPU " + Hosts.id(0) + " holds no runner: it is partitioned");
        assertThat(CapacityPreset.suiting(host)).isEqualTo(CapacityPreset.CPU_ONLY);
    }

    @Test
    @DisplayName("The gap is told as a share of what is there, never rounded to nothing")
    void gap() {
        HostInventory host = Hosts.host(8, 16_384);
        CapacityRequest request = demand(CPU, 4).build();
        var half = CapacityPlan.of(host, request, List.of(), new Optimality(Optimality.Status.GAP, 50, 100));
        assertThat(half.explain()).contains("is 50: no plan exceeds 100, 100 % more\n");
        var hair = CapacityPlan.of(host, request, List.of(), new Optimality(Optimality.Status.GAP, 1000, 1000.1));
        assertThat(hair.explain()).contains("is 1000: no plan exceeds 1000.1, 0.1 % more\n");
        var none = CapacityPlan.of(host, request, List.of(), new Optimality(Optimality.Status.GAP, 0, 4));
        assertThat(none.explain()).contains("is 0: no plan exceeds 4\n");
    }

    @Test
    @DisplayName("A plan of the most value that may be on too many GPUs says that")
    void onlyDevicesUnproved() {
        HostInventory host = Hosts.host(8, 16_384);
        CapacityRequest request =
                CapacityRequest.fewestDevices(Map.of(CPU, 4)).settings(ALL).build();
        var plan = CapacityPlan.of(host, request, List.of(), new Optimality(Optimality.Status.GAP, 4, 4));
        assertThat(plan.explain()).contains("is 4: no plan reaches more; fewer GPUs may do\n");
    }
}
