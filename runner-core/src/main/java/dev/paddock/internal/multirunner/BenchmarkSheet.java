package dev.paddock.internal.multirunner;

import static dev.paddock.internal.multirunner.StatusSheet.RULE;
import static dev.paddock.internal.multirunner.StatusSheet.line;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan.Shortfall;
import dev.paddock.capacity.CapacityReport.Entry;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import dev.paddock.capacity.RunnerSlot;
import dev.paddock.internal.capacity.GpuNumbers;
import dev.paddock.multirunner.BenchmarkReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A host's capacity and its plan, for people and for programs. */
public final class BenchmarkSheet {
    private BenchmarkSheet() {}

    /** Runners that are alike: where, which, how many. */
    private record Row(String gpu, String profile, int count) {
        String text() {
            return (gpu.equals("cpu") ? "CPU:  " : "GPU " + gpu + ": ") + count + "x " + profile;
        }
    }

    private static List<Row> rows(BenchmarkReport report) {
        Map<List<String>, Integer> counts = new LinkedHashMap<>();
        for (RunnerSlot slot : PoolPlan.ordered(report.plan())) {
            counts.merge(List.of(place(slot), slot.profile().name()), 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .map(entry -> new Row(entry.getKey().get(0), entry.getKey().get(1), entry.getValue()))
                .toList();
    }

    private static String place(RunnerSlot slot) {
        if (slot.devices().isEmpty()) {
            return "cpu";
        }
        return slot.indices().stream().allMatch(index -> index >= 0)
                ? slot.indices().stream().map(String::valueOf).collect(Collectors.joining(","))
                : String.join(",", slot.devices());
    }

    // ---- text ------------------------------------------------------------------------------------------------

    /** As {@link BenchmarkReport#text}. */
    public static String text(BenchmarkReport report) {
        HostInventory host = report.plan().host();
        var text = new StringBuilder();
        text.append(RULE).append("\n  Multi-Runner Benchmark Report\n").append(RULE);
        text.append("\n\nSystem Resources:\n");
        SortedMap<String, Integer> numbers = GpuNumbers.of(host.gpus());
        for (GpuDevice gpu : host.gpus()) {
            line(
                    text,
                    "  GPU %s: %s / %s MB free",
                    gpu.index() < 0 ? gpu.id() : String.valueOf(numbers.get(gpu.id())),
                    mebibytes(gpu.memory().free()),
                    mebibytes(gpu.memory().total()));
        }
        Reading cores = host.cpu().effective();
        line(text, "  CPU Cores: %s", cores.isKnown() ? cores(cores) : "not known");
        line(
                text,
                "  RAM: %s / %s MB free",
                mebibytes(host.memory().effectiveAvailable()),
                mebibytes(host.memory().effectiveTotal()));
        text.append("\nRunner Capacity by Profile:\n");
        line(text, "  %-20s %-6s %-8s %s", "Profile", "Max", "Limit", "Per GPU");
        line(text, "  %s %s %s %s", "-".repeat(20), "-".repeat(6), "-".repeat(8), "-".repeat(20));
        for (RunnerProfile profile : RunnerProfile.standardProfiles()) {
            Entry entry = report.capacities().entry(profile.name());
            line(
                    text,
                    "  %-20s %-6d %-8s %s",
                    profile.name(),
                    entry.maxRunners(),
                    entry.factor().token(),
                    entry.perGpu().isEmpty() ? "-" : entry.perGpu());
        }
        return text.append('\n')
                .append(configuration(report))
                .append(RULE)
                .append('\n')
                .toString();
    }

    /** As {@link BenchmarkReport#configurationText}. */
    public static String configuration(BenchmarkReport report) {
        var text = new StringBuilder("Optimal Configuration:\n");
        line(text, "  Strategy: %s", report.strategy());
        line(text, "  %s", description(report));
        line(text, "  Total Runners: %d", report.plan().slots().size());
        line(text, "  Parallel Workflows: %d", report.parallel());
        rows(report).forEach(row -> line(text, "    %s", row.text()));
        for (Shortfall shortfall : report.plan().shortfalls()) {
            if (!report.strategy().equals(BenchmarkReport.MOST_VALUE)) {
                line(text, "  left out: %s", leftOut(shortfall));
            }
        }
        return text.toString();
    }

    private static String leftOut(Shortfall shortfall) {
        OptionalInt gpu = shortfall.wish().gpu();
        return (shortfall.wish().count() - shortfall.placed()) + "x "
                + shortfall.wish().profile().name()
                + (gpu.isPresent() ? " on GPU " + gpu.getAsInt() : "") + ", for want of "
                + shortfall.factor().token();
    }

    private static String description(BenchmarkReport report) {
        String what = report.strategy().equals(BenchmarkReport.MOST_VALUE)
                ? "The runners of most value"
                : "The preset's runners, as far as they fit";
        return switch (report.plan().optimality().status()) {
            case OPTIMAL -> what + "; proven to be the best plan";
            case GAP ->
                String.format(
                        Locale.ROOT,
                        "%s; within %.2f %% of the best plan",
                        what,
                        100 * report.plan().optimality().gap());
            case UNKNOWN -> what;
        };
    }

    private static String mebibytes(Reading bytes) {
        return bytes.isKnown() ? String.format(Locale.ROOT, "%,d", bytes.orElse(0) >> 20) : "?";
    }

    private static String cores(Reading thousandths) {
        long all = thousandths.orElse(0);
        return all % 1000 == 0 ? String.valueOf(all / 1000) : String.valueOf(all / 1000.0);
    }

    /** As {@link BenchmarkReport#profileText}. */
    public static String profileText(Entry entry) {
        return entry.profile().name() + ": " + entry.maxRunners() + " runners (limited by "
                + entry.factor().token() + ")";
    }

    // ---- JSON ------------------------------------------------------------------------------------------------

    /** As {@link BenchmarkReport#profileJson}. */
    public static String profileJson(Entry entry) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("profile", entry.profile().name()).put("max_runners", entry.maxRunners());
        numbers(root, "per_gpu", entry.perGpu());
        return LockedJson.text(root.put("limiting_factor", entry.factor().token()));
    }

    /** As {@link BenchmarkReport#json}. */
    public static String json(BenchmarkReport report) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        system(root.putObject("system"), report.plan().host());
        ObjectNode capacities = root.putObject("capacities");
        for (RunnerProfile profile : RunnerProfile.standardProfiles()) {
            Entry entry = report.capacities().entry(profile.name());
            ObjectNode node = capacities.putObject(profile.name());
            node.put("name", profile.name()).put("max_runners", entry.maxRunners());
            numbers(node, "per_gpu", entry.perGpu());
            limit(node, "cpu_limit", entry.cpuLimit());
            limit(node, "ram_limit", entry.memoryLimit());
            limit(node, "disk_limit", entry.diskLimit());
            node.put("limiting_factor", entry.factor().token());
        }
        ObjectNode optimal = root.putObject("optimal");
        optimal.put("strategy", report.strategy()).put("description", description(report));
        ArrayNode configuration = optimal.putArray("configuration");
        for (Row row : rows(report)) {
            ObjectNode node = configuration.addObject();
            if (row.gpu().matches("\\d{1,9}")) {
                node.put("gpu", Integer.parseInt(row.gpu()));
            } else {
                node.put("gpu", row.gpu());
            }
            node.put("profile", row.profile()).put("count", row.count());
        }
        optimal.put("total_runners", report.plan().slots().size()).put("parallel_workflows", report.parallel());
        return LockedJson.text(root);
    }

