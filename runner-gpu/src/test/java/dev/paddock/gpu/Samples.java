package dev.paddock.gpu;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import java.util.List;

/** A GPU that is well, and changes to it. */
final class Samples {
    static final String ID = "GPU-1";

    private Samples() {}

    static GpuDevice.Builder device() {
        return GpuDevice.builder(ID, "NVIDIA H100 80GB HBM3")
                .index(0)
                .computeMode(ComputeMode.DEFAULT)
                .migMode(GpuDevice.MigMode.DISABLED)
                .memory(memory(0));
    }

    static GpuMemory memory(long usedMiB) {
        return new GpuMemory(
                mebibytes(81_559),
                mebibytes(479),
                mebibytes(usedMiB),
                mebibytes(81_080 - usedMiB),
                GpuMemory.Source.DETAILED);
    }

    private static Reading mebibytes(long value) {
        return Reading.of(value << 20);
    }

    static GpuSample.Activity activity(long temperature, long reasons) {
        return new GpuSample.Activity(
                Reading.of(0),
                Reading.of(temperature),
                Reading.of(87),
                Reading.of(90),
                Reading.notSupported(),
                Reading.of(70_000),
                Reading.of(700_000),
                Reading.of(1980),
                Reading.of(reasons),
                Reading.of(1));
    }

    static GpuSample.Faults faults() {
        Reading none = Reading.of(0);
        return new GpuSample.Faults(none, none, none, none, none, none, none, none);
    }

    static GpuSample sample() {
        return sample(activity(35, 0));
    }

    static GpuSample sample(GpuSample.Activity activity) {
        return new GpuSample(ID, GpuDevice.State.AVAILABLE, memory(0), activity, faults(), List.of(), true);
    }

    static GpuSample sample(GpuSample.Faults faults) {
        return new GpuSample(ID, GpuDevice.State.AVAILABLE, memory(0), activity(35, 0), faults, List.of(), true);
    }

    static GpuSample sample(GpuMemory memory, List<GpuProcess> processes, boolean seen) {
        return new GpuSample(ID, GpuDevice.State.AVAILABLE, memory, activity(35, 0), faults(), processes, seen);
    }
}
