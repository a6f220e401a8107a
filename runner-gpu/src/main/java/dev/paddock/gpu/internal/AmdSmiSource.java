package dev.paddock.gpu.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Asks AMD's tools: amd-smi, and rocm-smi where that is all there is. */
public final class AmdSmiSource extends ToolSource {
    private static final long MIB = 1 << 20;

    /**
     * A source that asks AMD's tools.
     *
     * @param commands what runs them
     * @param deadline how long an inventory or a sample may take
     */
    public AmdSmiSource(CommandRunner commands, Duration deadline) {
        super("amd-smi", commands, deadline);
    }

    @Override
    List<Told> ask(long end, Problem problem) {
        Result fixed = run(end, "amd-smi", "static", "--json");
        Result moving = fixed.isSuccess() ? run(end, "amd-smi", "metric", "--json") : fixed;
        List<Told> told = amdSmi(fixed.output(), moving.output(), "");
        if (told.stream().anyMatch(each -> each.device().busId().isEmpty())) {
            Result listed = run(end, "amd-smi", "list", "--json");
            told = amdSmi(fixed.output(), moving.output(), listed.output());
        }
        if (!told.isEmpty()) {
            return told;
        }
        Result old = run(
                end,
                "rocm-smi",
                "--showproductname",
                "--showmeminfo",
                "vram",
                "--showuse",
                "--showtemp",
                "--showpower",
                "--showuniqueid",
                "--showbus",
                "--showdriverversion",
                "--json");
        told = rocmSmi(old.output());
        if (told.isEmpty()) {
            problem.is(fixed.outcome() == Outcome.ABSENT ? old : fixed);
        }
        return told;
    }

    /**
     * What {@code amd-smi} prints; releases differ in the frame and in some names.
     *
     * @param fixed of {@code static}
     * @param moving of {@code metric}; may be empty
     * @param listed of {@code list}: some releases tell addresses only there; may be empty
     */
    static List<Told> amdSmi(String fixed, String moving, String listed) {
        List<Told> told = new ArrayList<>();
        List<JsonNode> metrics = gpus(ToolJson.parse(moving));
        List<JsonNode> list = gpus(ToolJson.parse(listed));
        for (JsonNode gpu : gpus(ToolJson.parse(fixed))) {
            Reading index = ToolJson.number(ToolJson.get(gpu, "gpu"), 1);
            JsonNode metric = at(metrics, index);
            String bus = first(
                    address(ToolJson.path(gpu, "bus", "bdf")),
                    first(address(ToolJson.get(gpu, "bdf")), address(ToolJson.get(at(list, index), "bdf"))));
            JsonNode asic = ToolJson.get(gpu, "asic");
            String name = first(
                    ToolJson.text(ToolJson.get(asic, "market_name")),
                    ToolJson.text(ToolJson.path(gpu, "board", "product_name")));
            Reading total = ToolJson.bytes(ToolJson.path(gpu, "vram", "size"), MIB);
            if (!total.isKnown()) {
                total = first(
                        ToolJson.bytes(ToolJson.path(metric, "mem_usage", "total_vram"), MIB),
                        ToolJson.bytes(ToolJson.path(gpu, "vram", "size_mb"), MIB));
            }
            GpuMemory memory = memory(total, ToolJson.bytes(ToolJson.path(metric, "mem_usage", "used_vram"), MIB));
            String target = ToolJson.text(ToolJson.get(asic, "target_graphics_version"));
            if (bus.isEmpty() && name.isEmpty() && !total.isKnown()) {
                continue;
            }
            GpuDevice device = builder(
                            AmdFiles.id(ToolJson.text(ToolJson.get(asic, "asic_serial"))),
                            bus,
                            name,
                            index.orElse(told.size()),
                            memory)
                    .computeCapability(target)
                    .build();
            JsonNode temperature = ToolJson.get(metric, "temperature");
            JsonNode power = ToolJson.get(metric, "power");
            told.add(new Told(
                    device,
                    sample(
                            device,
                            ToolJson.number(ToolJson.path(metric, "usage", "gfx_activity"), 1),
                            first(
                                    ToolJson.number(ToolJson.get(temperature, "edge"), 1),
                                    ToolJson.number(ToolJson.get(temperature, "hotspot"), 1)),
                            ToolJson.number(
                                    ToolJson.get(power, "socket_power", "average_socket_power", "current_socket_power"),
                                    1000)),
                    ToolJson.text(ToolJson.path(gpu, "driver", "version"))));
        }
        return told;
    }

