package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks nvidia-smi. One process at a time: the tool of a driver that hangs hangs as well, and more of them do not help.
 */
public final class NvidiaSmiSource implements GpuSource {
    /** Fields that every driver since 390 knows, but for what it says it does not. */
    private static final List<String> PORTABLE = List.of(
            "index",
            "uuid",
            "name",
            "pci.bus_id",
            "driver_version",
            "memory.total",
            "memory.used",
            "memory.free",
            "compute_mode",
            "persistence_mode",
            "utilization.gpu",
            "temperature.gpu",
            "power.draw",
            "power.limit",
            "clocks.current.sm",
            "clocks_throttle_reasons.active",
            "ecc.errors.uncorrected.volatile.total",
            "ecc.errors.uncorrected.aggregate.total",
            "retired_pages.pending",
            "mig.mode.current",
            "mig.mode.pending");

    private static final List<String> NEWER = List.of(
            "compute_cap",
            "memory.reserved",
            "retired_pages.double_bit.count",
            "remapped_rows.uncorrectable",
            "remapped_rows.pending",
            "remapped_rows.failure",
            "temperature.gpu.tlimit",
            "gpu_recovery_action");

    private static final List<String> PROCESS = List.of("uuid", "pid", "used_memory");
    private static final Pattern CUDA = Pattern.compile("CUDA (?:UMD )?Version\\s*:\\s*(\\d{1,4}\\.\\d{1,4})");

    private final CommandRunner commands;
    private final String program;
    private final Duration deadline;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private final Set<String> refused = new LinkedHashSet<>();
    private String driverVersion = "";
    private String cudaVersion = "";
    private boolean portableOnly;
    private volatile List<GpuDevice> last = List.of();
    private volatile boolean closed;

    /**
     * A source that asks a program.
     *
     * @param commands what runs it
     * @param program its path, or its name
     * @param deadline how long an inventory or a sample may take in all
     */
    public NvidiaSmiSource(CommandRunner commands, String program, Duration deadline) {
        this.commands = commands;
        this.program = program;
        this.deadline = deadline;
    }

    @Override
    public String name() {
        return "nvidia-smi";
    }

    @Override
    public GpuReport inventory() {
        if (closed) {
            return GpuReport.none(name(), State.CLOSED, "the source is closed", "");
        }
        long end = System.nanoTime() + deadline.toNanos();
        if (!lock()) {
            return GpuReport.none(name(), State.TIMED_OUT, "an earlier " + program + " still runs", "");
        }
        try {
            return inventory(end);
        } finally {
            oneAtATime.unlock();
        }
    }

    private GpuReport inventory(long end) {
        Answer answer = query(end);
        SmiOutput output = answer.output();
        if (output.rows().isEmpty() && output.lost().isEmpty()) {
            return SmiFailure.of(name(), answer.result());
        }
        Map<String, List<SmiListing.Part>> listed = Map.of();
        if (output.rows().stream().anyMatch(row -> SmiDevices.migMode(row) == GpuDevice.MigMode.ENABLED)) {
            listed = SmiListing.parse(ask(end, "-L").output());
        }
        List<GpuDevice> devices = new ArrayList<>();
        for (SmiOutput.Row row : output.rows()) {
            List<SmiListing.Part> parts = listed.getOrDefault(row.cell("uuid"), List.of());
            devices.add(SmiDevices.device(parts.isEmpty() ? row : measured(row, end), parts));
        }
        output.lost().forEach((bus, reason) -> devices.add(lost(bus, reason)));
        last = List.copyOf(devices);
        if (cudaVersion.isEmpty()) {
            Matcher cuda = CUDA.matcher(ask(end).output());
            cudaVersion = cuda.find() ? cuda.group(1) : "";
        }
        String problems = output.problems();
        return new GpuReport(
                name(),
                State.FOUND,
                devices.size()
                        + (devices.size() == 1 ? " GPU" : " GPUs")
                        + (problems.isEmpty() ? "" : "; in its output: " + problems),
                "",
                driverVersion,
                cudaVersion,
                devices);
    }

    private static GpuDevice lost(String bus, String reason) {
        return GpuDevice.builder(bus, "")
                .vendor(GpuVendor.NVIDIA)
                .busId(bus)
                .state(GpuDevice.State.LOST, reason.isEmpty() ? "the driver cannot reach it" : reason)
                .memory(GpuMemory.unknown(Reading.lost()))
                .build();
    }

