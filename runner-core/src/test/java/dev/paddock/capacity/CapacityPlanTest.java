package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a plan holds, and what it refuses. */
class CapacityPlanTest {
    private static final CapacitySettings ALL =
            CapacitySettings.builder().noHeadroom().build();
    private static final CapacityPlanner PLANNER = CapacityPlanner.exact();

    private static RunnerProfile gpu(String name, long mebibytes) {
        return RunnerProfile.builder(name)
                .cores(1)
                .gpuMemory(ByteSize.ofMiB(mebibytes))
                .build();
    }

    private static CapacityPlan most(HostInventory host, CapacitySettings settings, RunnerProfile... profiles) {
        return PLANNER.plan(
                host,
                CapacityRequest.mostRunners(List.of(profiles))
                        .settings(settings)
                        .build());
    }

    private static long[] cards(int count, long size) {
        long[] cards = new long[count];
        Arrays.fill(cards, size);
        return cards;
    }

    private static CapacityPlan.Placement on(RunnerProfile profile, String... devices) {
        return new CapacityPlan.Placement(profile, List.of(devices));
    }

    // ---- GPUs ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("HW-69: a runner does not straddle two GPUs: eight of 24 GB hold eight of 14 GB, not thirteen")
    void noStraddling() {
        var plan = most(Hosts.host(64, 262_144, cards(8, 24_576)), ALL, gpu("g", 14_336));
        assertThat(plan.slots()).hasSize(8);
        assertThat(plan.devices()).extracting(CapacityPlan.DeviceUse::runners).containsOnly(1);
        assertThat(plan.shortfalls().get(0).factor()).isEqualTo(LimitingFactor.GPU);
    }

    @Test
    @DisplayName("SLATE-40: a plan uses all eight GPUs")
    void allGpus() {
        var plan = PLANNER.plan(
                Hosts.host(96, 1 << 20, cards(8, 81_920)),
                CapacityRequest.mostValue(RunnerProfile.standardProfiles())
                        .settings(CapacitySettings.builder().cpuOvercommit(1).build())
                        .build());
        assertThat(plan.devices())
                .hasSize(8)
                .allSatisfy(use -> assertThat(use.runners()).isPositive());
    }

    @Test
    @DisplayName("HW-72: a GPU in exclusive-process mode holds one runner of one process, with MPS as many as fit;"
            + " a prohibited one none; of a partitioned one only the parts")
    void modes() {
        var exclusive =
                Hosts.gpu(0, 24_576).computeMode(ComputeMode.EXCLUSIVE_PROCESS).build();
        var host = Hosts.host(64, 262_144, -1, List.of(exclusive));
        var profile = gpu("g", 2048);
        assertThat(most(host, ALL, profile).slots()).hasSize(1);
        var two = profile.toBuilder().processes(2).build();
        assertThat(most(host, ALL, two).slots()).isEmpty();
        assertThat(most(host, ALL.toBuilder().mps().build(), two).slots()).hasSize(12);
        var prohibited =
                Hosts.gpu(0, 24_576).computeMode(ComputeMode.PROHIBITED).build();
        var none = most(Hosts.host(64, 262_144, -1, List.of(prohibited)), ALL, profile);
        assertThat(none.slots()).isEmpty();
        assertThat(none.devices()).isEmpty();
        assertThat(none.notes()).anySatisfy(note -> assertThat(note).contains("compute mode"));
        var parts = Hosts.partitioned(0, Hosts.mig(0, 1, "1g.10gb", 9984), Hosts.mig(0, 2, "1g.10gb", 9984))
                .build();
        var split = most(Hosts.host(64, 262_144, -1, List.of(parts)), ALL, profile);
        assertThat(split.slots())
                .extracting(RunnerSlot::devices)
                .containsExactly(List.of("MIG-0-1"), List.of("MIG-0-2"));
        assertThat(split.slots()).extracting(RunnerSlot::isolation).containsOnly(Isolation.MIG);
        assertThat(split.slots()).extracting(RunnerSlot::indices).containsOnly(List.of(0));
    }