    private static JsonNode at(List<JsonNode> gpus, Reading index) {
        return gpus.stream()
                .filter(each -> ToolJson.number(ToolJson.get(each, "gpu"), 1).equals(index))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    private static String address(JsonNode node) {
        return PciAddress.normal(ToolJson.text(node));
    }

    private static List<JsonNode> gpus(JsonNode root) {
        JsonNode list = root.isArray() ? root : ToolJson.get(root, "gpu_data");
        List<JsonNode> gpus = new ArrayList<>();
        for (JsonNode each : list) {
            if (each.isObject() && gpus.size() < 1024) {
                gpus.add(each);
            }
        }
        return gpus;
    }

    /** What rocm-smi prints: texts by card. */
    static List<Told> rocmSmi(String text) {
        List<Told> told = new ArrayList<>();
        JsonNode root = ToolJson.parse(text);
        String driver = ToolJson.text(ToolJson.path(root, "system", "Driver version"));
        for (Map.Entry<String, JsonNode> member : root.properties()) {
            String card = member.getKey().toLowerCase(Locale.ROOT);
            if (told.size() >= 1024
                    || !card.matches("card\\d{1,4}")
                    || !member.getValue().isObject()) {
                continue;
            }
            JsonNode cells = member.getValue();
            String name = ToolJson.text(ToolJson.get(cells, "Card Series", "Device Name", "Card Model"));
            GpuMemory memory = memory(
                    ToolJson.bytes(ToolJson.get(cells, "VRAM Total Memory (B)"), 1),
                    ToolJson.bytes(ToolJson.get(cells, "VRAM Total Used Memory (B)"), 1));
            String bus = address(ToolJson.get(cells, "PCI Bus"));
            GpuDevice device = builder(
                            AmdFiles.id(ToolJson.text(ToolJson.get(cells, "Unique ID"))),
                            bus,
                            name,
                            Long.parseLong(card.substring(4)),
                            memory)
                    .computeCapability(ToolJson.text(ToolJson.get(cells, "GFX Version")))
                    .build();
            told.add(new Told(
                    device,
                    sample(
                            device,
                            ToolJson.number(ToolJson.get(cells, "GPU use (%)"), 1),
                            first(
                                    ToolJson.number(ToolJson.get(cells, "Temperature (Sensor edge) (C)"), 1),
                                    ToolJson.number(ToolJson.get(cells, "Temperature (Sensor junction) (C)"), 1)),
                            ToolJson.number(
                                    ToolJson.get(
                                            cells,
                                            "Average Graphics Package Power (W)",
                                            "Current Socket Graphics Package Power (W)"),
                                    1000)),
                    driver));
        }
        return told;
    }

    private static GpuDevice.Builder builder(String id, String bus, String name, long index, GpuMemory memory) {
        return GpuDevice.builder(id.isEmpty() ? first(bus, "amd-" + index) : id, name)
                .vendor(GpuVendor.AMD)
                .busId(bus)
                .index((int) Math.max(-1, Math.min(index, 1 << 20)))
                .memory(memory);
    }

    private static GpuMemory memory(Reading total, Reading used) {
        Reading none = Reading.notSupported();
        boolean known = total.isKnown();
        Reading free = known && used.isKnown() ? Reading.of(Math.max(0, total.orElse(0) - used.orElse(0))) : none;
        return new GpuMemory(total, known ? Reading.of(0) : none, used, free, known ? Source.DETAILED : Source.NONE);
    }

    private static String first(String one, String other) {
        return one.isEmpty() ? other : one;
    }

    private static Reading first(Reading one, Reading other) {
        return one.isKnown() ? one : other;
    }

    private static GpuSample sample(GpuDevice device, Reading use, Reading temperature, Reading power) {
        Reading none = Reading.notSupported();
        return new GpuSample(
                device.id(),
                device.state(),
                device.memory(),
                new GpuSample.Activity(use, temperature, none, none, none, power, none, none, none, none),
                GpuSample.Faults.unknown(none),
                List.of(),
                false);
    }

    @Override
    GpuReport failure(Result result) {
        State state = switch (result.outcome()) {
            case ABSENT -> State.ABSENT;
            case TIMED_OUT -> State.TIMED_OUT;
            default -> State.FAILED;
        };
        String said = result.error().isBlank() ? result.output() : result.error();
        boolean module = said.contains("not loaded") || said.contains("AMDSMI_STATUS_NO_DRV");
        return GpuReport.none(
                name(),
                module ? State.DRIVER_NOT_LOADED : state,
                result.message().isEmpty() ? "no GPU in its output: " + firstLine(said) : result.message(),
                module ? "sudo modprobe amdgpu" : "");
    }
}
