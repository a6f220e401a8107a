package dev.paddock.capacity;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Hosts to plan. Sizes are MiB. */
public final class Hosts {
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
}