    @Test
    @DisplayName("HW-73: three processes cost three times the overhead; driver's reserve and head-room are left out")
    void overhead() {
        var settings = CapacitySettings.builder()
                .gpuHeadroom(new CapacitySettings.Share(ByteSize.ofMiB(1000), 0))
                .contextOverhead(ByteSize.ofMiB(500))
                .build();
        var memory = Hosts.memory(16_000, 1000, 0);
        var host =
                Hosts.host(8, 65_536, -1, List.of(Hosts.gpu(0, 1).memory(memory).build()));
        var profile = gpu("g", 2000).toBuilder().processes(3).build();
        var plan = most(host, settings, profile);
        assertThat(plan.slots()).hasSize(4);
        assertThat(plan.devices().get(0).promised()).isEqualTo(ByteSize.ofMiB(14_000));
        assertThat(plan.devices().get(0).usable()).contains(ByteSize.ofMiB(14_000));
    }

    @Test
    @DisplayName("What other programs use of a GPU is not promised")
    void foreignUse() {
        var busy = Hosts.gpu(0, 1).memory(Hosts.memory(16_384, 0, 5000)).build();
        var plan = most(Hosts.host(8, 65_536, -1, List.of(busy)), ALL, gpu("g", 4096));
        assertThat(plan.slots()).hasSize(2);
    }

    @Test
    @DisplayName("A card that holds a little less than its name says still counts for a runner that owns it")
    void nominal() {
        var profile = RunnerProfile.builder("own")
                .gpuMemory(ByteSize.ofMiB(24_576))
                .exclusive()
                .build();
        var settings = CapacitySettings.defaults();
        assertThat(most(Hosts.host(8, 65_536, 23_028), settings, profile).slots())
                .hasSize(1);
        assertThat(most(Hosts.host(8, 65_536, 22_609), settings, profile).slots())
                .isEmpty();
        var plan = most(Hosts.host(8, 65_536, 24_576), settings, profile, gpu("small", 1024));
        assertThat(plan.devices().get(0).runners()).isEqualTo(plan.slots().size());
        assertThat(plan.slots()).hasSizeGreaterThan(1);
    }

    @Test
    @DisplayName("A GPU whose memory nobody knows holds only runners that take it whole, whatever its size")
    void unknownMemory() {
        var blind = Hosts.gpu(0, 1)
                .memory(GpuMemory.unknown(Reading.noPermission()))
                .build();
        var host = Hosts.host(8, 65_536, -1, List.of(blind));
        var whole = RunnerProfile.builder("whole").gpus(1).build();
        assertThat(most(host, ALL, whole).slots()).hasSize(1);
        assertThat(most(host, ALL, whole).devices().get(0).usable()).isEmpty();
        assertThat(most(host, ALL, gpu("g", 1)).slots()).isEmpty();
        assertThat(most(host, ALL, gpu("g", 1)).notes())
                .anySatisfy(note -> assertThat(note).contains("whole", "no permission"));
    }

    @Test
    @DisplayName("HW-17: a GPU without memory of its own takes what its runners need from the host's, and only if the"
            + " host has no other")
    void unified() {
        var unknown = Reading.notSupported();
        var memory = new GpuMemory(unknown, unknown, unknown, unknown, GpuMemory.Source.UNIFIED);
        var gb10 = Hosts.gpu(0, 1).memory(memory).build();
        var profile = gpu("g", 8192).toBuilder().memory(ByteSize.ofMiB(2048)).build();
        var plan = most(Hosts.host(20, 32_768, -1, List.of(gb10)), ALL, profile);
        assertThat(plan.slots()).hasSize(3);
        assertThat(plan.memory().promised()).isEqualTo(3 * (10_240L << 20));
        var other =
                most(Hosts.host(20, 32_768, -1, List.of(gb10, Hosts.gpu(1, 8192).build())), ALL, profile);
        assertThat(other.slots())
                .singleElement()
                .satisfies(slot -> assertThat(slot.indices()).containsExactly(1));
    }

