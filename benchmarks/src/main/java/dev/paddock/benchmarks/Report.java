package dev.paddock.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs every benchmark and writes the page: {@code Report FILE [--quick]}. Exits 1 if a bar is missed. */
public final class Report {
    /**
     * First what depends on how the JVM has compiled the engine, which others would have a say in; a new benchmark is a
     * line here.
     */
    private static final List<Benchmark> ALL = List.of(
            new AssignComplete(),
            new CoreStartUp(),
            new ListenerStartUp(),
            new CompletionDuringBurst(),
            new JitConfigBurst(),
            new VmBurst(),
            new MessageRate(),
            new ManyRunners(),
            new DurableJournal(),
            new HostRunners(),
            new HostGpus(),
            new PlanHostBenchmark(),
            new PlanFleetBenchmark(),
            new MultiRunnerBenchmark());

    private Report() {}

    public static void main(String[] args) throws Exception {
        Path page = Path.of(args[0]);
        boolean quick = List.of(args).contains("--quick");
        int only = List.of(args).indexOf("--only");
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        List<Row> rows = new ArrayList<>();
        for (Benchmark benchmark : ALL) {
            if (only > 0 && !benchmark.getClass().getSimpleName().equals(args[only + 1])) {
                continue;
            }
            for (Row row : benchmark.run(quick)) {
                System.out.println(line(row));
                rows.add(row);
            }
        }
        if (only < 0) {
            Files.writeString(page, render(rows, quick, load));
        }
        long missed = rows.stream().filter(row -> !row.passed()).count();
        System.out.println((only < 0 ? page : args[only + 1]) + ": " + (rows.size() - missed) + " of " + rows.size()
                + " bars reached");
        System.exit(missed == 0 ? 0 : 1);
    }

    private static String render(List<Row> rows, boolean quick, double load) throws IOException {
        var text = new StringBuilder("# Performance\n\nWritten by `benchmarks/run`"
                + (quick ? " with `--quick`: few repetitions, so a first look only" : "")
                + ". Every figure was measured on the machine named below the table; no test depends on one.\n\n"
                + "| what | bar | figure | |\n|---|---|---|---|\n");
        rows.forEach(row -> text.append(line(row)).append('\n'));
        return text.append("\n- CPU: ")
                .append(cpu())
                .append(", ")
                .append(Runtime.getRuntime().availableProcessors())
                .append(" cores\n- Load average before: ")
                .append(String.format(Locale.ROOT, "%.1f", load))
                .append(" (on a busy machine all figures are worse)\n- JDK: ")
                .append(System.getProperty("java.vm.name"))
                .append(' ')
                .append(System.getProperty("java.runtime.version"))
                .append("\n- Date: ")
                .append(LocalDate.now(ZoneOffset.UTC))
                .append('\n')
                .toString();
    }

    private static String line(Row row) {
        return "| " + row.what() + " | " + row.bar() + " | " + row.figure() + " | " + (row.passed() ? "PASS" : "FAIL")
                + " |";
    }

    private static String cpu() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpuinfo)) {
            for (String line : Files.readAllLines(cpuinfo, StandardCharsets.UTF_8)) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).trim();
                }
            }
        }
        return System.getProperty("os.arch");
    }
}
