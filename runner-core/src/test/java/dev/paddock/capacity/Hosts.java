package dev.paddock.capacity;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Hosts to plan. Sizes are MiB. */
public final class Hosts {
    private static final long[] CARDS = {
        6144, 8192, 10_240, 11_264, 12_288, 15_360, 16_384, 23_028, 24_576, 32_768, 46_068, 49_152, 81_559, 81_920
    };
    private static final Reading UNKNOWN = Reading.notSupported();

    private Hosts() {}

    /** A host with all its memory free, of whose disk nothing is known. */
    public static HostInventory host(int cores, long memory, long... gpus) {
        List<GpuDevice> devices = new ArrayList<>();
        for (int i = 0; i < gpus.length; i++) {
            devices.add(gpu(i, gpus[i]).build());
        }
        return host(cores, memory, -1, devices);
    }

    /** The same with a disk; negative for one of which nothing is known. */
    public static HostInventory host(int cores, long memory, long disk, List<GpuDevice> gpus) {
        Path folder = Path.of("/work");
        Reading ram = Reading.of(memory << 20);
        Reading free = Reading.of(disk << 20);
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("Linux", "1", "X64", ""),
                new HostInventory.Cpu("", Reading.of(cores), Reading.of(cores), Reading.of(cores * 1000L), ""),
                new HostInventory.Memory(ram, ram, ram, ram, ""),
                disk < 0
                        ? HostInventory.Disk.unknown(folder, UNKNOWN)
                        : new HostInventory.Disk(folder, folder, "ext4", free, free, UNKNOWN, UNKNOWN),
                gpus,
                List.of(),
                List.of());
    }

    /** The UUID of the GPU of an index. */
    public static String id(int index) {
        return "GPU-%08d-0000-0000-0000-000000000000".formatted(index);
    }

    /** An NVIDIA GPU with all its memory free. */
    public static GpuDevice.Builder gpu(int index, long size) {
        return GpuDevice.builder(id(index), "Card").index(index).memory(memory(size, 0, 0));
    }

    /** Memory of which the driver keeps some and others use some. */
    public static GpuMemory memory(long total, long reserved, long used) {
        return new GpuMemory(
                Reading.of(total << 20),
                Reading.of(reserved << 20),
                Reading.of(used << 20),
                Reading.of((total - reserved - used) << 20),
                GpuMemory.Source.DETAILED);
    }

    /** A partitioned GPU. */
    public static GpuDevice.Builder partitioned(int index, MigDevice... parts) {
        return gpu(index, 81_559).migMode(GpuDevice.MigMode.ENABLED).migDevices(List.of(parts));
    }

    /** A part of a GPU. */
    public static MigDevice mig(int gpu, int instance, String profile, long size) {
        return new MigDevice("MIG-%d-%d".formatted(gpu, instance), profile, instance, 0, memory(size, 0, 0));
    }

    /** Any host of up to so many GPUs. */
    static HostInventory random(Random random, int mostGpus) {
        List<GpuDevice> gpus = new ArrayList<>();
        int count = random.nextInt(mostGpus + 1);
        long same = card(random);
        boolean alike = random.nextBoolean();
        for (int i = 0; i < count; i++) {
            gpus.add(gpu(i, alike ? same : card(random)).build());
        }
        long disk = random.nextBoolean() ? -1 : 20_000 + random.nextInt(1_000_000);
        return host(2 + random.nextInt(127), 4096 + random.nextInt(262_144), disk, gpus);
    }

    private static long card(Random random) {
        long size = CARDS[random.nextInt(CARDS.length)];
        return random.nextInt(4) == 0 ? size - random.nextInt(4000) : size;
    }

    /** Any profiles. */
    static List<RunnerProfile> profiles(Random random, int count) {
        List<RunnerProfile> profiles = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var profile = RunnerProfile.builder("p" + i)
                    .cores(random.nextInt(7))
                    .memory(ByteSize.ofMiB(256L * random.nextInt(64)))
                    .disk(ByteSize.ofMiB(1000L * random.nextInt(20)));
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> profile.gpuMemory(ByteSize.ofMiB(500 + random.nextInt(16_000)));
                case 5 ->
                    profile.gpuMemory(ByteSize.ofMiB(2000 + random.nextInt(40_000)))
                            .exclusive();
                case 6 ->
                    profile.gpuMemory(ByteSize.ofMiB(500 + random.nextInt(20_000)))
                            .gpus(2 + random.nextInt(2));
                default -> {}
            }
            if (random.nextInt(3) == 0) {
                profile.weight(0.1 + random.nextInt(2000) / 100.0);
            }
            profiles.add(profile.build());
        }
        return profiles;
    }
}