    @Test
    @DisplayName("A runner on two GPUs gets two different ones, and a plan does not count parts that make no runner")
    void twoGpus() {
        var pair = RunnerProfile.builder("pair")
                .gpus(2)
                .gpuMemory(ByteSize.ofMiB(8192))
                .build();
        var plan = most(Hosts.host(8, 65_536, 65_536, 8192, 8192), ALL, pair);
        assertThat(plan.slots()).hasSize(2);
        assertThat(plan.slots())
                .allSatisfy(slot -> assertThat(slot.devices()).hasSize(2).doesNotHaveDuplicates());
        assertThat(plan.slots().get(0).labels()).contains("multi-gpu", "cuda").doesNotContain("gpu-0");
        assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
    }

    // ---- slots -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("HW-80: a runner's environment names its devices by UUID; one without GPU sees none")
    void environment() {
        var plan = most(Hosts.host(2, 65_536, 16_384, 16_384), ALL, gpu("g", 16_384));
        assertThat(plan.slots())
                .extracting(slot -> slot.environment().get("CUDA_VISIBLE_DEVICES"))
                .containsExactly(Hosts.id(0), Hosts.id(1));
        var without = most(
                Hosts.host(1, 65_536, 16_384),
                ALL,
                RunnerProfile.builder("c").cores(1).build());
        assertThat(without.slots().get(0).environment()).containsEntry("CUDA_VISIBLE_DEVICES", "-1");
        assertThat(without.slots().get(0).labels()).containsExactly("cpu-only", "paddock", "self-hosted");
    }

    @Test
    @DisplayName("With MPS each runner's memory is limited to what its profile says")
    void mps() {
        var plan = most(Hosts.host(2, 65_536, 16_384), ALL.toBuilder().mps().build(), gpu("g", 8192));
        assertThat(plan.slots()).hasSize(2).allSatisfy(slot -> {
            assertThat(slot.isolation()).isEqualTo(Isolation.MPS_LIMIT);
            assertThat(slot.environment()).containsEntry("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "0=8192M");
        });
    }

    @Test
    @DisplayName("Labels follow from the device; the old meaning of gpu-2 can be had")
    void labels() {
        var pair = RunnerProfile.builder("pair").gpus(2).build();
        var one = gpu("g", 1024).toBuilder().labels(List.of("big")).build();
        var settings = ALL.toBuilder().fleetLabel("slate").build();
        var host = Hosts.host(4, 65_536, cards(5, 1024));
        var counts = new LinkedHashMap<RunnerProfile, Integer>();
        counts.put(pair, 1);
        counts.put(one, 3);
        var plan = PLANNER.plan(
                host, CapacityRequest.demand(counts).settings(settings).build());
        assertThat(plan.slots())
                .anySatisfy(slot -> assertThat(slot.labels())
                        .containsExactly("big", "cuda", "gpu-" + slot.indices().get(0), "self-hosted", "slate"));
        var old = CapacityPlan.of(
                host,
                CapacityRequest.demand(counts)
                        .settings(settings.toBuilder().multiGpuAsGpu2().build())
                        .build(),
                List.of(on(one, Hosts.id(2)), on(pair, Hosts.id(0), Hosts.id(1))),
                Optimality.unknown(0));
        assertThat(old.slots().get(0).labels()).doesNotContain("gpu-2").contains("cuda");
        assertThat(old.slots().get(1).labels()).contains("gpu-2", "multi-gpu", "cuda");
    }

    @Test
    @DisplayName("HW-77: the same host and request in another order give the same plan")
    void anyOrder() {
        long seed = Long.getLong("paddock.seed", 77L);
        System.out.println("seed " + seed);
        var random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            HostInventory host = RandomHosts.any(random, 8);
            List<RunnerProfile> profiles = RandomHosts.profiles(random, 5);
            List<GpuDevice> gpus = new ArrayList<>(host.gpus());
            List<RunnerProfile> others = new ArrayList<>(profiles);
            Collections.shuffle(gpus, random);
            Collections.shuffle(others, random);
            var shuffled = new HostInventory(
                    host.takenAt(),
                    host.platform(),
                    host.cpu(),
                    host.memory(),
                    host.disk(),
                    gpus,
                    host.architectures(),
                    host.notes());
            var one = PLANNER.plan(host, CapacityRequest.mostValue(profiles).build());
            var other = PLANNER.plan(shuffled, CapacityRequest.mostValue(others).build());
            assertThat(other.slots()).isEqualTo(one.slots());
            assertThat(other.shortfalls()).isEqualTo(one.shortfalls());
            assertThat(other.devices()).isEqualTo(one.devices());
            assertThat(other.explain()).isEqualTo(one.explain());
        }
    }

