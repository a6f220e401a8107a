package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

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

    /**
     * A GPU that is not as it was.
     *
     * @param id {@link GpuDevice#id}
     * @param before empty if it is new
     * @param after empty if it is gone
     */
    public record Change(String id, Optional<GpuDevice> before, Optional<GpuDevice> after) {
        /** Checks for nulls. */
        public Change {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(before, "before");
            Objects.requireNonNull(after, "after");
        }
    }

    /**
     * What is different from an earlier inventory, this boot's or another's. GPUs are told apart by their ids; their order
     * and how much of their memory is in use are no difference.
     *
     * @param earlier of the same host
     * @return one for each GPU that is new, gone or described otherwise; empty if none is
     */
    public List<Change> changesSince(GpuInventory earlier) {
        Map<String, GpuDevice> before = new LinkedHashMap<>();
        earlier.devices().forEach(device -> before.put(device.id(), device));
        List<Change> changes = new ArrayList<>();
        for (GpuDevice now : devices) {
            GpuDevice then = before.remove(now.id());
            if (then == null || !lasting(then).equals(lasting(now))) {
                changes.add(new Change(now.id(), Optional.ofNullable(then), Optional.of(now)));
            }
        }
        before.forEach((id, gone) -> changes.add(new Change(id, Optional.of(gone), Optional.empty())));
        return List.copyOf(changes);
    }

    private static GpuDevice lasting(GpuDevice device) {
        return device.toBuilder()
                .index(-1)
                .memory(lasting(device.memory()))
                .migDevices(device.migDevices().stream()
                        .map(part -> new MigDevice(
                                part.id(),
                                part.profile(),
                                part.gpuInstance(),
                                part.computeInstance(),
                                lasting(part.memory())))
                        .toList())
                .build();
    }

    private static GpuMemory lasting(GpuMemory memory) {
        Reading any = Reading.notSupported();
        return new GpuMemory(memory.total(), memory.reserved(), any, any, memory.source());
    }
}
