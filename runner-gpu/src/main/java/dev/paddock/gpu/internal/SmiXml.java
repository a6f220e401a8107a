package dev.paddock.gpu.internal;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads what {@code nvidia-smi -q -x} prints, of drivers 390 to 610, and tells it in the fields of
 * {@code --query-gpu}. Its document type names a file beside it, which is never read.
 */
final class SmiXml {
    private static final int MOST_DEPTH = 32;
    private static final int MOST_TEXT = 4096;

    private final SmiOutput output = new SmiOutput();
    private final Deque<String> path = new ArrayDeque<>();
    private Map<String, String> gpu = new HashMap<>();
    private List<Map<String, String>> parts = new ArrayList<>();
    private List<Map<String, String>> processes = new ArrayList<>();
    private Map<String, String> nested = new HashMap<>();
    private String driverVersion = "";

    private SmiXml() {}

    /** Reads an output; what comes before an error in it is kept. */
    static SmiOutput parse(String text) {
        SmiXml xml = new SmiXml();
        int start = text.indexOf("<?xml");
        int root = text.indexOf("<nvidia_smi_log");
        if (root < 0) {
            xml.output.problem("no nvidia_smi_log in it");
            return xml.output;
        }
        try {
            xml.read(text.substring(start >= 0 && start < root ? start : root));
        } catch (XMLStreamException | RuntimeException e) {
            String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            xml.output.problem("not well-formed: " + why);
        }
        return xml.output;
    }

