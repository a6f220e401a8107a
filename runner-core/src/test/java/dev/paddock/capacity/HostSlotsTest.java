package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostSlotsTest {
    private static final RunnerProfile GPU =
            RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(4)).build();
    private static final RunnerProfile CPU =
            RunnerProfile.builder("cpu").cores(1).build();
    private static final CapacityRequest REQUEST =
            CapacityRequest.mostRunners(List.of(GPU, CPU)).build();
    private static final HostInventory HOST = TwoGpuHost.of("GPU-0", "GPU-1");

    private static final RunnerId A = new RunnerId("a");
    private static final RunnerId B = new RunnerId("b");
    private static final RunnerId C = new RunnerId("c");

    private final HostSlots slots = HostSlots.of(HostSlotsTest::twoOnEachGpu, HOST, REQUEST);

    /** Two runners on each GPU, first on the first, and one on none; those held count. */
    private static CapacityPlan twoOnEachGpu(HostInventory host, CapacityRequest request) {
        List<CapacityPlan.Placement> chosen = new ArrayList<>();
        for (GpuDevice gpu : host.gpus()) {
            long held = request.held().stream()
                    .filter(slot -> slot.devices().contains(gpu.id()))
                    .count();
            for (long number = held; gpu.isSchedulable() && number < 2; number++) {
                chosen.add(new CapacityPlan.Placement(GPU, List.of(gpu.id())));
            }
        }
        if (request.held().stream().allMatch(slot -> slot.profile().equals(GPU))) {
            chosen.add(new CapacityPlan.Placement(CPU, List.of()));
        }
        return CapacityPlan.of(host, request, chosen, Optimality.unknown(chosen.size()));
    }

    private RunnerSlot lease(RunnerId runner, RunnerProfile profile) {
        return slots.lease(runner, profile).orElseThrow();
    }

    // ---- leases ------------------------------------------------------------------------------------------------

    @Test
    void aRunnerGetsAPlaceOfItsProfileOnTheGpuWithTheFewestRunners() {
        assertThat(slots.free(GPU)).isEqualTo(4);
        RunnerSlot first = lease(A, GPU);
        RunnerSlot second = lease(B, GPU);
        assertThat(first.devices()).containsExactly("GPU-0");
        assertThat(first.environment()).containsEntry("CUDA_VISIBLE_DEVICES", "GPU-0");
        assertThat(second.devices()).containsExactly("GPU-1");
        assertThat(lease(A, GPU)).as("the one it holds").isEqualTo(first);
        assertThat(slots.free(GPU)).isEqualTo(2);
        assertThat(lease(C, CPU).devices()).isEmpty();
        assertThat(slots.free(CPU)).isZero();
        assertThat(slots.lease(new RunnerId("d"), CPU)).isEmpty();
        assertThat(slots.leases()).containsOnlyKeys(A, B, C);
        slots.release(C);
        assertThat(slots.free(CPU)).isOne();
    }

    @Test
    void aProfileOfTheSameNameThatNeedsMoreGetsNoPlace() {
        RunnerProfile more =
                RunnerProfile.builder("gpu").gpuMemory(ByteSize.ofGiB(8)).build();
        assertThat(slots.free(more)).isZero();
        assertThat(slots.lease(A, more)).isEmpty();
    }

    @Test
    void theLabelsOfAProfileAreThoseThatAllItsPlacesHave() {
        assertThat(slots.profiles()).containsExactly(GPU, CPU);
        assertThat(slots.labels(GPU)).containsExactly("cuda", "paddock", "self-hosted");
        assertThat(slots.labels(CPU)).containsExactly("cpu-only", "paddock", "self-hosted");
        slots.schedulable("GPU-0", false);
        assertThat(slots.labels(GPU))
                .as("the next place may be on another GPU")
                .containsExactly("cuda", "paddock", "self-hosted");
        assertThat(slots.labels(RunnerProfile.of("other"))).isEmpty();
    }

    @Test
    void aProfileThatIsWantedOnOneGpuOrOnAHostWithOneHasThatGpusLabel() {
        var pinned = CapacityRequest.demand(Map.of(CPU, 1)).addOn(1, GPU, 2).build();
        assertThat(HostSlots.of(CapacityPlanner.exact(), HOST, pinned).labels(GPU))
                .containsExactly("cuda", "gpu-1", "paddock", "self-hosted");
        var single = HostSlots.of(CapacityPlanner.exact(), TwoGpuHost.of("GPU-0"), REQUEST);
        assertThat(single.labels(GPU)).containsExactly("cuda", "gpu-0", "paddock", "self-hosted");
        RunnerProfile named = GPU.toBuilder().labels(List.of("gpu-7")).build();
        var own = CapacityRequest.demand(Map.of(named, 1)).build();
        assertThat(HostSlots.of(CapacityPlanner.exact(), HOST, own).labels(named))
                .as("the label it was given, not that of its first GPU")
                .containsExactly("cuda", "gpu-7", "paddock", "self-hosted");
    }

    // ---- a GPU that is not well ----------------------------------------------------------------------------------

    @Test
    void aGpuThatIsNotWellLosesItsFreePlacesAndRunnersKeepTheirs() {
        RunnerSlot ill = lease(A, GPU);
        RunnerSlot well = lease(B, GPU);
        CapacityPlan plan = slots.schedulable("GPU-0", false);
        assertThat(plan).isSameAs(slots.plan());
        assertThat(plan.atRisk()).containsExactly(ill);
        assertThat(plan.slots()).contains(well);
        assertThat(slots.isPlanned(ill)).isFalse();
        assertThat(slots.isPlanned(well)).isTrue();
        assertThat(slots.leases()).containsEntry(A, ill).containsEntry(B, well);
        assertThat(slots.free(GPU)).isOne();
        assertThat(lease(C, GPU).devices()).containsExactly("GPU-1");
        slots.schedulable("GPU-0", true);
        assertThat(slots.isPlanned(ill)).isTrue();
        assertThat(slots.free(GPU)).isOne();
    }

    @Test
    void whatNoGpuIsCalledChangesNothing() {
        CapacityPlan before = slots.plan();
        assertThat(slots.schedulable("GPU-0", true)).as("it was").isSameAs(before);
        assertThat(slots.schedulable("host", false).slots()).isEqualTo(before.slots());
    }

    @Test
    void thePlanIsMadeAgainOnceTheLastRunnerHasLeftAGpuThatIsNotWell() {
        RunnerSlot ill = lease(A, GPU);
        slots.schedulable("GPU-0", false);
        assertThat(slots.plan().slots()).extracting(RunnerSlot::number).doesNotContain(ill.number());
        slots.release(A);
        assertThat(slots.plan().atRisk()).isEmpty();
        assertThat(slots.plan().slots())
                .as("its number is free again")
                .extracting(RunnerSlot::number)
                .contains(ill.number());
    }

    @Test
    void aPlanThatStaysAsItIsGivesNoPlaceOnAGpuThatIsNotWellNorOnAPartOfIt() {
        GpuDevice split = TwoGpuHost.gpu("GPU-1", 1)
                .migMode(GpuDevice.MigMode.ENABLED)
                .migDevices(List.of(new MigDevice("MIG-1", "1g.5gb", 1, 0, GpuMemory.unknown(Reading.lost()))))
                .build();
        RunnerProfile part = RunnerProfile.builder("part").mig("1g.5gb").build();
        HostInventory host = TwoGpuHost.of(TwoGpuHost.gpu("GPU-0", 0).build(), split);
        CapacityRequest request =
                CapacityRequest.mostRunners(List.of(GPU, part)).build();
        var fixed = HostSlots.of(CapacityPlan.of(
                host,
                request,
                List.of(
                        new CapacityPlan.Placement(GPU, List.of("GPU-0")),
                        new CapacityPlan.Placement(part, List.of("MIG-1"))),
                Optimality.unknown(2)));
        fixed.schedulable("GPU-0", false);
        assertThat(fixed.free(GPU)).isZero();
        assertThat(fixed.free(part)).isOne();
        fixed.schedulable("GPU-1", false);
        assertThat(fixed.free(part)).isZero();
        fixed.schedulable("GPU-0", true);
        assertThat(fixed.free(GPU)).isOne();
    }

    @Test
    void aHostThatHasChangedIsPlannedWithWhatIsKnownOfItsGpus() {
        RunnerSlot kept = lease(A, GPU);
        slots.schedulable("GPU-1", false);
        slots.replan(TwoGpuHost.of("GPU-0", "GPU-1", "GPU-2"));
        assertThat(slots.plan().slots()).contains(kept);
        assertThat(slots.free(GPU)).isEqualTo(3);
        assertThat(lease(B, GPU).devices()).containsExactly("GPU-2");
        assertThat(slots.plan().host().gpus())
                .extracting(GpuDevice::isSchedulable)
                .containsExactly(true, false, true);
    }

    // ---- found again ---------------------------------------------------------------------------------------------

    @Test
    void aRunnerThatIsFoundKeepsItsNumberAndDeviceAndTheOthersArePlannedRoundIt() {
        RunnerSlot found = slots.restore(A, 7, "gpu", List.of("GPU-1"));
        assertThat(found.number()).isEqualTo(7);
        assertThat(found.profile()).isEqualTo(GPU);
        assertThat(found.indices()).containsExactly(1);
        assertThat(slots.isPlanned(found)).isTrue();
        assertThat(slots.free(GPU)).isEqualTo(3);
        assertThat(slots.restore(A, 0, "gpu", List.of("GPU-0"))).as("once").isEqualTo(found);
    }

    @Test
    void aRunnerWhosePlaceIsGoneKeepsItAllTheSame() {
        RunnerSlot unplugged = slots.restore(A, 0, "gpu", List.of("GPU-9"));
        RunnerSlot unknown = slots.restore(B, 1, "old", List.of("GPU-0"));
        assertThat(slots.isPlanned(unplugged)).isFalse();
        assertThat(slots.isPlanned(unknown)).isFalse();
        assertThat(slots.leases()).containsOnlyKeys(A, B);
        RunnerSlot next = lease(C, GPU);
        assertThat(next.number()).as("neither of theirs").isGreaterThan(1);
        slots.release(B);
        slots.release(A);
        assertThat(slots.plan().slots()).hasSize(5);
    }

    @Test
    void anExclusiveRunnerIsNotPutBesideOneOfAProfileThatIsNotWantedAnyMore() {
        RunnerProfile own = RunnerProfile.builder("own").gpus(1).exclusive().build();
        var one = HostSlots.of(
                CapacityPlanner.exact(),
                TwoGpuHost.of("GPU-0"),
                CapacityRequest.demand(Map.of(own, 1)).build());
        one.restore(A, 7, "old", List.of("GPU-0"));
        assertThat(one.lease(B, own)).isEmpty();
        one.release(A);
        assertThat(one.profiles()).containsExactly(own);
        assertThat(one.lease(B, own)).isPresent();
    }

    @Test
    void aPlannerThatFailsLosesNobodyHisPlace() {
        RunnerSlot held = lease(A, GPU);
        var failing = HostSlots.of(
                (host, request) -> {
                    if (request.held().isEmpty()) {
                        return twoOnEachGpu(host, request);
                    }
                    throw new IllegalStateException("no plan today");
                },
                HOST,
                REQUEST);
        assertThat(failing.restore(A, held.number(), "gpu", held.devices())).isEqualTo(held);
        assertThat(failing.free(GPU)).isEqualTo(3);
        assertThatThrownBy(() -> failing.replan(HOST)).hasMessage("no plan today");
        assertThat(failing.leases()).containsOnlyKeys(A);
        failing.release(A);
        assertThat(failing.free(GPU)).isEqualTo(4);
    }
}