    // ---- runners held ----------------------------------------------------------------------------------------

    private static CapacityRequest demand(RunnerProfile profile, int count, List<RunnerSlot> held) {
        return CapacityRequest.demand(Map.of(profile, count))
                .settings(ALL)
                .held(held)
                .build();
    }

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

    // ---- objectives ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("A mix is placed as often as it fits, and nothing besides")
    void mix() {
        var mix = new LinkedHashMap<RunnerProfile, Integer>();
        mix.put(RunnerProfile.standardProfile("gpu_heavy"), 1);
        mix.put(RunnerProfile.standardProfile("light"), 4);
        var plan = PLANNER.plan(
                Hosts.host(24, 65_536, 16_384),
                CapacityRequest.mix(mix).settings(ALL).build());
        assertThat(plan.counts()).containsEntry("gpu_heavy", 2).containsEntry("light", 8);
        assertThat(plan.optimality()).isEqualTo(Optimality.optimal(2));
        var short3 = PLANNER.plan(
                Hosts.host(11, 65_536, 16_384),
                CapacityRequest.mix(mix).settings(ALL).build());
        assertThat(short3.counts()).containsEntry("gpu_heavy", 1).containsEntry("light", 4);
        var third = PLANNER.plan(
                Hosts.host(15, 65_536, 16_384),
                CapacityRequest.mix(mix).settings(ALL).build());
        assertThat(third.counts()).containsEntry("gpu_heavy", 2).containsEntry("light", 7);
        assertThat(third.optimality()).isEqualTo(Optimality.optimal(1.75));
    }