    @Override
    public List<GpuSample> sample() {
        if (closed || last.isEmpty() || !lock()) {
            return List.of();
        }
        try {
            long end = System.nanoTime() + deadline.toNanos();
            Answer answer = query(end);
            SmiOutput output = answer.output();
            if (answer.result().outcome() == Outcome.TIMED_OUT) {
                return last.stream()
                        .map(device -> GpuSample.unknown(device.id(), device.state(), Reading.timedOut()))
                        .toList();
            }
            Map<String, List<GpuProcess>> processes = output.rows().isEmpty() ? null : processes(end);
            List<GpuSample> samples = new ArrayList<>();
            for (SmiOutput.Row row : output.rows()) {
                String id = SmiDevices.id(row);
                samples.add(SmiDevices.sample(row, processes == null ? null : processes.getOrDefault(id, List.of())));
            }
            output.lost()
                    .forEach(
                            (bus, reason) -> samples.add(GpuSample.unknown(bus, GpuDevice.State.LOST, Reading.lost())));
            return List.copyOf(samples);
        } finally {
            oneAtATime.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private boolean lock() {
        try {
            return oneAtATime.tryLock(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private record Answer(Result result, SmiOutput output) {}

    /** Asks about all GPUs, without the fields this driver refused, and again for each that it refuses now. */
    private Answer query(long end) {
        while (true) {
            List<String> fields = new ArrayList<>(PORTABLE);
            if (!portableOnly) {
                fields.addAll(NEWER);
            }
            fields.removeAll(refused);
            Result result = ask(end, "--query-gpu=" + String.join(",", fields), "--format=csv,noheader,nounits");
            SmiOutput output = result.outcome() == Outcome.EXITED || result.outcome() == Outcome.TOO_MUCH_OUTPUT
                    ? SmiCsv.gpus(result.output() + "\n" + result.error(), fields)
                    : new SmiOutput();
            String no = SmiCsv.refused(result.output() + "\n" + result.error());
            if (!output.rows().isEmpty()) {
                rememberDriver(output);
                return new Answer(result, output);
            }
            if (!no.isEmpty() && fields.contains(no) && !no.equals("uuid") && !no.equals("index")) {
                refused.add(no);
                continue;
            }
            boolean strange = result.outcome() == Outcome.EXITED
                    && SmiFailure.of(name(), result).state() == State.FAILED;
            if (!strange || !output.lost().isEmpty()) {
                return new Answer(result, output);
            }
            if (!portableOnly && result.exitCode() == 2) {
                portableOnly = true;
                continue;
            }
            return byXml(end, new Answer(result, output));
        }
    }

    /** A tool whose CSV cannot be understood may still print XML. */
    private Answer byXml(long end, Answer csv) {
        Result result = ask(end, "-q", "-x");
        SmiOutput output = SmiXml.parse(result.output());
        if (output.rows().isEmpty()) {
            return csv;
        }
        cudaVersion = output.cudaVersion();
        rememberDriver(output);
        return new Answer(result, output);
    }

    /** What an older driver refused, a newer one may know. */
    private void rememberDriver(SmiOutput output) {
        String now = output.rows().stream()
                .map(row -> row.cell("driver_version"))
                .filter(version -> version.matches("\\d{2,4}(\\.\\d{1,4}){1,3}"))
                .findFirst()
                .orElse("");
        if (!now.isEmpty() && !now.equals(driverVersion)) {
            if (!driverVersion.isEmpty()) {
                refused.clear();
                portableOnly = false;
                cudaVersion = "";
            }
            driverVersion = now;
        }
    }

    /** The row with what the XML tells of its parts. */
    private SmiOutput.Row measured(SmiOutput.Row row, long end) {
        SmiOutput xml =
                SmiXml.parse(ask(end, "-q", "-x", "-i", row.cell("uuid")).output());
        for (SmiOutput.Row each : xml.rows()) {
            if (SmiDevices.id(each).equals(SmiDevices.id(row))) {
                return new SmiOutput.Row(row.cells(), each.parts(), each.processes());
            }
        }
        return row;
    }

    /** By GPU; null if the list cannot be had. */
    private @Nullable Map<String, List<GpuProcess>> processes(long end) {
        Result result = ask(end, "--query-compute-apps=gpu_uuid,pid,used_memory", "--format=csv,noheader,nounits");
        List<Map<String, String>> rows = SmiCsv.rows(result.output(), PROCESS);
        boolean refused = rows.isEmpty() && result.output().contains("nsufficient");
        if (!result.isSuccess() || refused || rows.stream().anyMatch(SmiDevices::isHidden)) {
            return null;
        }
        Map<String, List<GpuProcess>> processes = new HashMap<>();
        for (Map<String, String> cells : rows) {
            GpuProcess process = SmiDevices.process(cells);
            if (process.pid() > 0) {
                processes
                        .computeIfAbsent(cells.getOrDefault("uuid", ""), uuid -> new ArrayList<>())
                        .add(process);
            }
        }
        return processes;
    }

    private Result ask(long end, String... arguments) {
        long left = end - System.nanoTime();
        if (left <= 0) {
            return Result.none(Outcome.TIMED_OUT, program + " was not asked more: the time was used up");
        }
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        return commands.run(command, Duration.ofNanos(left));
    }
}
