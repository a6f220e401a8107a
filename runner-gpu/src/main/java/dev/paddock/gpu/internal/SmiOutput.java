package dev.paddock.gpu.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was understood of an output of nvidia-smi. Not thread-safe; made by one parser and handed over. */
final class SmiOutput {
    /** More GPUs than a host has; what comes after is no output of the tool. */
    private static final int MOST_ROWS = 1024;

    private static final int MOST_PROBLEMS = 5;

    private final List<Row> rows = new ArrayList<>();
    private final Map<String, String> lost = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private int problemCount;
    private String cudaVersion = "";

    /**
     * One GPU: cells by the names of {@code --query-gpu}, as printed.
     *
     * @param cells what was printed; a field that was not asked is absent
     * @param parts its MIG devices, where the output told of them
     * @param processes cells {@code pid} and {@code used_memory}, where the output told of them
     */
    record Row(Map<String, String> cells, List<Map<String, String>> parts, List<Map<String, String>> processes) {
        Row(Map<String, String> cells) {
            this(cells, List.of(), List.of());
        }

        /** The cell, or what the tool prints for a value that is not there. */
        String cell(String field) {
            return cells.getOrDefault(field, "N/A");
        }

        boolean has(String field) {
            return cells.containsKey(field);
        }
    }

    List<Row> rows() {
        return rows;
    }

    /** Addresses of GPUs of which the tool only says that it cannot reach them, and what it says. */
    Map<String, String> lost() {
        return lost;
    }

    String cudaVersion() {
        return cudaVersion;
    }

    void cudaVersion(String version) {
        cudaVersion = version;
    }

    void add(Row row) {
        if (rows.size() < MOST_ROWS) {
            rows.add(row);
        } else {
            problem("more than " + MOST_ROWS + " GPUs");
        }
    }

    void addLost(String busId, String reason) {
        if (lost.size() < MOST_ROWS) {
            lost.putIfAbsent(busId, reason);
        }
    }

    void problem(String what) {
        problemCount++;
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(what.replaceAll("\\p{Cntrl}", "?"));
        }
    }

    /** What was not understood, in one line; empty if all was. */
    String problems() {
        if (problemCount == 0) {
            return "";
        }
        String more = problemCount > problems.size() ? " and " + (problemCount - problems.size()) + " more" : "";
        return String.join("; ", problems) + more;
    }
}