    private void read(String text) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(text));
        StringBuilder content = new StringBuilder();
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    content.setLength(0);
                    start(reader);
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    if (content.length() < MOST_TEXT) {
                        content.append(reader.getText());
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    end(content.toString().strip());
                    content.setLength(0);
                }
                default -> {}
            }
        }
    }

    private void start(XMLStreamReader reader) throws XMLStreamException {
        if (path.size() >= MOST_DEPTH) {
            throw new XMLStreamException("deeper than " + MOST_DEPTH);
        }
        path.addLast(reader.getLocalName());
        if (at("gpu")) {
            gpu = new HashMap<>();
            parts = new ArrayList<>();
            processes = new ArrayList<>();
            String id = reader.getAttributeValue(null, "id");
            gpu.put("@id", id == null ? "" : id);
        } else if (at("gpu", "mig_devices", "mig_device") || at("gpu", "processes", "process_info")) {
            nested = new HashMap<>();
        }
    }

    private void end(String text) {
        String name = String.join("/", path);
        path.removeLast();
        switch (name) {
            case "nvidia_smi_log/driver_version" -> driverVersion = text;
            case "nvidia_smi_log/cuda_version" -> output.cudaVersion(text);
            case "nvidia_smi_log/gpu" -> output.add(new SmiOutput.Row(fields(), parts, processes));
            case "nvidia_smi_log/gpu/mig_devices/mig_device" -> parts.add(nested);
            case "nvidia_smi_log/gpu/processes/process_info" -> processes.add(nested);
            default -> {
                if (name.startsWith("nvidia_smi_log/gpu/mig_devices/mig_device/")) {
                    nested.put(name.substring("nvidia_smi_log/gpu/mig_devices/mig_device/".length()), text);
                } else if (name.startsWith("nvidia_smi_log/gpu/processes/process_info/")) {
                    nested.put(name.substring("nvidia_smi_log/gpu/processes/process_info/".length()), text);
                } else if (name.startsWith("nvidia_smi_log/gpu/") && !name.contains("/supported_clocks/")) {
                    gpu.putIfAbsent(name.substring("nvidia_smi_log/gpu/".length()), text);
                }
            }
        }
    }

    private boolean at(String... names) {
        if (path.size() != names.length + 1) {
            return false;
        }
        int i = 0;
        for (String each : path) {
            if (i > 0 && !each.equals(names[i - 1])) {
                return false;
            }
            i++;
        }
        return true;
    }

    private Map<String, String> fields() {
        Map<String, String> cells = new HashMap<>();
        cells.put("index", String.valueOf(output.rows().size()));
        cells.put("driver_version", driverVersion);
        put(cells, "uuid", "uuid");
        put(cells, "name", "product_name");
        put(cells, "pci.bus_id", "pci/pci_bus_id", "@id");
        put(cells, "memory.total", "fb_memory_usage/total");
        put(cells, "memory.reserved", "fb_memory_usage/reserved");
        put(cells, "memory.used", "fb_memory_usage/used");
        put(cells, "memory.free", "fb_memory_usage/free");
        put(cells, "compute_mode", "compute_mode");
        put(cells, "persistence_mode", "persistence_mode");
        put(cells, "mig.mode.current", "mig_mode/current_mig");
        put(cells, "mig.mode.pending", "mig_mode/pending_mig");
        put(cells, "utilization.gpu", "utilization/gpu_util");
        put(cells, "temperature.gpu", "temperature/gpu_temp");
        put(cells, "temperature.gpu.tlimit", "temperature/gpu_temp_tlimit");
        put(cells, "temperature.slowdown", "temperature/gpu_temp_slow_threshold");
        put(cells, "temperature.maximum", "temperature/gpu_temp_max_gpu_threshold");
        // Three generations; blocks of the module and of the memory repeat the names and are not the GPU's.
        put(
                cells,
                "power.draw",
                "gpu_power_readings/average_power_draw",
                "gpu_power_readings/power_draw",
                "gpu_power_readings/instant_power_draw",
                "power_readings/power_draw");
        put(
                cells,
                "power.limit",
                "gpu_power_readings/current_power_limit",
                "power_readings/power_limit",
                "power_readings/enforced_power_limit");
        put(cells, "clocks.current.sm", "clocks/sm_clock");
        put(cells, "retired_pages.double_bit.count", "retired_pages/double_bit_retirement/retired_count");
        put(cells, "retired_pages.pending", "retired_pages/pending_retirement", "retired_pages/pending_blacklist");
        put(cells, "remapped_rows.uncorrectable", "remapped_rows/remapped_row_unc");
        put(cells, "remapped_rows.pending", "remapped_rows/remapped_row_pending");
        put(cells, "remapped_rows.failure", "remapped_rows/remapped_row_failure");
        put(cells, "gpu_recovery_action", "gpu_recovery_action");
        cells.put("ecc.errors.uncorrected.volatile.total", uncorrected("volatile"));
        cells.put("ecc.errors.uncorrected.aggregate.total", uncorrected("aggregate"));
        cells.put("clocks_throttle_reasons.active", throttleReasons());
        return cells;
    }

    /** The first of several elements that holds a value, or the first that is there. */
    private void put(Map<String, String> cells, String field, String... elements) {
        for (String element : elements) {
            String text = gpu.get(element);
            if (text != null && !SmiText.isAbsent(text)) {
                cells.put(field, text);
                return;
            }
            if (text != null) {
                cells.putIfAbsent(field, text);
            }
        }
    }

    private String uncorrected(String counter) {
        String before = "ecc_errors/" + counter + "/";
        String total = gpu.get(before + "double_bit/total");
        if (total != null) {
            return total;
        }
        long sum = 0;
        boolean known = false;
        for (String kind : List.of(
                "sram_uncorrectable", "sram_uncorrectable_parity", "sram_uncorrectable_secded", "dram_uncorrectable")) {
            var reading = SmiText.number(gpu.getOrDefault(before + kind, "N/A"));
            known |= reading.isKnown();
            sum += reading.orElse(0);
        }
        return known ? String.valueOf(sum) : "N/A";
    }

    private static final List<String> REASONS = List.of(
            "gpu_idle",
            "applications_clocks_setting",
            "sw_power_cap",
            "hw_slowdown",
            "sync_boost",
            "sw_thermal_slowdown",
            "hw_thermal_slowdown",
            "hw_power_brake_slowdown",
            "display_clocks_setting");

    /** NVML's bits, in the order of REASONS. */
    private String throttleReasons() {
        long bits = 0;
        boolean known = false;
        for (int i = 0; i < REASONS.size(); i++) {
            String name = REASONS.get(i);
            String text = gpu.getOrDefault(
                    "clocks_event_reasons/clocks_event_reason_" + name,
                    gpu.getOrDefault("clocks_throttle_reasons/clocks_throttle_reason_" + name, "N/A"));
            var flag = SmiText.flag(text);
            known |= flag.isKnown();
            bits |= flag.orElse(0) << i;
        }
        return known ? "0x" + Long.toHexString(bits) : "N/A";
    }
}
