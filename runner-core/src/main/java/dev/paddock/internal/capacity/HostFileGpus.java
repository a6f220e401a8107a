package dev.paddock.internal.capacity;

import dev.paddock.ByteSize;
import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuDevice.MigMode;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.Reading;
import dev.paddock.internal.multirunner.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The GPUs of a host file. */
final class HostFileGpus {
    private static final int MOST_GPUS = 1024;
    private static final String[] KEYS = {
        "id",
        "index",
        "vendor",
        "name",
        "busId",
        "state",
        "reason",
        "schedulable",
        "computeCapability",
        "computeMode",
        "migMode",
        "numaNode",
        "linkGroup",
        "memory",
        "migDevices",
        "migProfiles"
    };

    private final Fields root;
    private final Set<String> ids = new TreeSet<>();
    private final Set<String> indices = new TreeSet<>();
    private long mostMemory;

    HostFileGpus(Fields root) {
        this.root = root;
    }

    List<GpuDevice> devices(long mostMemory) {
        this.mostMemory = mostMemory;
        List<Fields> all = root.objects("gpus");
        if (all.size() > MOST_GPUS) {
            throw root.problem().apply("gpus has " + all.size() + " entries, and a host has at most " + MOST_GPUS);
        }
        List<GpuDevice> devices = new ArrayList<>();
        for (Fields each : all) {
            devices.add(each.checked(() -> device(each, devices.size())));
        }
        return devices;
    }

    private GpuDevice device(Fields from, int position) {
        from.only(KEYS);
        int index = (int) from.number("index", position, -1, 65_535);
        if (index >= 0 && !indices.add(from.word("vendor", GpuVendor.NVIDIA) + " " + index)) {
            throw from.wrong("index", "another: index " + index + " is there twice");
        }
        from.flag("schedulable"); // follows from the rest
        List<MigDevice> parts = new ArrayList<>();
        GpuMemory memory = memory(from);
        from.objects("migDevices").forEach(part -> parts.add(part(part, memory.total())));
        List<MigProfile> profiles = new ArrayList<>();
        from.objects("migProfiles").forEach(profile -> profiles.add(profile(profile)));
        return GpuDevice.builder(unique(from), from.text("name", "GPU"))
                .index(index)
                .vendor(from.word("vendor", GpuVendor.NVIDIA))
                .busId(from.text("busId", ""))
                .state(from.word("state", GpuDevice.State.AVAILABLE), from.text("reason", ""))
                .memory(memory)
                .computeCapability(from.text("computeCapability", ""))
                .computeMode(from.word("computeMode", ComputeMode.UNKNOWN))
                .migMode(from.word("migMode", parts.isEmpty() ? MigMode.NOT_SUPPORTED : MigMode.ENABLED))
                .migDevices(parts)
                .migProfiles(profiles)
                .numaNode((int) from.number("numaNode", -1, -1, 65_535))
                .linkGroup(from.text("linkGroup", ""))
                .build();
    }

    private String unique(Fields from) {
        String id = from.requiredText("id");
        if (!ids.add(id)) {
            throw from.wrong("id", "another: two devices have it");
        }
        return id;
    }

    private GpuMemory memory(Fields gpu) {
        if (!gpu.has("memory")) {
            throw gpu.wrong("memory", "a size from 1 to " + mostMemory + " bytes, or an object");
        }
        if (!gpu.isObject("memory")) {
            return all(gpu.size("memory", 1, mostMemory));
        }
        Fields from = gpu.required("memory");
        from.only("total", "reserved", "used", "free", "schedulable", "source", "missing");
        if (from.has("missing")) {
            return GpuMemory.unknown(gpu.size("memory", 1, mostMemory));
        }
        Reading total = from.size("total", 1, mostMemory);
        Reading free = from.has("free") ? from.size("free", 0, mostMemory) : total;
        for (String part : List.of("free", "used", "reserved")) {
            if (from.size(part, 0, mostMemory).orElse(0) > total.orElse(mostMemory)) {
                throw from.wrong(part, "at most the total, " + total);
            }
        }
        return new GpuMemory(
                total,
                from.size("reserved", 0, mostMemory),
                from.size("used", 0, mostMemory),
                free,
                from.word("source", GpuMemory.Source.LEGACY));
    }

    /** All of it free. */
    private static GpuMemory all(Reading total) {
        return total.isKnown()
                ? new GpuMemory(total, Reading.notSupported(), Reading.of(0), total, GpuMemory.Source.LEGACY)
                : GpuMemory.unknown(total);
    }

    private MigDevice part(Fields from, Reading whole) {
        from.only("id", "profile", "gpuInstance", "computeInstance", "memory");
        Reading memory = from.size("memory", 1, mostMemory);
        if (memory.orElse(0) > whole.orElse(mostMemory)) {
            throw from.wrong("memory", "at most the GPU's, " + whole);
        }
        return new MigDevice(
                unique(from),
                from.requiredText("profile"),
                (int) from.number("gpuInstance", -1, -1, 65_535),
                (int) from.number("computeInstance", -1, -1, 65_535),
                all(memory));
    }

    private MigProfile profile(Fields from) {
        from.only("name", "id", "computeSlices", "memory", "maxInstances", "placements");
        List<MigProfile.Placement> places = new ArrayList<>();
        for (Fields place : from.objects("placements")) {
            place.only("start", "size");
            places.add(new MigProfile.Placement(
                    (int) place.number("start", 0, 0, 64), (int) place.number("size", 1, 1, 64)));
        }
        return new MigProfile(
                from.text("name", ""),
                (int) from.number("id", -1, -1, 65_535),
                (int) from.number("computeSlices", 0, 0, 64),
                new ByteSize(from.size("memory", 1, mostMemory).orElse(0)),
                (int) from.number("maxInstances", 0, 0, 64),
                from.has("placements") ? Optional.of(places) : Optional.empty());
    }
}
