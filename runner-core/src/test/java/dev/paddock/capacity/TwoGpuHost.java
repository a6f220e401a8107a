package dev.paddock.capacity;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A host with two GPUs of 16 GiB and all that one could want besides. */
final class TwoGpuHost {
    private static final Reading PLENTY = Reading.of(1L << 40);

    private TwoGpuHost() {}

    static HostInventory of(String... gpus) {
        var devices = new GpuDevice[gpus.length];
        for (int i = 0; i < gpus.length; i++) {
            devices[i] = gpu(gpus[i], i).build();
        }
        return of(devices);
    }

    static HostInventory of(GpuDevice... gpus) {
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("Linux", "6", "X64", "boot"),
                new HostInventory.Cpu("CPU", Reading.of(64), Reading.of(64), Reading.of(64_000), ""),
                new HostInventory.Memory(PLENTY, PLENTY, PLENTY, PLENTY, ""),
                new HostInventory.Disk(Path.of("/"), Path.of("/"), "ext4", PLENTY, PLENTY, PLENTY, PLENTY),
                List.of(gpus),
                List.of(),
                List.of());
    }

    static GpuDevice.Builder gpu(String id, int index) {
        Reading all = Reading.of(16L << 30);
        Reading none = Reading.of(0);
        return GpuDevice.builder(id, "NVIDIA A16")
                .index(index)
                .computeMode(ComputeMode.DEFAULT)
                .memory(new GpuMemory(all, none, none, all, GpuMemory.Source.DETAILED));
    }
}
