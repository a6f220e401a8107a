package dev.paddock.benchmarks;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Hosts on paper. */
final class PlanHosts {
    private PlanHosts() {}

    /** A host with so many cores and MiB of memory, all of it free, and GPUs of so many MiB. */
    static HostInventory host(String name, int cores, long memory, int... gpus) {
        Reading none = Reading.notSupported();
        Reading bytes = Reading.of(memory << 20);
        List<GpuDevice> devices = new ArrayList<>();
        for (int i = 0; i < gpus.length; i++) {
            devices.add(GpuDevice.builder("GPU-" + name + "-" + i, "NVIDIA GPU of " + gpus[i] + " MiB")
                    .index(i)
                    .memory(gpu((long) gpus[i] << 20))
                    .build());
        }
        return new HostInventory(
                Instant.EPOCH,
                new HostInventory.Platform("Linux", "", "X64", ""),
                new HostInventory.Cpu("", Reading.of(cores), Reading.of(cores), Reading.of(cores * 1000L), ""),
                new HostInventory.Memory(bytes, bytes, bytes, bytes, ""),
                new HostInventory.Disk(Path.of("/"), Path.of("/"), "", none, none, none, none),
                devices,
                List.of(),
                List.of());
    }

    private static GpuMemory gpu(long bytes) {
        return new GpuMemory(
                Reading.of(bytes), Reading.of(0), Reading.of(0), Reading.of(bytes), GpuMemory.Source.DETAILED);
    }

    /** So many equal GPUs. */
    static int[] equal(int count, int mebibytes) {
        int[] gpus = new int[count];
        Arrays.fill(gpus, mebibytes);
        return gpus;
    }
}
