package dev.paddock.gpu.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Asks Intel's xpu-smi: a list of the devices, then each of them for its memory. */
public final class XpuSmiSource extends ToolSource {
    private static final long MIB = 1 << 20;

    /**
     * A source that asks xpu-smi.
     *
     * @param commands what runs it
     * @param deadline how long an inventory or a sample may take
     */
    public XpuSmiSource(CommandRunner commands, Duration deadline) {
        super("xpu-smi", commands, deadline);
    }

    @Override
    List<Told> ask(long end, Problem problem) {
        Result listing = run(end, "xpu-smi", "discovery", "-j");
        List<Told> told = new ArrayList<>();
        for (JsonNode listed : list(ToolJson.parse(listing.output()))) {
            Reading index = ToolJson.number(ToolJson.get(listed, "device_id"), 1);
            String detail = index.isKnown() && told.size() < 64
                    ? run(end, "xpu-smi", "discovery", "-d", String.valueOf(index.orElse(0)), "-j")
                            .output()
                    : "";
            told.add(told(listed, ToolJson.parse(detail), told.size()));
        }
        if (told.isEmpty()) {
            problem.is(listing);
        }
        return told;
    }

    /** The devices of a listing; parts of a card that a guest may have are none. */
    static List<JsonNode> list(JsonNode root) {
        List<JsonNode> devices = new ArrayList<>();
        for (JsonNode each : root.isArray() ? root : ToolJson.get(root, "device_list")) {
            boolean part =
                    ToolJson.text(ToolJson.get(each, "device_function_type")).equals("virtual");
            if (each.isObject() && !part && devices.size() < 1024) {
                devices.add(each);
            }
        }
        return devices;
    }

    static Told told(JsonNode listed, JsonNode detail, int place) {
        String bus = PciAddress.normal(either(listed, detail, "pci_bdf_address"));
        Reading total = memory(detail, "memory_physical_size").isKnown()
                ? memory(detail, "memory_physical_size")
                : memory(listed, "memory_physical_size");
        Reading free = memory(detail, "memory_free_size");
        Reading none = Reading.notSupported();
        Reading used =
                total.isKnown() && free.isKnown() ? Reading.of(Math.max(0, total.orElse(0) - free.orElse(0))) : none;
        GpuMemory memory = new GpuMemory(
                total,
                total.isKnown() ? Reading.of(0) : none,
                used,
                free,
                total.isKnown() ? Source.DETAILED : Source.NONE);
        long index = ToolJson.number(ToolJson.get(listed, "device_id"), 1).orElse(place);
        GpuDevice device = GpuDevice.builder(
                        bus.isEmpty() ? "intel-" + index : bus, either(listed, detail, "device_name"))
                .vendor(GpuVendor.INTEL)
                .index((int) Math.max(-1, Math.min(index, 1 << 20)))
                .busId(bus)
                .memory(memory)
                .build();
        return new Told(
                device, GpuSample.Activity.unknown(none), ToolJson.text(ToolJson.get(detail, "driver_version")));
    }

    private static Reading memory(JsonNode node, String name) {
        Reading bytes = ToolJson.bytes(ToolJson.get(node, name + "_byte"), 1);
        return bytes.isKnown() ? bytes : ToolJson.bytes(ToolJson.get(node, name), MIB);
    }

    private static String either(JsonNode one, JsonNode other, String name) {
        String text = ToolJson.text(ToolJson.get(one, name));
        return text.isEmpty() ? ToolJson.text(ToolJson.get(other, name)) : text;
    }

    @Override
    Optional<GpuReport> meaning(String said) {
        return said.toLowerCase(Locale.ROOT).contains("no device")
                ? Optional.of(GpuReport.none(name(), State.NO_GPUS, firstLine(said), ""))
                : Optional.empty();
    }
}
