package dev.paddock.gpu.internal;

import dev.paddock.host.CommandRunner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Answers as nvidia-smi does: it prints the fields it is asked for, of GPUs described in a test. */
final class FakeSmi implements CommandRunner {
    final List<List<String>> asked = new ArrayList<>();
    final List<Map<String, String>> gpus = new ArrayList<>();
    final Set<String> unknown = new HashSet<>();
    String listing = "";
    String xml = "";
    String apps = "";
    String banner = "| NVIDIA-SMI 580.159.04    Driver Version: 580.159.04    CUDA Version: 13.0 |";
    Result instead = Result.exited(0, "", "");
    boolean broken;
    /** Printed after the rows about GPUs. */
    String after = "";
    /** Refuses more fields than it had before, and does not say which. */
    boolean terse;

    static Map<String, String> h200(int index) {
        Map<String, String> cells = new HashMap<>();
        cells.put("index", String.valueOf(index));
        cells.put("uuid", "GPU-00cc1e2b-f1d7-1c36-3f3d-5c2121e8d37" + index);
        cells.put("name", "NVIDIA H200");
        cells.put("pci.bus_id", "00000000:0" + index + ":06.0");
        cells.put("driver_version", "580.159.04");
        cells.put("memory.total", "143771");
        cells.put("memory.used", "0");
        cells.put("memory.free", "143156");
        cells.put("memory.reserved", "616");
        cells.put("compute_mode", "Default");
        cells.put("persistence_mode", "Enabled");
        cells.put("utilization.gpu", "0");
        cells.put("temperature.gpu", "33");
        cells.put("power.draw", "84.60");
        cells.put("power.limit", "700.00");
        cells.put("clocks.current.sm", "345");
        cells.put("clocks_throttle_reasons.active", "0x0000000000000001");
        cells.put("ecc.errors.uncorrected.volatile.total", "0");
        cells.put("ecc.errors.uncorrected.aggregate.total", "0");
        cells.put("mig.mode.current", "Disabled");
        cells.put("mig.mode.pending", "Disabled");
        cells.put("compute_cap", "9.0");
        cells.put("remapped_rows.uncorrectable", "0");
        cells.put("remapped_rows.pending", "No");
        cells.put("remapped_rows.failure", "No");
        cells.put("temperature.gpu.tlimit", "54");
        cells.put("gpu_recovery_action", "None");
        return cells;
    }

    @Override
    public Result run(List<String> command, Duration deadline) {
        asked.add(command);
        if (broken) {
            return instead;
        }
        String first = command.size() > 1 ? command.get(1) : "";
        if (first.startsWith("--query-gpu=")) {
            return query(List.of(first.substring("--query-gpu=".length()).split(",", -1)));
        }
        return Result.exited(
                0,
                switch (first) {
                    case "-L" -> listing;
                    case "-q" -> xml;
                    case "" -> banner;
                    default -> apps;
                },
                "");
    }

    private Result query(List<String> fields) {
        if (terse && fields.contains("compute_cap")) {
            return Result.exited(2, "", "ERROR: Option --query-gpu is not recognized.\n");
        }
        for (String field : fields) {
            if (unknown.contains(field)) {
                return Result.exited(2, "Field \"" + field + "\" is not a valid field to query.\n\n", "");
            }
        }
        return Result.exited(
                0,
                gpus.stream()
                                .map(gpu -> fields.stream()
                                        .map(field -> gpu.getOrDefault(field, "[N/A]"))
                                        .collect(Collectors.joining(", ")))
                                .collect(Collectors.joining("\n", "", "\n"))
                        + after,
                "");
    }

    long queries() {
        return asked.stream()
                .filter(each -> each.size() > 1 && each.get(1).startsWith("--query-gpu"))
                .count();
    }
}
