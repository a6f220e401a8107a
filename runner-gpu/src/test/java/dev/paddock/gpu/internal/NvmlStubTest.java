package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The source through JNA against a library in C. */
@EnabledOnOs(OS.LINUX)
class NvmlStubTest {
    private static final long MIB = 1L << 20;

    @TempDir
    Path folder;

    private NvmlSource open(List<String> lines) throws Exception {
        Path library = StubLibrary.compile(folder.resolve("lib"), lines);
        return NvmlSource.open(NvmlOptions.standard().withLibrary(library).withFsRoot(folder.resolve("root")));
    }

    @Test
    @DisplayName("HW-14: the inventory of eight GPUs is the same on every JDK")
    void inventory() throws Exception {
        try (NvmlSource source = open(StubLibrary.gpus(8))) {
            GpuReport report = source.inventory();
            assertThat(report.state()).isEqualTo(GpuReport.State.FOUND);
            assertThat(report.message()).isEqualTo("NVML: 8 GPUs");
            assertThat(report.driverVersion()).isEqualTo("580.159.03");
            assertThat(report.computeVersion()).isEqualTo("13.0");
            assertThat(report.devices()).hasSize(8);
            GpuDevice third = report.devices().get(2);
            assertThat(third)
                    .isEqualTo(GpuDevice.builder("GPU-0000-2", "NVIDIA H100 80GB HBM3")
                            .index(2)
                            .busId("0000:3d:00.0")
                            .computeCapability("9.0")
                            .computeMode(ComputeMode.DEFAULT)
                            .migMode(GpuDevice.MigMode.DISABLED)
                            .linkGroup("nvlink-0000:3b:00.0")
                            .memory(memory(81_559, 479, 1000, 80_080))
                            .build());
        }
    }

    private static GpuMemory memory(long total, long reserved, long used, long free) {
        return new GpuMemory(
                Reading.of(total * MIB),
                Reading.of(reserved * MIB),
                Reading.of(used * MIB),
                Reading.of(free * MIB),
                GpuMemory.Source.DETAILED);
    }

    @Test
    @DisplayName("HW-26: a field the library does not know is not supported, and all else of a sample is told")
    void sample() throws Exception {
        try (NvmlSource source = open(StubLibrary.gpus(2))) {
            source.inventory();
            GpuSample second = source.sample().get(1);
            assertThat(second.id()).isEqualTo("GPU-0000-1");
            assertThat(second.activity())
                    .isEqualTo(new GpuSample.Activity(
                            Reading.of(7),
                            Reading.of(41),
                            Reading.of(90),
                            Reading.of(85),
                            Reading.of(-2),
                            Reading.of(71_340),
                            Reading.of(700_000),
                            Reading.of(1980),
                            Reading.of(0x100000004L),
                            Reading.of(1)));
            assertThat(second.faults())
                    .isEqualTo(new GpuSample.Faults(
                            Reading.of(10),
                            Reading.of(11),
                            Reading.of(5),
                            Reading.of(0),
                            Reading.of(5),
                            Reading.of(1),
                            Reading.of(0),
                            Reading.notSupported()));
            assertThat(second.processesSeen()).isTrue();
            assertThat(second.processes())
                    .containsExactly(
                            new GpuProcess(4010, Reading.of(1L << 30)), new GpuProcess(4011, Reading.notSupported()));
        }
    }

    @Test
    @DisplayName("HW-4: a library that differs from its kernel module says so, and what to do")
    void versionMismatch() throws Exception {
        try (NvmlSource source = open(List.of("sys initrc=18"))) {
            GpuReport report = source.inventory();
            assertThat(report.state()).isEqualTo(GpuReport.State.VERSION_MISMATCH);
            assertThat(report.remedy()).contains("reboot");
            assertThat(report.devices()).isEmpty();
        }
    }

    @Test
    @DisplayName("HW-8: of two sources in a JVM the one left open goes on; closed, they ask nothing")
    void twoSources() throws Exception {
        Path library = StubLibrary.compile(folder.resolve("lib"), StubLibrary.gpus(1));
        NvmlOptions options = NvmlOptions.standard().withLibrary(library);
        NvmlSource first = NvmlSource.open(options);
        NvmlSource second = NvmlSource.open(options);
        assertThat(first.inventory().devices()).hasSize(1);
        assertThat(second.inventory().devices()).hasSize(1);
        first.close();
        assertThat(second.sample().get(0).state()).isEqualTo(GpuDevice.State.AVAILABLE);
        assertThat(second.inventory().devices()).hasSize(1);
        second.close();
        assertThat(second.inventory().state()).isEqualTo(GpuReport.State.CLOSED);
        assertThat(second.sample()).isEmpty();
    }

