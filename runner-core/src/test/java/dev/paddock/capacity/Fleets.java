package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Fleets to plan, and a validator that knows the rules and not the planner. */
final class Fleets {
    static final RunnerProfile LIGHT =
            RunnerProfile.builder("light").cores(1).memory(ByteSize.ofMiB(512)).build();
    static final RunnerProfile SMALL = RunnerProfile.builder("small")
            .gpuMemory(ByteSize.ofGiB(3))
            .cores(2)
            .memory(ByteSize.ofGiB(4))
            .build();
    static final RunnerProfile PART = RunnerProfile.builder("part")
            .mig("1g.10gb")
            .cores(2)
            .memory(ByteSize.ofGiB(8))
            .build();
    static final RunnerProfile HEAVY = RunnerProfile.builder("heavy")
            .gpuMemory(ByteSize.ofGiB(14))
            .cores(4)
            .memory(ByteSize.ofGiB(16))
            .build();
    static final RunnerProfile WHOLE = RunnerProfile.builder("whole")
            .gpuMemory(ByteSize.ofGB(40))
            .exclusive()
            .cores(8)
            .memory(ByteSize.ofGiB(32))
            .build();
    static final List<RunnerProfile> PROFILES = List.of(LIGHT, SMALL, PART, HEAVY, WHOLE);

    private static final Reading NONE = Reading.notSupported();

    private Fleets() {}