    private static void system(ObjectNode node, HostInventory host) {
        node.put("gpu_count", host.gpus().size());
        ArrayNode total = node.putArray("gpu_memory_total_mb");
        ArrayNode free = node.putArray("gpu_memory_free_mb");
        ArrayNode busy = node.putArray("gpu_utilization_percent");
        for (GpuDevice gpu : host.gpus()) {
            total.add(number(gpu.memory().total(), 1L << 20));
            free.add(number(gpu.memory().free(), 1L << 20));
            busy.addNull(); // an inventory does not say
        }
        node.put("cpu_cores", number(host.cpu().effective(), 1000));
        node.put("ram_total_mb", number(host.memory().effectiveTotal(), 1L << 20));
        node.put("ram_free_mb", number(host.memory().effectiveAvailable(), 1L << 20));
    }

    private static @Nullable Long number(Reading reading, long unit) {
        return reading.isKnown() ? Long.valueOf(reading.orElse(0) / unit) : null;
    }

    private static void numbers(ObjectNode node, String key, List<Integer> numbers) {
        ArrayNode array = node.putArray(key);
        numbers.forEach(array::add);
    }

    private static void limit(ObjectNode node, String key, OptionalInt limit) {
        if (limit.isPresent()) {
            node.put(key, limit.getAsInt());
        } else {
            node.putNull(key);
        }
    }
}
