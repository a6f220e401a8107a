package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The source on a host with an NVIDIA GPU: {@code mvn verify -Dgpu=true -pl runner-gpu -am}. Prints what it sees. */
@Tag("gpu")
class RealGpuTest {
    @Test
    @DisplayName("A real GPU tells its UUID, its memory, its driver and its temperature, and they are plausible")
    void realGpu() {
        try (NvmlSource source = NvmlSource.open(NvmlOptions.standard())) {
            long start = System.nanoTime();
            GpuReport report = source.inventory();
            System.out.println("first inventory: " + micros(start) + " us");
            print(report);
            assertThat(report.state()).as(report.message()).isEqualTo(GpuReport.State.FOUND);
            assertThat(report.driverVersion()).matches("\\d+\\.\\d+(\\.\\d+)?");
            assertThat(report.computeVersion()).matches("\\d+\\.\\d+");
            report.devices().forEach(RealGpuTest::isPlausible);

            List<GpuSample> samples = source.sample();
            samples.forEach(RealGpuTest::print);
            assertThat(samples).hasSameSizeAs(report.devices());
            samples.forEach(RealGpuTest::isPlausible);

            for (int i = 0; i < 20; i++) {
                source.inventory();
                source.sample();
            }
            start = System.nanoTime();
            assertThat(source.inventory()).extracting(GpuReport::state).isEqualTo(GpuReport.State.FOUND);
            System.out.println("warm inventory: " + micros(start) + " us");
            start = System.nanoTime();
            source.sample();
            System.out.println("warm sample: " + micros(start) + " us");
        }
    }

    @Test
    @DisplayName("A real GPU's events can be waited for, or the watch says that none come")
    void events() throws InterruptedException {
        try (NvmlSource source = NvmlSource.open(NvmlOptions.standard())) {
            source.inventory();
            Optional<XidWatch> watch = source.watchEvents(e -> System.out.println("event: " + e));
            assertThat(watch).isPresent();
            boolean ended = watch.get().awaitEnd(XidWatch.SLICE.multipliedBy(2));
            System.out.println("watched: " + watch.get().watched() + (ended ? ", ended" : "") + ", silent for "
                    + watch.get().silence());
            watch.get().close();
            assertThat(watch.get().awaitEnd(XidWatch.SLICE.multipliedBy(10))).isTrue();
        }
    }

    private static long micros(long start) {
        return (System.nanoTime() - start) / 1000;
    }

    private static void isPlausible(GpuDevice device) {
        assertThat(device.id()).matches("GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(device.name()).isNotBlank();
        assertThat(device.busId()).matches("[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]");
        assertThat(device.computeCapability()).matches("\\d+\\.\\d+");
        GpuMemory memory = device.memory();
        if (memory.source() == GpuMemory.Source.DETAILED) {
            long total = memory.total().orElse(-1);
            long sum = memory.used().orElse(0)
                    + memory.free().orElse(0)
                    + memory.reserved().orElse(0);
            assertThat(total).isBetween(1L << 30, 1L << 40);
            assertThat(Math.abs(total - sum)).isLessThan(16L << 20);
        }
    }

    private static void isPlausible(GpuSample sample) {
        assertThat(sample.state()).isEqualTo(GpuDevice.State.AVAILABLE);
        assertThat(sample.activity().temperature().orElse(-1)).isBetween(5L, 110L);
        assertThat(sample.activity().utilization().orElse(0)).isBetween(0L, 100L);
        assertThat(sample.activity().power().orElse(1)).isBetween(1L, 3_000_000L);
    }

    private static void print(GpuReport report) {
        System.out.println(report.state() + ", " + report.message() + ", driver " + report.driverVersion() + ", CUDA "
                + report.computeVersion());
        for (GpuDevice d : report.devices()) {
            System.out.println(d + ", index " + d.index() + ", bus " + d.busId() + ", capability "
                    + d.computeCapability() + ", mode " + d.computeMode() + ", MIG " + d.migMode() + " "
                    + d.migDevices() + ", NUMA node " + d.numaNode() + ", links '" + d.linkGroup() + "'");
            System.out.println("  " + d.memory());
        }
    }

    private static void print(GpuSample sample) {
        System.out.println(sample.id() + " " + sample.state());
        System.out.println("  " + sample.memory());
        System.out.println("  " + sample.activity());
        System.out.println("  " + sample.faults());
        System.out.println("  processes " + (sample.processesSeen() ? sample.processes() : "not seen"));
    }
}
