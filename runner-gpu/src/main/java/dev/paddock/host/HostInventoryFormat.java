package dev.paddock.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.ByteSize;
import dev.paddock.capacity.ArchitectureSupport;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.Reading;
import java.util.Locale;
import java.util.stream.Collectors;

/** An inventory for people and for programs. */
public final class HostInventoryFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HostInventoryFormat() {}

    /**
     * A few lines for a person: what the host has, and in brackets what bounds it.
     *
     * @param host the inventory
     * @return lines that end with a line feed
     */
    public static String text(HostInventory host) {
        StringBuilder text = new StringBuilder();
        HostInventory.Platform platform = host.platform();
        line(text, "system", platform.name() + " " + platform.version() + ", " + platform.architecture());
        HostInventory.Cpu cpu = host.cpu();
        line(
                text,
                "cpu",
                cpu.name() + ", " + cpu.logical() + " threads, usable " + thousandths(cpu.effective())
                        + bound(cpu.limit()));
        HostInventory.Memory memory = host.memory();
        line(
                text,
                "memory",
                size(memory.total()) + ", usable " + size(memory.effectiveTotal()) + ", free "
                        + size(memory.effectiveAvailable()) + bound(memory.limit()));
        HostInventory.Disk disk = host.disk();
        line(text, "disk", size(disk.usable()) + " usable of " + size(disk.total()) + " at " + disk.measuredAt());
        for (GpuDevice gpu : host.gpus()) {
            line(text, "gpu " + (gpu.index() < 0 ? "-" : String.valueOf(gpu.index())), gpu(gpu));
            if (!gpu.migProfiles().isEmpty()) {
                line(text, "", "can be partitioned into " + profiles(gpu));
            }
            for (MigDevice part : gpu.migDevices()) {
                line(
                        text,
                        "",
                        part.id() + " " + part.profile() + ", "
                                + size(part.memory().schedulable()));
            }
        }
        if (host.gpus().isEmpty()) {
            line(text, "gpus", "none");
        }
        for (ArchitectureSupport support : host.architectures()) {
            line(text, "runs", support.architecture() + ": " + support.kind() + ", " + support.message());
        }
        host.notes().forEach(note -> line(text, "note", note));
        return text.toString();
    }

    private static void line(StringBuilder text, String what, String value) {
        text.append(String.format(Locale.ROOT, "%-8s %s\n", what, value));
    }

    private static String gpu(GpuDevice gpu) {
        return gpu.id() + " " + gpu.name() + ", " + size(gpu.memory().schedulable()) + " for runners, "
                + (gpu.isSchedulable() ? "usable" : "not usable: " + gpu.state() + " " + gpu.reason());
    }

    private static String profiles(GpuDevice gpu) {
        return gpu.migProfiles().stream()
                .map(each -> each.maxInstances() + " × "
                        + (each.name().isEmpty() ? each.memory().toString() : each.name()))
                .collect(Collectors.joining(", "));
    }

    private static String bound(String limit) {
        return limit.isEmpty() ? "" : " [" + limit + "]";
    }

    private static String size(Reading bytes) {
        return bytes.isKnown() ? new ByteSize(bytes.orElse(0)).toString() : bytes.toString();
    }

    private static String thousandths(Reading thousandths) {
        return thousandths.isKnown()
                ? String.format(Locale.ROOT, "%.1f", thousandths.orElse(0) / 1000.0)
                : thousandths.toString();
    }

    /**
     * One JSON object with the names of {@link HostInventory}'s parts. Sizes are bytes, CPUs thousandths of a thread. A
     * number that is not known is an object with the reason: {@code {"missing": "not supported"}}.
     *
     * @param host the inventory
     * @return a document of several lines
     */
    public static String json(HostInventory host) {
        ObjectNode root = JSON.createObjectNode().put("takenAt", host.takenAt().toString());
        root.putObject("platform")
                .put("name", host.platform().name())
                .put("version", host.platform().version())
                .put("architecture", host.platform().architecture());
        HostInventory.Cpu cpu = host.cpu();
        ObjectNode cpuNode = root.putObject("cpu").put("name", cpu.name());
        put(cpuNode, "physical", cpu.physical());
        put(cpuNode, "logical", cpu.logical());
        put(cpuNode, "effective", cpu.effective());
        cpuNode.put("limit", cpu.limit());
        HostInventory.Memory memory = host.memory();
        ObjectNode memoryNode = root.putObject("memory");
        put(memoryNode, "total", memory.total());
        put(memoryNode, "available", memory.available());
        put(memoryNode, "effectiveTotal", memory.effectiveTotal());
        put(memoryNode, "effectiveAvailable", memory.effectiveAvailable());
        memoryNode.put("limit", memory.limit());
        HostInventory.Disk disk = host.disk();
        ObjectNode diskNode = root.putObject("disk")
                .put("folder", disk.folder().toString())
                .put("measuredAt", disk.measuredAt().toString());
        put(diskNode, "total", disk.total());
        put(diskNode, "usable", disk.usable());
        put(diskNode, "inodes", disk.inodes());
        put(diskNode, "freeInodes", disk.freeInodes());
        ArrayNode gpus = root.putArray("gpus");
        host.gpus().forEach(gpu -> put(gpus.addObject(), gpu));
        ArrayNode architectures = root.putArray("architectures");
        host.architectures()
                .forEach(support -> architectures
                        .addObject()
                        .put("architecture", support.architecture().toString())
                        .put("kind", support.kind().toString())
                        .put("containerCapable", support.containerCapable())
                        .put("message", support.message())
                        .put("remedy", support.remedy()));
        ArrayNode notes = root.putArray("notes");
        host.notes().forEach(notes::add);
        return written(root);
    }

    private static void put(ObjectNode node, GpuDevice gpu) {
        node.put("id", gpu.id())
                .put("index", gpu.index())
                .put("vendor", gpu.vendor().toString())
                .put("name", gpu.name())
                .put("busId", gpu.busId())
                .put("state", gpu.state().toString())
                .put("reason", gpu.reason())
                .put("schedulable", gpu.isSchedulable())
                .put("computeCapability", gpu.computeCapability())
                .put("computeMode", gpu.computeMode().toString())
                .put("migMode", gpu.migMode().toString())
                .put("numaNode", gpu.numaNode())
                .put("linkGroup", gpu.linkGroup());
        ObjectNode memory = node.putObject("memory");
        put(memory, "total", gpu.memory().total());
        put(memory, "reserved", gpu.memory().reserved());
        put(memory, "used", gpu.memory().used());
        put(memory, "free", gpu.memory().free());
        put(memory, "schedulable", gpu.memory().schedulable());
        memory.put("source", gpu.memory().source().toString());
        ArrayNode parts = node.putArray("migDevices");
        for (MigDevice part : gpu.migDevices()) {
            ObjectNode partNode = parts.addObject()
                    .put("id", part.id())
                    .put("profile", part.profile())
                    .put("gpuInstance", part.gpuInstance())
                    .put("computeInstance", part.computeInstance());
            put(partNode, "memory", part.memory().schedulable());
        }
        putProfiles(node.putArray("migProfiles"), gpu);
    }

    private static void putProfiles(ArrayNode profiles, GpuDevice gpu) {
        for (MigProfile profile : gpu.migProfiles()) {
            ObjectNode profileNode = profiles.addObject()
                    .put("name", profile.name())
                    .put("id", profile.id())
                    .put("computeSlices", profile.computeSlices())
                    .put("memory", profile.memory().bytes())
                    .put("maxInstances", profile.maxInstances());
            profile.placements().ifPresent(placements -> {
                ArrayNode starts = profileNode.putArray("placements");
                placements.forEach(
                        place -> starts.addObject().put("start", place.start()).put("size", place.size()));
            });
        }
    }

    private static void put(ObjectNode node, String name, Reading reading) {
        if (reading.isKnown()) {
            node.put(name, reading.orElse(0));
        } else {
            node.putObject(name).put("missing", reading.toString());
        }
    }

    private static String written(ObjectNode root) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a tree of plain values was not written", impossible);
        }
    }
}
