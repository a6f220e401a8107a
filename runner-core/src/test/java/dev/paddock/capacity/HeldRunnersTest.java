package dev.paddock.capacity;

import static dev.paddock.capacity.Requests.ALL;
import static dev.paddock.capacity.Requests.demand;
import static dev.paddock.capacity.Requests.gpu;
import static dev.paddock.capacity.Requests.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Plans of hosts that have runners already. */
class HeldRunnersTest {
    private static final CapacityPlanner PLANNER = CapacityPlanner.exact();

    @Test
    @DisplayName("HW-78: runners on a GPU that failed are at risk; new ones are planned elsewhere")
    void failedGpu() {
        var profile = gpu("g", 8192);
        var before = PLANNER.plan(Hosts.host(16, 65_536, 16_384, 16_384), demand(profile, 3, List.of()));
        var failed = Hosts.gpu(0, 16_384)
                .state(GpuDevice.State.LOST, "fell off the bus")
                .build();
        var host =
                Hosts.host(16, 65_536, -1, List.of(failed, Hosts.gpu(1, 16_384).build()));
        var after = PLANNER.plan(host, demand(profile, 3, before.slots()));
        long onFailed = before.slots().stream()
                .filter(slot -> slot.indices().contains(0))
                .count();
        assertThat(onFailed).isPositive();
        assertThat(after.atRisk())
                .hasSize((int) onFailed)
                .allSatisfy(slot -> assertThat(slot.indices()).containsExactly(0));
        assertThat(after.slots())
                .hasSize(2)
                .allSatisfy(slot -> assertThat(slot.indices()).containsExactly(1));
        assertThat(after.slots())
                .containsAll(before.slots().stream()
                        .filter(slot -> slot.indices().contains(1))
                        .toList());
        assertThat(after.cores().promised()).isEqualTo((2 + onFailed) * 1000);
        assertThat(after.notes()).anySatisfy(note -> assertThat(note).contains("at risk", Hosts.id(0)));
        assertThat(after.slots())
                .extracting(RunnerSlot::number)
                .doesNotContainAnyElementsOf(
                        after.atRisk().stream().map(RunnerSlot::number).toList());
    }

    @Test
    @DisplayName("HW-79: what our own runners use of a GPU is not taken off twice")
    void ownUse() {
        var profile = gpu("g", 4096);
        var before = PLANNER.plan(Hosts.host(16, 65_536, 16_384), demand(profile, 2, List.of()));
        var busy = Hosts.gpu(0, 1).memory(Hosts.memory(16_384, 0, 6000)).build();
        var host = Hosts.host(16, 65_536, -1, List.of(busy));
        assertThat(PLANNER.plan(host, demand(profile, 9, before.slots())).slots())
                .hasSize(4);
        assertThat(PLANNER.plan(host, demand(profile, 9, List.of())).slots()).hasSize(2);
    }

    @Test
    @DisplayName("Runners held keep number and device; new ones take the lowest numbers that are free")
    void numbers() {
        var profile = gpu("g", 4096);
        var host = Hosts.host(16, 65_536, 16_384, 16_384);
        var before = PLANNER.plan(host, demand(profile, 5, List.of())).slots();
        var kept = List.of(before.get(1), before.get(4));
        var after = PLANNER.plan(host, demand(profile, 4, kept)).slots();
        assertThat(after).containsAll(kept);
        assertThat(after).extracting(RunnerSlot::number).containsExactly(0, 1, 2, 4);
    }

    @Test
    @DisplayName("A runner held on an exclusive GPU keeps it, and a bound on runners counts those at risk")
    void heldCounts() {
        var own = RunnerProfile.builder("own")
                .gpuMemory(ByteSize.ofMiB(14_000))
                .exclusive()
                .build();
        var host = Hosts.host(16, 65_536, 16_384);
        var held = PLANNER.plan(host, demand(own, 1, List.of())).slots();
        var busy = Hosts.gpu(0, 1).memory(Hosts.memory(16_384, 0, 16_000)).build();
        var full = Hosts.host(16, 65_536, -1, List.of(busy));
        var small = gpu("g", 1024);
        var plan = PLANNER.plan(full, demand(small, 1, held));
        assertThat(plan.slots()).isEqualTo(held);
        assertThat(plan.shortfalls().get(0).factor()).isEqualTo(LimitingFactor.GPU);
        var gone = PLANNER.plan(
                Hosts.host(16, 65_536),
                CapacityRequest.demand(Map.of(RunnerProfile.of("c"), 2))
                        .maxRunners(2)
                        .held(held)
                        .build());
        assertThat(gone.atRisk()).hasSize(1);
        assertThat(gone.slots()).hasSize(1);
        assertThat(gone.shortfalls().get(0).factor()).isEqualTo(LimitingFactor.CAP);
    }

    @Test
    @DisplayName("With the fewest devices, runners join those held before another device is put to use")
    void fewestDevicesHeld() {
        var profile = gpu("g", 4096);
        var host = Hosts.host(16, 65_536, 16_384, 8192, 6144, 6144);
        var held = CapacityPlan.of(
                        host, demand(profile, 1, List.of()), List.of(on(profile, Hosts.id(1))), Optimality.unknown(0))
                .slots();
        for (int count = 1; count <= 6; count++) {
            var request = CapacityRequest.fewestDevices(Map.of(profile, count))
                    .settings(ALL)
                    .held(held)
                    .build();
            var plan = PLANNER.plan(host, request);
            assertThat(plan.slots()).hasSize(count).containsAll(held);
            assertThat(plan.devices().stream().filter(use -> use.runners() > 0)).hasSize(count <= 2 ? 1 : 2);
            assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
        }
    }
}
