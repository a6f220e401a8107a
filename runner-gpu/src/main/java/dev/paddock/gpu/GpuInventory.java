package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * The GPUs of a host, and how it came to know them. Immutable.
 *
 * @param takenAt when
 * @param devices those of the vendors' drivers in their order, then those that only the bus tells of; one that cannot be
 *     used is among them, with its state and its reason
 * @param reports what each way of asking said, in the order in which they were asked
 * @param notes what a person should know, one line each, such as devices hidden by a variable; often empty
 */
public record GpuInventory(Instant takenAt, List<GpuDevice> devices, List<GpuReport> reports, List<String> notes) {
    /** Checks for nulls and copies. */
    public GpuInventory {
        Objects.requireNonNull(takenAt, "takenAt");
        devices = List.copyOf(devices);
        reports = List.copyOf(reports);
        notes = List.copyOf(notes);
    }

    /**
     * The GPUs that may be given runners.
     *
     * @return those of {@link #devices} that are schedulable
     */
    public List<GpuDevice> schedulable() {
        return devices.stream().filter(GpuDevice::isSchedulable).toList();
    }
}
