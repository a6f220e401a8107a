package dev.paddock.capacity;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Hosts of any kind, partitioned GPUs among them, runners of any kind, and what may become of both. */
public final class RandomHosts {
    private static final long[] CARDS = {
        6144, 8192, 10_240, 11_264, 12_288, 15_360, 16_384, 23_028, 24_576, 32_768, 46_068, 49_152, 81_559, 81_920
    };
    private static final String[] PARTS = {"1g.10gb", "2g.20gb", "3g.40gb"};
    private static final long[] PART_SIZES = {9984, 20_096, 40_448};

    private RandomHosts() {}

    /** A host some time later: some of its runners are still there. */
    record Later(HostInventory host, List<RunnerSlot> held) {}

    /** Of up to so many GPUs. */
    public static HostInventory any(Random random, int mostGpus) {
        List<GpuDevice> gpus = new ArrayList<>();
        int count = random.nextInt(mostGpus + 1);
        long same = card(random);
        boolean alike = random.nextBoolean();
        boolean parts = random.nextInt(3) == 0;
        for (int i = 0; i < count; i++) {
            gpus.add(
                    parts && random.nextInt(3) == 0
                            ? partitioned(random, i)
                            : Hosts.gpu(i, alike ? same : card(random)).build());
        }
        long disk = random.nextBoolean() ? -1 : 20_000 + random.nextInt(1_000_000);
        return Hosts.host(2 + random.nextInt(127), 4096 + random.nextInt(262_144), disk, gpus);
    }

