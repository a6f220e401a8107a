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
import java.util.Optional;
import java.util.stream.Stream;

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
            GpuDevice device = amdSmi(gpu, metric, at(list, index), index.orElse(told.size()));
            boolean tells = !device.busId().isEmpty() || !device.name().isEmpty();
            if (tells || device.memory().total().isKnown()) {
                String driver = ToolJson.text(ToolJson.path(gpu, "driver", "version"));
                told.add(new Told(device, activity(metric), driver));
            }
        }
        return told;
    }

    private static GpuDevice amdSmi(JsonNode gpu, JsonNode metric, JsonNode listed, long index) {
        JsonNode asic = ToolJson.get(gpu, "asic");
        Reading total = first(
                ToolJson.bytes(ToolJson.path(gpu, "vram", "size"), MIB),
                ToolJson.bytes(ToolJson.path(metric, "mem_usage", "total_vram"), MIB),
                ToolJson.bytes(ToolJson.path(gpu, "vram", "size_mb"), MIB));
        return device(
                ToolJson.text(ToolJson.get(asic, "asic_serial")),
                first(
                        address(ToolJson.path(gpu, "bus", "bdf")),
                        address(ToolJson.get(gpu, "bdf")),
                        address(ToolJson.get(listed, "bdf"))),
                first(
                        ToolJson.text(ToolJson.get(asic, "market_name")),
                        ToolJson.text(ToolJson.path(gpu, "board", "product_name"))),
                index,
                memory(total, ToolJson.bytes(ToolJson.path(metric, "mem_usage", "used_vram"), MIB)),
                ToolJson.text(ToolJson.get(asic, "target_graphics_version")));
    }

    private static GpuSample.Activity activity(JsonNode metric) {
        JsonNode temperature = ToolJson.get(metric, "temperature");
        JsonNode power = ToolJson.get(metric, "power");
        return activity(
                ToolJson.number(ToolJson.path(metric, "usage", "gfx_activity"), 1),
                first(
                        ToolJson.number(ToolJson.get(temperature, "edge"), 1),
                        ToolJson.number(ToolJson.get(temperature, "hotspot"), 1)),
                ToolJson.number(
                        ToolJson.get(power, "socket_power", "average_socket_power", "current_socket_power"), 1000));
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
            GpuDevice device = device(
                    ToolJson.text(ToolJson.get(cells, "Unique ID")),
                    address(ToolJson.get(cells, "PCI Bus")),
                    ToolJson.text(ToolJson.get(cells, "Card Series", "Device Name", "Card Model")),
                    Long.parseLong(card.substring(4)),
                    memory(
                            ToolJson.bytes(ToolJson.get(cells, "VRAM Total Memory (B)"), 1),
                            ToolJson.bytes(ToolJson.get(cells, "VRAM Total Used Memory (B)"), 1)),
                    ToolJson.text(ToolJson.get(cells, "GFX Version")));
            JsonNode power = ToolJson.get(
                    cells, "Average Graphics Package Power (W)", "Current Socket Graphics Package Power (W)");
            GpuSample.Activity activity = activity(
                    ToolJson.number(ToolJson.get(cells, "GPU use (%)"), 1),
                    first(
                            ToolJson.number(ToolJson.get(cells, "Temperature (Sensor edge) (C)"), 1),
                            ToolJson.number(ToolJson.get(cells, "Temperature (Sensor junction) (C)"), 1)),
                    ToolJson.number(power, 1000));
            told.add(new Told(device, activity, driver));
        }
        return told;
    }

    private static GpuDevice device(
            String serial, String bus, String name, long index, GpuMemory memory, String target) {
        return GpuDevice.builder(first(AmdFiles.id(serial), bus, "amd-" + index), name)
                .vendor(GpuVendor.AMD)
                .busId(bus)
                .index((int) Math.max(-1, Math.min(index, 1 << 20)))
                .memory(memory)
                .computeCapability(target)
                .build();
    }

    private static GpuMemory memory(Reading total, Reading used) {
        Reading none = Reading.notSupported();
        boolean known = total.isKnown();
        Reading free = known && used.isKnown() ? Reading.of(Math.max(0, total.orElse(0) - used.orElse(0))) : none;
        return new GpuMemory(total, known ? Reading.of(0) : none, used, free, known ? Source.DETAILED : Source.NONE);
    }

    private static GpuSample.Activity activity(Reading use, Reading temperature, Reading power) {
        Reading none = Reading.notSupported();
        return new GpuSample.Activity(use, temperature, none, none, none, power, none, none, none, none);
    }

    private static String first(String... texts) {
        return Stream.of(texts).filter(text -> !text.isEmpty()).findFirst().orElse("");
    }

    /** The first that is known, or the last. */
    private static Reading first(Reading... readings) {
        return Stream.of(readings).filter(Reading::isKnown).findFirst().orElse(readings[readings.length - 1]);
    }

    @Override
    Optional<GpuReport> meaning(String said) {
        return said.contains("not loaded") || said.contains("AMDSMI_STATUS_NO_DRV")
                ? Optional.of(GpuReport.none(name(), State.DRIVER_NOT_LOADED, firstLine(said), "sudo modprobe amdgpu"))
                : Optional.empty();
    }
}