    @Test
    @DisplayName("HW-10: eight threads sample ten thousand times, and each sample is of one device")
    void concurrentSamples() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try (NvmlSource source = open(StubLibrary.gpus(3))) {
            source.inventory();
            List<Future<Boolean>> done = new ArrayList<>();
            Callable<Boolean> work = () -> {
                for (int i = 0; i < 1250; i++) {
                    List<GpuSample> samples = source.sample();
                    for (int gpu = 0; gpu < 3; gpu++) {
                        GpuSample sample = samples.get(gpu);
                        assertThat(sample.id()).isEqualTo("GPU-0000-" + gpu);
                        assertThat(sample.activity().temperature()).isEqualTo(Reading.of(40 + gpu));
                        assertThat(sample.processes().get(0).pid()).isEqualTo(4000 + 10 * gpu);
                    }
                }
                return true;
            };
            for (int i = 0; i < 8; i++) {
                done.add(threads.submit(work));
            }
            for (Future<Boolean> one : done) {
                assertThat(one.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    @DisplayName("HW-33: the sizes a GPU can be partitioned in and where; an older library tells them without names")
    void migProfiles() throws Exception {
        try (NvmlSource source = open(StubLibrary.gpus(2, "profiles=2", "profiles=1"))) {
            List<GpuDevice> gpus = source.inventory().devices();
            MigProfile small = gpus.get(0).migProfiles().get(0);
            assertThat(small.placements().orElseThrow()).hasSize(7).endsWith(new MigProfile.Placement(6, 1));
            assertThat(gpus.get(0).migProfiles().get(1))
                    .isEqualTo(new MigProfile(
                            "3g.40gb",
                            9,
                            3,
                            ByteSize.ofMiB(40_448),
                            2,
                            Optional.of(List.of(new MigProfile.Placement(0, 4), new MigProfile.Placement(4, 4)))));
            assertThat(gpus.get(1).migProfiles())
                    .hasSize(2)
                    .first()
                    .isEqualTo(new MigProfile("", 19, 1, ByteSize.ofMiB(9984), 7, small.placements()));
        }
    }

    @Test
    @DisplayName("HW-28: three MIG devices at 0, 1 and 3 are found over the hole")
    void migHoles() throws Exception {
        try (NvmlSource source = open(StubLibrary.gpus(1, "mig=11"))) {
            GpuDevice gpu = source.inventory().devices().get(0);
            assertThat(gpu.migMode()).isEqualTo(GpuDevice.MigMode.ENABLED);
            assertThat(gpu.migDevices()).extracting(MigDevice::id).containsExactly("MIG-0-0", "MIG-0-1", "MIG-0-3");
            assertThat(gpu.migDevices().get(2))
                    .isEqualTo(new MigDevice("MIG-0-3", "1g.10gb", 10, 0, memory(9984, 0, 0, 9984)));
        }
    }

    @Test
    @DisplayName("HW-59: an Xid event names its GPU and its number; then the watch goes on waiting")
    void xidEvent() throws Exception {
        List<String> lines = new ArrayList<>(StubLibrary.gpus(2));
        lines.add("sys xid=79 xidgpu=1");
        try (NvmlSource source = open(lines)) {
            source.inventory();
            CompletableFuture<XidEvent> told = new CompletableFuture<>();
            XidWatch watch = source.watchEvents(told::complete).orElseThrow();
            assertThat(told.get(60, TimeUnit.SECONDS)).isEqualTo(new XidEvent("GPU-0000-1", XidEvent.Kind.XID, 79));
            assertThat(watch.watched()).containsExactly("GPU-0000-0", "GPU-0000-1");
            assertThat(watch.silence()).isLessThan(Duration.ofMinutes(1));
            watch.close();
            assertThat(watch.awaitEnd(Duration.ofSeconds(60))).isTrue();
        }
    }

    @Test
    @DisplayName("HW-64: a GPU whose calls hang times out, the others answer, and threads stay few")
    void hangingDevice() throws Exception {
        Path library = StubLibrary.compile(folder.resolve("lib"), StubLibrary.gpus(3, "", "hangms=600000"));
        NvmlSource source = NvmlSource.open(NvmlOptions.standard()
                .withLibrary(library)
                .withDeadlines(Duration.ofSeconds(20), Duration.ofMillis(300)));
        GpuReport report = source.inventory();
        assertThat(report.devices())
                .extracting(GpuDevice::state)
                .containsExactly(GpuDevice.State.AVAILABLE, GpuDevice.State.LOST, GpuDevice.State.AVAILABLE);
        for (int i = 0; i < 100; i++) {
            List<GpuSample> samples = source.sample();
            assertThat(samples.get(0).activity().temperature()).isEqualTo(Reading.of(40));
            assertThat(samples.get(1).activity().temperature()).isEqualTo(Reading.timedOut());
            assertThat(samples.get(2).activity().temperature()).isEqualTo(Reading.of(42));
        }
        long threads = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("paddock-nvml-"))
                .filter(Thread::isDaemon)
                .count();
        assertThat(threads).isBetween(1L, 3L);
        source.close();
    }
}