    /** Small enough to try everything. */
    static HostInventory small(Random random) {
        List<GpuDevice> gpus = new ArrayList<>();
        int count = random.nextInt(4);
        boolean parts = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            gpus.add(
                    parts && random.nextBoolean()
                            ? partitioned(random, i)
                            : Hosts.gpu(i, random.nextBoolean() ? 16_384 : 8192 + random.nextInt(30_000))
                                    .build());
        }
        long disk = random.nextBoolean() ? -1 : 10_000 + random.nextInt(100_000);
        return Hosts.host(1 + random.nextInt(24), 2048 + random.nextInt(65_536), disk, gpus);
    }

    private static long card(Random random) {
        long size = CARDS[random.nextInt(CARDS.length)];
        return random.nextInt(4) == 0 ? size - random.nextInt(4000) : size;
    }

    /** A GPU of up to three MIG devices; some share a GPU instance. */
    private static GpuDevice partitioned(Random random, int gpu) {
        var devices = new MigDevice[random.nextInt(4)];
        int instance = 0;
        for (int i = 0; i < devices.length; i++) {
            int of = random.nextInt(PARTS.length);
            instance += random.nextInt(5) == 0 ? 0 : 1;
            var memory = Hosts.memory(PART_SIZES[of], 0, 0);
            devices[i] = new MigDevice("MIG-%d-%d".formatted(gpu, i), PARTS[of], instance, i, memory);
        }
        return Hosts.partitioned(gpu, devices).build();
    }

    /** GPUs that are not easily filled; one may be much larger than the others. */
    public static HostInventory tight(Random random) {
        long[] cards = new long[3 + random.nextInt(2)];
        for (int i = 0; i < cards.length; i++) {
            cards[i] = i > 0 && random.nextBoolean() ? cards[i - 1] : 20_000 + random.nextInt(12_000);
        }
        cards[0] *= random.nextInt(3) == 0 ? 2 : 1;
        return Hosts.host(8 + random.nextInt(24), 1 << 20, cards);
    }

    /** Runners that take a third or so of a GPU, some of them of two or three GPUs. */
    public static List<RunnerProfile> large(Random random, int count) {
        List<RunnerProfile> profiles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            profiles.add(RunnerProfile.builder("p" + i)
                    .cores(random.nextInt(4))
                    .gpuMemory(ByteSize.ofMiB(4500 + random.nextInt(9000)))
                    .gpus(Math.max(1, random.nextInt(6) - 2))
                    .weight(1 + random.nextInt(500) / 100.0)
                    .build());
        }
        return profiles;
    }

    /** Runners of any kind. */
    public static List<RunnerProfile> profiles(Random random, int count) {
        List<RunnerProfile> profiles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            profiles.add(profile(random, "p" + i));
        }
        return profiles;
    }

    static RunnerProfile profile(Random random, String name) {
        var profile = RunnerProfile.builder(name)
                .cores(random.nextInt(7))
                .memory(ByteSize.ofMiB(256L * random.nextInt(64)))
                .disk(ByteSize.ofMiB(1000L * random.nextInt(20)));
        switch (random.nextInt(11)) {
            case 0, 1, 2, 3, 4 ->
                profile.gpuMemory(ByteSize.ofMiB(500 + random.nextInt(16_000))).processes(1 + random.nextInt(5) / 4);
            case 5 ->
                profile.gpuMemory(ByteSize.ofMiB(2000 + random.nextInt(40_000))).exclusive();
            case 6 ->
                profile.gpuMemory(ByteSize.ofMiB(500 + random.nextInt(20_000))).gpus(2 + random.nextInt(2));
            case 7 -> profile.mig(PARTS[random.nextInt(PARTS.length)]);
            default -> {}
        }
        if (random.nextInt(3) == 0) {
            profile.weight(0.1 + random.nextInt(2000) / 100.0);
        }
        return profile.build();
    }

    /** How many of each are wanted, at most so many. */
    public static Map<RunnerProfile, Integer> counts(Random random, List<RunnerProfile> profiles, int most) {
        Map<RunnerProfile, Integer> counts = new LinkedHashMap<>();
        profiles.forEach(profile -> counts.put(profile, 1 + random.nextInt(most)));
        return counts;
    }

    /** A host, every other time with runners that an earlier plan put there. */
    static Later withHeld(Random random, HostInventory host, List<RunnerProfile> profiles, int most) {
        if (random.nextBoolean()) {
            return new Later(host, List.of());
        }
        List<RunnerProfile> earlier = new ArrayList<>(profiles);
        earlier.set(0, profile(random, "old"));
        var request = CapacityRequest.demand(counts(random, earlier, 4)).maxRunners(most);
        RunnerProfile last = earlier.get(earlier.size() - 1);
        if (last.gpus() < 2) {
            request.addOn(random.nextInt(3), last, 1);
        }
        return later(random, CapacityPlanner.exact().plan(host, request.build()));
    }

    /** Some runners ended, others' programs use memory, and at times a GPU failed, is gone or was partitioned. */
    private static Later later(Random random, CapacityPlan plan) {
        HostInventory host = plan.host();
        List<RunnerSlot> held =
                plan.slots().stream().filter(slot -> random.nextInt(5) < 3).toList();
        List<GpuDevice> gpus = new ArrayList<>(host.gpus());
        gpus.replaceAll(gpu -> inUse(random, gpu, held));
        if (!gpus.isEmpty() && random.nextInt(3) == 0) {
            int at = random.nextInt(gpus.size());
            switch (random.nextInt(3)) {
                case 0 -> gpus.remove(at);
                case 1 -> gpus.set(at, partitioned(random, gpus.get(at).index()));
                default ->
                    gpus.set(
                            at,
                            gpus.get(at).toBuilder()
                                    .state(GpuDevice.State.UNUSABLE, "it failed")
                                    .build());
            }
        }
        Reading ram = host.memory().effectiveTotal();
        Reading free = Reading.of((long) (ram.orElse(0) * (1 - random.nextInt(4) / 5.0)));
        return new Later(
                new HostInventory(
                        host.takenAt(),
                        host.platform(),
                        host.cpu(),
                        new HostInventory.Memory(ram, free, ram, free, ""),
                        host.disk(),
                        gpus,
                        List.of(),
                        List.of()),
                held);
    }

    /** Runners use up to what they were promised, and at times somebody else does too. */
    private static GpuDevice inUse(Random random, GpuDevice gpu, List<RunnerSlot> held) {
        if (gpu.migMode() == GpuDevice.MigMode.ENABLED) {
            return gpu;
        }
        long promised = held.stream()
                .filter(slot -> slot.devices().contains(gpu.id()))
                .mapToLong(slot -> slot.profile().gpuMemory().bytes() >> 20)
                .sum();
        long total = gpu.memory().total().orElse(0) >> 20;
        long others = random.nextInt(4) == 0 ? random.nextInt(6000) : 0;
        long used = Math.min(total, random.nextInt((int) promised + 1) + others);
        boolean told = random.nextBoolean();
        return gpu.toBuilder()
                .memory(new GpuMemory(
                        Reading.of(total << 20),
                        told ? Reading.of((long) random.nextInt(1500) << 20) : Reading.notSupported(),
                        Reading.of(used << 20),
                        Reading.of((total - used) << 20),
                        told ? GpuMemory.Source.DETAILED : GpuMemory.Source.LEGACY))
                .build();
    }
}
