package dev.paddock.examples;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A host that there is not: two GPUs of 16 GiB, 24 cores, 64 GiB. */
final class TwoGpuHost {
    private TwoGpuHost() {}

    static HostInventory inventory() {
        Reading memory = Reading.of(64L << 30);
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("Linux", "6", "X64", "boot"),
                new HostInventory.Cpu("CPU", Reading.of(24), Reading.of(24), Reading.of(24_000), ""),
                new HostInventory.Memory(memory, memory, memory, memory, ""),
                HostInventory.Disk.unknown(Path.of("/"), Reading.notSupported()),
                gpus(),
                List.of(),
                List.of());
    }

    static List<GpuDevice> gpus() {
        return List.of(gpu(0), gpu(1));
    }

    private static GpuDevice gpu(int index) {
        return GpuDevice.builder("GPU-" + index, "NVIDIA A16")
                .index(index)
                .computeMode(ComputeMode.DEFAULT)
                .memory(memory())
                .build();
    }

    static GpuMemory memory() {
        Reading all = Reading.of(16L << 30);
        Reading none = Reading.of(0);
        return new GpuMemory(all, none, none, all, GpuMemory.Source.DETAILED);
    }
}