    static HostInventory host(int cores, long gibibytes, GpuDevice... gpus) {
        Reading memory = Reading.of(gibibytes << 30);
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("", "", "X64", ""),
                new HostInventory.Cpu("", NONE, Reading.of(cores), Reading.of(cores * 1_000L), ""),
                new HostInventory.Memory(memory, memory, memory, memory, ""),
                HostInventory.Disk.unknown(Path.of("/work"), NONE),
                List.of(gpus),
                List.of(),
                List.of());
    }

    static GpuDevice gpu(String id, int index, long mebibytes, long usedMebibytes) {
        return GpuDevice.builder(id, "GPU of " + mebibytes)
                .index(index)
                .memory(memory(mebibytes, 500, usedMebibytes))
                .build();
    }

    private static GpuMemory memory(long total, long reserved, long used) {
        return new GpuMemory(
                Reading.of(total << 20),
                Reading.of(reserved << 20),
                Reading.of(used << 20),
                Reading.of(total - reserved - used << 20),
                GpuMemory.Source.DETAILED);
    }

    private static GpuDevice partitioned(GpuDevice gpu) {
        List<MigDevice> parts = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            parts.add(
                    new MigDevice(gpu.id().replace("GPU", "MIG") + "-" + i, "1g.10gb", 7 + i, 0, memory(9_984, 0, 0)));
        }
        return gpu.toBuilder()
                .migMode(GpuDevice.MigMode.ENABLED)
                .migDevices(parts)
                .build();
    }

    /** Hosts of eight GPUs of five sizes, half of those of 80 GB partitioned; half of the hosts lack cores or memory. */
    static SortedMap<String, HostInventory> random(Random random, int hosts) {
        long[] sizes = {16_384, 24_576, 40_960, 81_559, 143_771};
        SortedMap<String, HostInventory> fleet = new TreeMap<>();
        for (int h = 0; h < hosts; h++) {
            GpuDevice[] gpus = new GpuDevice[8];
            for (int g = 0; g < gpus.length; g++) {
                int size = random.nextInt(sizes.length);
                gpus[g] = gpu("GPU-%05d-%d".formatted(h, g), g, sizes[size], random.nextInt(400));
                gpus[g] = size == 3 && random.nextBoolean() ? partitioned(gpus[g]) : gpus[g];
            }
            int cores = h % 4 == 0 ? 24 + random.nextInt(40) : 256;
            int memory = h % 4 == 2 ? 64 + random.nextInt(128) : 2_048;
            fleet.put("host-%05d".formatted(h), host(cores, memory, gpus));
        }
        return fleet;
    }

    static CapacityRequest demand(int... counts) {
        Map<RunnerProfile, Integer> wanted = new HashMap<>();
        for (int i = 0; i < counts.length; i++) {
            wanted.put(PROFILES.get(i), counts[i]);
        }
        return CapacityRequest.demand(wanted).build();
    }

    /** Adds up every host's runners by the rules of the default settings, and the whole by what was wanted. */
    static void check(SortedMap<String, HostInventory> hosts, FleetPlan plan, CapacityRequest request) {
        Map<RunnerProfile, Integer> placed = new HashMap<>();
        assertThat(plan.hosts()).containsExactlyElementsOf(hosts.keySet());
        for (String name : plan.hosts()) {
            List<RunnerSlot> slots = plan.plan(name).slots();
            slots.forEach(slot -> placed.merge(slot.profile(), 1, Integer::sum));
            check(hosts.get(name), slots, request.maxRunners());
        }
        Map<String, Integer> names = new TreeMap<>();
        double value = 0;
        for (CapacityRequest.Wish wish : request.wishes()) {
            int count = placed.getOrDefault(wish.profile(), 0);
            assertThat(count).as(wish.profile().name()).isLessThanOrEqualTo(wish.count());
            value += count * wish.profile().weight();
            if (count > 0) {
                names.put(wish.profile().name(), count);
            }
        }
        assertThat(plan.counts()).isEqualTo(names);
        if (request.objective() == CapacityRequest.Objective.DEMAND) {
            assertThat(plan.optimality().value()).isCloseTo(value, org.assertj.core.data.Offset.offset(1e-6));
        }
    }

    private static void check(HostInventory host, List<RunnerSlot> slots, int maxRunners) {
        long cores = 0;
        double memory = 0;
        Map<String, Long> used = new HashMap<>();
        Map<String, Integer> owners = new HashMap<>();
        Map<String, Integer> all = new HashMap<>();
        for (RunnerSlot slot : slots) {
            RunnerProfile profile = slot.profile();
            cores += profile.cores();
            memory += profile.memory().bytes();
            assertThat(slot.devices()).hasSize(profile.gpus());
            for (String device : slot.devices()) {
                all.merge(device, 1, Integer::sum);
                if (profile.exclusive() || device.startsWith("MIG-")) {
                    owners.merge(device, 1, Integer::sum);
                } else {
                    used.merge(device, profile.gpuMemory().bytes() + (512L << 20), Long::sum);
                }
                assertThat(holds(host, device, profile))
                        .as("%s on %s", profile, device)
                        .isTrue();
            }
        }
        owners.keySet().forEach(device -> assertThat(all).containsEntry(device, 1));
        for (GpuDevice gpu : host.gpus()) {
            double total = gpu.memory().total().orElse(0);
            assertThat((double) used.getOrDefault(gpu.id(), 0L))
                    .isLessThanOrEqualTo(gpu.memory().free().orElse(0) - 0.03 * total);
        }
        assertThat(cores * 1_000).isLessThanOrEqualTo(host.cpu().effective().orElse(0));
        assertThat(memory)
                .isLessThanOrEqualTo(0.9 * host.memory().effectiveTotal().orElse(0));
        assertThat(slots).hasSizeLessThanOrEqualTo(maxRunners);
        assertThat(slots.stream().map(RunnerSlot::number)).doesNotHaveDuplicates();
    }

    /** Whether a device is of the kind, and at least of the size, that a runner needs. */
    private static boolean holds(HostInventory host, String device, RunnerProfile profile) {
        for (GpuDevice gpu : host.gpus()) {
            boolean partitioned = gpu.migMode() == GpuDevice.MigMode.ENABLED;
            if (gpu.id().equals(device)) {
                return !partitioned
                        && gpu.state() == GpuDevice.State.AVAILABLE
                        && profile.mig().isEmpty()
                        && (!profile.exclusive()
                                || gpu.memory().total().orElse(0)
                                        >= 0.92 * profile.gpuMemory().bytes());
            }
            for (MigDevice part : gpu.migDevices()) {
                if (part.id().equals(device)) {
                    return partitioned
                            && !profile.exclusive()
                            && (profile.mig().equals(part.profile())
                                    || profile.mig().isEmpty()
                                            && profile.gpuMemory().bytes() < 9_000L << 20);
                }
            }
        }
        return false;
    }
}
