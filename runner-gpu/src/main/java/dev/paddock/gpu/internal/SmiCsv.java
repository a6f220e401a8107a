package dev.paddock.gpu.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code nvidia-smi --query-…  --format=csv} prints. Each row and each cell stands for itself. */
final class SmiCsv {
    private static final Pattern LOST =
            Pattern.compile("Unable to determine the device handle for (?:GPU|gpu)\\s*(?:\\d+\\s*:\\s*)?"
                    + "([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\\.[0-7])\\s*:?\\s*(.*)");
    private static final Pattern REFUSED = Pattern.compile("Field \"([^\"]{1,100})\" is not a valid field to query");
    private static final Pattern UUID = Pattern.compile("GPU-[0-9A-Za-z*.-]{1,91}");
    private static final int MOST_LINE = 4096;

    private SmiCsv() {}

    /** The field the tool refused to be asked about; empty if it refused none. */
    static String refused(String text) {
        Matcher matcher = REFUSED.matcher(text.substring(0, Math.min(text.length(), MOST_LINE)));
        return matcher.find() ? matcher.group(1) : "";
    }

    /**
     * Reads rows about GPUs.
     *
     * @param text as printed, perhaps with a line of field names, perhaps with units
     * @param fields what was asked, in order; {@code uuid} must be among them
     */
    static SmiOutput gpus(String text, List<String> fields) {
        SmiOutput output = new SmiOutput();
        Set<String> ids = new HashSet<>();
        List<String> names = fields;
        for (Iterator<String> lines = text.lines().iterator(); lines.hasNext(); ) {
            String line = withoutMark(lines.next());
            if (line.isBlank() || lost(line, output)) {
                continue;
            }
            List<String> header = header(line);
            if (!header.isEmpty()) {
                // As printed, but for aliases the tool answers with another name than it was asked for.
                names = header.size() == fields.size() ? fields : header;
                continue;
            }
            Map<String, String> cells = cells(line, names);
            if (cells.isEmpty() || !isGpu(cells)) {
                output.problem("not understood: " + start(line));
                continue;
            }
            if (UUID.matcher(cells.getOrDefault("uuid", "")).matches() && !ids.add(cells.get("uuid"))) {
                output.problem("two GPUs with the UUID " + cells.get("uuid"));
                cells.put("uuid", "[N/A]");
            }
            output.add(new SmiOutput.Row(cells));
        }
        return output;
    }

    /** Reads rows about anything else, such as processes. Rows that do not fit are left out. */
    static List<Map<String, String>> rows(String text, List<String> fields) {
        List<Map<String, String>> rows = new ArrayList<>();
        text.lines().limit(10_000).map(SmiCsv::withoutMark).forEach(line -> {
            Map<String, String> cells = cells(line, fields);
            if (!cells.isEmpty()) {
                rows.add(cells);
            }
        });
        return rows;
    }

    private static String withoutMark(String line) {
        return (line.startsWith("\uFEFF") ? line.substring(1) : line).strip();
    }

    private static boolean lost(String line, SmiOutput output) {
        Matcher matcher = LOST.matcher(line.substring(0, Math.min(line.length(), MOST_LINE)));
        if (!matcher.find()) {
            return false;
        }
        output.addLost(PciAddress.normal(matcher.group(1)), matcher.group(2).strip());
        return true;
    }

    private static List<String> header(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (line.length() > MOST_LINE || !lower.matches(".*\\b(uuid|gpu_uuid)\\b.*") || lower.contains("gpu-")) {
            return new ArrayList<>();
        }
        List<String> names = new ArrayList<>();
        for (String name : split(lower)) {
            names.add(name.replaceAll("\\s*\\[.*]$", "").replace("gpu_uuid", "uuid"));
        }
        return names.contains("uuid") ? names : new ArrayList<>();
    }

    /** The cells by field; empty if the line is no row. A name may hold commas, nothing else does. */
    private static Map<String, String> cells(String line, List<String> fields) {
        if (line.isEmpty() || line.length() > MOST_LINE) {
            return new HashMap<>();
        }
        List<String> parts = new ArrayList<>(split(line));
        int name = fields.contains("name") ? fields.indexOf("name") : fields.indexOf("process_name");
        while (parts.size() > fields.size() && name >= 0) {
            parts.set(name, parts.get(name) + ", " + parts.remove(name + 1));
        }
        if (parts.size() != fields.size()) {
            return new HashMap<>();
        }
        Map<String, String> cells = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            cells.put(fields.get(i), parts.get(i).strip());
        }
        return cells;
    }

    private static List<String> split(String line) {
        return Arrays.asList(line.contains(", ") ? line.split(",\\s+", -1) : line.split(",", -1));
    }

    /** Whether a row can be one about a GPU: it names one, or says why it cannot. */
    private static boolean isGpu(Map<String, String> cells) {
        String uuid = cells.getOrDefault("uuid", "");
        if (UUID.matcher(uuid).matches()) {
            return true;
        }
        return SmiText.isAbsent(uuid)
                && !PciAddress.normal(cells.getOrDefault("pci.bus_id", "")).isEmpty();
    }

    private static String start(String line) {
        return line.substring(0, Math.min(60, line.length()));
    }
}