    @Test
    @DisplayName("With the fewest devices a demand is met on one GPU where it can be")
    void fewestDevices() {
        var counts = new LinkedHashMap<RunnerProfile, Integer>();
        counts.put(gpu("a", 6000), 2);
        counts.put(gpu("b", 4000), 3);
        var plan = PLANNER.plan(
                Hosts.host(16, 65_536, 12_000, 12_000, 24_000),
                CapacityRequest.fewestDevices(counts).settings(ALL).build());
        assertThat(plan.slots())
                .hasSize(5)
                .allSatisfy(slot -> assertThat(slot.indices()).containsExactly(2));
        assertThat(plan.optimality().status()).isEqualTo(Optimality.Status.OPTIMAL);
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

    // ---- other planners --------------------------------------------------------------------------------------

    @Test
    @DisplayName("A planner of one's own chooses profiles and devices; the plan works out the rest")
    void ownPlanner() {
        var profile = gpu("g", 4096);
        CapacityPlanner own = (host, request) -> CapacityPlan.of(
                host, request, List.of(on(profile, host.gpus().get(1).id())), Optimality.unknown(1));
        var plan = own.plan(Hosts.host(8, 8192, 8192, 8192), demand(profile, 2, List.of()));
        assertThat(plan.slots()).singleElement().satisfies(slot -> {
            assertThat(slot.environment()).containsEntry("CUDA_VISIBLE_DEVICES", Hosts.id(1));
            assertThat(slot.labels()).contains("gpu-1");
        });
        assertThat(plan.shortfalls())
                .singleElement()
                .satisfies(shortfall -> assertThat(shortfall.factor()).isEqualTo(LimitingFactor.DEMAND));
        assertThat(plan.explain()).contains("a better plan may exist", "one more would fit");
    }

    @Test
    @DisplayName("A choice that does not fit is refused with the runner, the bound and what was promised")
    void refused() {
        var profile = gpu("g", 4096);
        var host = Hosts.host(2, 8192, 8192, 81_920);
        var request = demand(profile, 20, List.of());
        var first = on(profile, Hosts.id(0));
        var second = on(profile, Hosts.id(1));
        refuses(host, request, List.of(first, first, first), "runner 3", "g on " + Hosts.id(0), "8 GiB", "2 runners");
        refuses(host, request, List.of(second, second, second), "runner 3", "2000 thousandths", "3000");
        refuses(host, request, List.of(on(profile, "GPU-9")), "runner 1", "no GPU GPU-9");
        refuses(host, request, List.of(on(profile)), "needs 1 different");
        refuses(host, request, List.of(on(profile, Hosts.id(0), Hosts.id(1))), "needs 1 different");
        refuses(host, request, List.of(on(gpu("x", 1), Hosts.id(0))), "no wish");
        refuses(
                host,
                request.toBuilder().maxRunners(1).build(),
                List.of(first, second),
                "at most 1 runners",
                "number 2");
        var hungry = profile.toBuilder().memory(ByteSize.ofMiB(5000)).build();
        refuses(
                host,
                demand(hungry, 2, List.of()),
                List.of(on(hungry, Hosts.id(0)), on(hungry, Hosts.id(1))),
                "memory");
        var own = RunnerProfile.builder("own").gpus(1).build();
        var both =
                CapacityRequest.demand(Map.of(own, 1, profile, 1)).settings(ALL).build();
        refuses(host, both, List.of(first, on(own, Hosts.id(0))), "runner 2 (own");
        refuses(host, both, List.of(on(own, Hosts.id(0)), first), "runner 2 (g");
    }

    private static void refuses(
            HostInventory host, CapacityRequest request, List<CapacityPlan.Placement> choice, String... words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CapacityPlan.of(host, request, choice, Optimality.unknown(0)))
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    // ---- words -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("A plan tells in words what is where, what is left, what was left out and how good it is")
    void explains() {
        var host = Hosts.host(12, 32_768, 100_000, List.of(Hosts.gpu(0, 16_384).build()));
        var counts = new LinkedHashMap<RunnerProfile, Integer>();
        counts.put(RunnerProfile.standardProfile("gpu_heavy"), 2);
        counts.put(RunnerProfile.standardProfile("gpu_max"), 1);
        counts.put(RunnerProfile.standardProfile("light"), 6);
        var plan =
                PLANNER.plan(host, CapacityRequest.demand(counts).settings(ALL).build());
        assertThat(plan.explain()).isEqualTo("""
                6 runners of at most 50
                GPU 0 (Card, GPU-00000000-0000-0000-0000-000000000000): 2 gpu_heavy; 16 GiB of 16 GiB promised; nothing keeps them out of each other's memory
                without GPU: 4 light
                cores: 12 of 12 promised; memory: 18 GiB of 32 GiB promised; disk: 0 B of 97.6 GiB promised
                gpu_max: 0 of 1 wanted, no GPU has room for one more
                light: 4 of 6 wanted, too few cores for one more
                the value of what was asked for is 28: no plan reaches more
                """);
    }
}
