package dev.paddock.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.paddock.gpu.GpuInventory;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.host.CommandRunner;
import dev.paddock.host.HostDoctor;
import dev.paddock.host.HostReport;
import dev.paddock.host.HostRequirements;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * What it costs to ask a driver of eight GPUs, which here is a library in C that answers at once, so that only our part is
 * measured; and how long an examination for GPU runners takes while one of its checks hangs.
 */
final class HostGpus implements Benchmark {
    private static final int GPUS = 8;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    @Override
    public List<Row> run(boolean quick) throws Exception {
        Path folder = Files.createTempDirectory("paddock-gpus");
        List<Row> rows = new ArrayList<>();
        try (GpuProbe probe = GpuProbe.builder()
                .mode(GpuProbe.Mode.NVML)
                .nvmlLibrary(library(folder))
                .fsRoot(Files.createDirectory(folder.resolve("root")))
                .build()) {
            int rounds = quick ? 500 : 5000;
            long[] inventories = new long[rounds];
            for (int i = 0; i < rounds; i++) {
                long start = System.nanoTime();
                GpuInventory found = probe.inventory();
                if (found.devices().size() != GPUS) {
                    throw new IllegalStateException("not " + GPUS + " GPUs: " + found);
                }
                inventories[i] = System.nanoTime() - start;
            }
            long[] warm = Arrays.copyOfRange(inventories, rounds / 2, rounds);
            Arrays.sort(warm);
            double median = warm[warm.length / 2] / NANOS_PER_MILLI;
            rows.add(new Row(
                    "inventory of 8 GPUs of a driver that answers at once, through JNA",
                    "median ≤ 1 ms",
                    String.format(Locale.ROOT, "median %.2f ms over %d", median, warm.length),
                    median <= 1));
            for (int i = 0; i < rounds / 2; i++) {
                probe.sample();
            }
            long before = PROCESS.getProcessCpuTime();
            for (int i = 0; i < rounds; i++) {
                probe.sample();
            }
            double percent = (PROCESS.getProcessCpuTime() - before) / (double) rounds / 1e9 * 100;
            rows.add(new Row(
                    "a sample of 8 GPUs each second",
                    "≤ 0.2 % of a core",
                    String.format(Locale.ROOT, "%.3f %% of a core", percent),
                    percent <= 0.2));
            rows.add(doctor(probe));
        }
        return rows;
    }

    private static Path library(Path folder) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < GPUS; i++) {
            lines.add("gpu name=NVIDIA_H100_80GB_HBM3 uuid=GPU-0000-" + i + " bus=00000000:"
                    + Integer.toHexString(0x3b + i) + ":00.0 total=81559 reserved=479 used=1000");
        }
        Path conf = Files.write(folder.resolve("gpus.conf"), lines);
        Path library = folder.resolve("libnvidia-ml.so.1");
        Process gcc = new ProcessBuilder(
                        "gcc",
                        "-O2",
                        "-shared",
                        "-fPIC",
                        "-fvisibility=hidden",
                        "-DCONF=\"" + conf + "\"",
                        "-o",
                        library.toString(),
                        "runner-gpu/src/test/c/nvml_stub.c")
                .inheritIO()
                .start();
        if (gcc.waitFor() != 0) {
            throw new IllegalStateException("gcc could not compile the library");
        }
        return library;
    }

    private static Row doctor(GpuProbe probe) {
        var never = new CountDownLatch(1);
        HostCheck hangs = new HostCheck() {
            @Override
            public String id() {
                return "HANGS";
            }

            @Override
            public HostCheckResult.Severity severity() {
                return HostCheckResult.Severity.INFO;
            }

            @Override
            public Duration deadline() {
                return Duration.ofMillis(1800);
            }

            @Override
            public HostCheckResult check() {
                try {
                    never.await();
                } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                }
                throw new IllegalStateException("released");
            }
        };
        HostDoctor doctor = HostDoctor.builder(
                        HostRequirements.gpuNer(), Path.of("").toAbsolutePath())
                .commands((command, deadline) -> CommandRunner.Result.exited(0, "", ""))
                .gpus(probe)
                .addCheck(hangs)
                .build();
        doctor.examine();
        long start = System.nanoTime();
        HostReport report = doctor.examine();
        double seconds = (System.nanoTime() - start) / 1e9;
        long unknown = report.results().stream()
                .filter(result -> result.observed().startsWith("no answer within"))
                .count();
        never.countDown();
        return new Row(
                "an examination for GPU runners, its commands answering at once, while one check hangs for its 1.8 s",
                "≤ 2 s, one check without an answer",
                String.format(Locale.ROOT, "%.2f s, %d without an answer", seconds, unknown),
                seconds <= 2 && unknown == 1);
    }
}
