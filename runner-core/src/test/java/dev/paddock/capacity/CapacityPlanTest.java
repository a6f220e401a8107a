package dev.paddock.capacity;

import static dev.paddock.capacity.Requests.ALL;
import static dev.paddock.capacity.Requests.gpu;
import static dev.paddock.capacity.Requests.on;
import static org.assertj.core.api.Assertions.assertThat;

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

/** What a plan holds. */
class CapacityPlanTest {
    private static final CapacityPlanner PLANNER = CapacityPlanner.exact();

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
    @DisplayName("RL-R18: Labels follow from the device; the old meaning of gpu-2 can be had")
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
    @DisplayName("A mix is short of what has no room for one more, and of nothing else")
    void mixShortfalls() {
        var mix = Map.of(gpu("g", 8192), 1, RunnerProfile.of("c"), 1);
        var plan = PLANNER.plan(
                Hosts.host(24, 65_536, 16_384),
                CapacityRequest.mix(mix).settings(ALL).build());
        assertThat(plan.counts()).isEqualTo(Map.of("g", 2, "c", 2));
        assertThat(plan.shortfalls()).singleElement().satisfies(shortfall -> {
            assertThat(shortfall.wish().profile().name()).isEqualTo("g");
            assertThat(shortfall.placed()).isEqualTo(2);
            assertThat(shortfall.factor()).isEqualTo(LimitingFactor.GPU);
        });
    }

    @Test
    @DisplayName("A device is isolated as its runners are")
    void isolationOfDevices() {
        var own = RunnerProfile.builder("own").gpus(1).exclusive().build();
        var plan = PLANNER.plan(
                Hosts.host(24, 65_536, 16_384, 8192),
                CapacityRequest.demand(Map.of(own, 1, gpu("g", 16_384), 1))
                        .settings(ALL)
                        .build());
        assertThat(plan.devices())
                .extracting(CapacityPlan.DeviceUse::isolation)
                .containsExactly(Isolation.NONE, Isolation.EXCLUSIVE);
    }
}
