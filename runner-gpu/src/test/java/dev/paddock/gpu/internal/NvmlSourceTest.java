package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the source makes of what NVML answers. */
class NvmlSourceTest {
    private static final long MIB = FakeNvml.MIB;

    @TempDir
    Path root;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

    private NvmlSource source(FakeNvml nvml) {
        return new NvmlSource(options(), nvml::opened);
    }

    private NvmlOptions options() {
        return NvmlOptions.standard()
                .withFsRoot(root)
                .withClock(now::get)
                .withDeadlines(Duration.ofMinutes(1), Duration.ofMinutes(1));
    }

    // ---- the driver as a whole ------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "HW-1: without a library there are no GPUs and one line says so; after a minute it is looked for again")
    void noLibrary() {
        AtomicInteger looks = new AtomicInteger();
        NvmlLibrary none = new NvmlLibrary("Linux", root, java.util.Optional.empty(), java.util.Map.of());
        try (NvmlSource source = new NvmlSource(options(), () -> {
            looks.incrementAndGet();
            return none.open();
        })) {
            GpuReport report = source.inventory();
            assertThat(report.state()).isEqualTo(GpuReport.State.ABSENT);
            assertThat(report.message()).isEqualTo("NVML: library not found");
            assertThat(report.devices()).isEmpty();
            assertThat(source.sample()).isEmpty();
            now.set(Instant.EPOCH.plusSeconds(59));
            assertThat(source.inventory()).isEqualTo(report);
            assertThat(looks).hasValue(1);
            now.set(Instant.EPOCH.plusSeconds(60));
            assertThat(source.inventory()).isEqualTo(report);
            assertThat(looks).hasValue(2);
        }
    }

    @Test
    @DisplayName("HW-5: a driver that is not loaded, with a GPU on the bus, is a GPU without driver")
    void driverNotLoaded() throws IOException {
        pci("0000:3b:00.0", "0x10de", "0x030200");
        pci("0000:3b:00.1", "0x10de", "0x040300");
        pci("0000:00:02.0", "0x8086", "0x030000");
        FakeNvml nvml = new FakeNvml(0);
        nvml.codes.put("init", 9);
        try (NvmlSource source = source(nvml)) {
            GpuReport report = source.inventory();
            assertThat(report.state()).isEqualTo(GpuReport.State.DRIVER_NOT_LOADED);
            assertThat(report.message()).endsWith("GPU on PCI bus without driver: 0000:3b:00.0");
            assertThat(report.remedy()).contains("modprobe nvidia");
            nvml.codes.clear();
            assertThat(source.inventory().state()).isEqualTo(GpuReport.State.NO_GPUS);
        }
        assertThat(nvml.called("shutdown")).isEqualTo(1);
    }

    private void pci(String address, String vendor, String type) throws IOException {
        Path device =
                Files.createDirectories(root.resolve("sys/bus/pci/devices").resolve(address));
        Files.writeString(device.resolve("vendor"), vendor + "\n");
        Files.writeString(device.resolve("class"), type + "\n");
    }

    @Test
    @DisplayName("HW-6: what a container's device rules block is not a host without GPU")
    void blocked() {
        FakeNvml nvml = new FakeNvml(1);
        nvml.codes.put("init", 17);
        try (NvmlSource source = source(nvml)) {
            GpuReport report = source.inventory();
            assertThat(report.state()).isEqualTo(GpuReport.State.BLOCKED);
            assertThat(report.message()).contains("container").contains("cgroup");
            assertThat(report.remedy()).contains("restart the container");
        }
        assertThat(nvml.called("shutdown")).isZero();
    }

    @Test
    @DisplayName("HW-7: a driver without devices is well and has no GPUs")
    void noGpus() {
        try (NvmlSource source = source(new FakeNvml(0))) {
            GpuReport report = source.inventory();
            assertThat(report.state()).isEqualTo(GpuReport.State.NO_GPUS);
            assertThat(report.driverVersion()).isEqualTo("580.159.03");
            assertThat(report.devices()).isEmpty();
        }
    }

    @Test
    @DisplayName("HW-8: once closed, a source reports that and asks the library nothing")
    void closedAsksNothing() {
        FakeNvml nvml = new FakeNvml(1);
        NvmlSource source = source(nvml);
        source.inventory();
        source.close();
        int calls = nvml.calls.values().stream().mapToInt(i -> i).sum();
        assertThat(source.inventory().state()).isEqualTo(GpuReport.State.CLOSED);
        assertThat(source.sample()).isEmpty();
        assertThat(source.watchEvents(e -> {})).isEmpty();
        assertThat(nvml.calls.values().stream().mapToInt(i -> i).sum()).isEqualTo(calls);
    }

    @Test
    @DisplayName("HW-9: closed twice and under a sample, NVML ends once, after the sample's last call")
    void closedUnderASample() throws Exception {
        FakeNvml nvml = new FakeNvml(1);
        NvmlSource source = source(nvml);
        source.inventory();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        nvml.gpus.get(0).before = () -> {
            asked.countDown();
            await(go);
            assertThat(nvml.called("shutdown")).isZero();
        };
        AtomicReference<List<GpuSample>> samples = new AtomicReference<>();
        Thread sampling = new Thread(() -> samples.set(source.sample()));
        sampling.start();
        await(asked);
        source.close();
        source.close();
        assertThat(nvml.called("shutdown")).isZero();
        go.countDown();
        sampling.join();
        assertThat(samples.get()).isEmpty();
        assertThat(nvml.called("init")).isEqualTo(1);
        assertThat(nvml.called("shutdown")).isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {12_080, 13_000, 12_010})
    @DisplayName("HW-20: the CUDA version is a number of two parts")
    void cudaVersion(int number) {
        FakeNvml nvml = new FakeNvml(1);
        nvml.cuda = number;
        try (NvmlSource source = source(nvml)) {
            assertThat(source.inventory().computeVersion())
                    .isEqualTo(number == 13_000 ? "13.0" : number == 12_080 ? "12.8" : "12.1");
        }
    }

    // ---- devices --------------------------------------------------------------------------------------------

    @Test
    @DisplayName("HW-11: an old library is asked by its older names")
    void oldLibrary() {
        FakeNvml nvml = new FakeNvml(1);
        for (String missing : List.of("CLOCKS_EVENT_REASONS", "memoryV2", "COMPUTEv3")) {
            nvml.codes.put(missing, 13);
        }
        FakeNvml.Gpu gpu = nvml.gpus.get(0);
        gpu.numbers.put(NvmlFunction.CLOCKS_EVENT_REASONS, 0L);
        gpu.numbers.put(NvmlFunction.CLOCKS_THROTTLE_REASONS, 0x40L);
        gpu.processes = FakeNvml.processes(24, 17, MIB);
        try (NvmlSource source = source(nvml)) {
            GpuMemory memory = source.inventory().devices().get(0).memory();
            assertThat(memory.source()).isEqualTo(GpuMemory.Source.LEGACY);
            assertThat(memory.reserved()).isEqualTo(Reading.notSupported());
            GpuSample sample = source.sample().get(0);
            assertThat(sample.activity().throttleReasons()).isEqualTo(Reading.of(0x40));
            assertThat(sample.processes())
                    .singleElement()
                    .satisfies(p -> assertThat(p.pid()).isEqualTo(17));
        }
        assertThat(nvml.called("COMPUTEv2")).isEqualTo(2);
        assertThat(nvml.called("COMPUTEv1")).isZero();
    }

    @Test
    @DisplayName("HW-11: a function that is missing is looked up once")
    void lookedUpOnce() {
        AtomicInteger lookups = new AtomicInteger();
        JnaNvml nvml = new JnaNvml(name -> {
            assertThat(name).isEqualTo("nvmlInit_v2");
            lookups.incrementAndGet();
            return null;
        });
        assertThat(nvml.init()).isEqualTo(13);
        assertThat(nvml.init()).isEqualTo(13);
        assertThat(lookups).hasValue(1);
    }

    @Test
    @DisplayName("HW-12: a code that is in no header is a failure with its number")
    void unlistedCode() {
        FakeNvml nvml = new FakeNvml(1);
        nvml.gpus.get(0).codes.put("temperature", 77);
        try (NvmlSource source = source(nvml)) {
            source.inventory();
            GpuSample sample = source.sample().get(0);
            assertThat(sample.activity().temperature()).isEqualTo(Reading.failed("77"));
            assertThat(sample.activity().power()).isEqualTo(Reading.of(11_170));
            assertThat(sample.state()).isEqualTo(GpuDevice.State.AVAILABLE);
        }
    }

    @Test
    @DisplayName("HW-15: total, reserved, used and free are told apart; what can be shared is total less reserved")
    void memory() {
        try (NvmlSource source = source(new FakeNvml(1))) {
            GpuMemory memory = source.inventory().devices().get(0).memory();
            assertThat(memory)
                    .isEqualTo(new GpuMemory(
                            Reading.of(81_559 * MIB),
                            Reading.of(479 * MIB),
                            Reading.of(0),
                            Reading.of(81_081 * MIB),
                            GpuMemory.Source.DETAILED));
            assertThat(memory.schedulable()).isEqualTo(Reading.of((81_559 - 479) * MIB));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 13, 25, 999})
    @DisplayName("HW-16: where the newer question for memory fails the older is asked, and the newer never again")
    void legacyMemory(int code) {
        FakeNvml nvml = new FakeNvml(2);
        nvml.gpus.get(0).codes.put("memoryV2", code);
        try (NvmlSource source = source(nvml)) {
            List<GpuDevice> devices = source.inventory().devices();
            assertThat(devices.get(0).memory().source()).isEqualTo(GpuMemory.Source.LEGACY);
            assertThat(devices.get(0).memory().used()).isEqualTo(Reading.of(479 * MIB));
            assertThat(devices.get(1).memory().source()).isEqualTo(GpuMemory.Source.DETAILED);
            int asked = nvml.called("memoryV2");
            source.sample();
            assertThat(nvml.called("memoryV2")).isEqualTo(asked + 1);
        }
    }

    @Test
    @DisplayName("HW-17: a board that shares the host's memory has none of its own, and is listed")
    void unifiedMemory() {
        FakeNvml nvml = new FakeNvml(1);
        nvml.gpus.get(0).name = "NVIDIA GB10";
        nvml.gpus.get(0).codes.put("memoryV2", 3);
        nvml.gpus.get(0).codes.put("memory", 3);
        try (NvmlSource source = source(nvml)) {
            GpuDevice device = source.inventory().devices().get(0);
            assertThat(device.isSchedulable()).isTrue();
            assertThat(device.memory().source()).isEqualTo(GpuMemory.Source.UNIFIED);
            assertThat(device.memory().total()).isEqualTo(Reading.notSupported());
            GpuSample sample = source.sample().get(0);
            assertThat(sample.activity().utilization()).isEqualTo(Reading.of(0));
            assertThat(sample.activity().power()).isEqualTo(Reading.of(11_170));
        }
    }

    @Test
    @DisplayName("HW-18: a GPU that may not be opened is listed as such among the others")
    void noPermission() {
        FakeNvml nvml = new FakeNvml(4);
        nvml.gpus.get(2).codes.put("handle", 4);
        try (NvmlSource source = source(nvml)) {
            GpuReport report = source.inventory();
            assertThat(report.devices())
                    .extracting(GpuDevice::state)
                    .containsExactly(
                            GpuDevice.State.AVAILABLE,
                            GpuDevice.State.AVAILABLE,
                            GpuDevice.State.NO_PERMISSION,
                            GpuDevice.State.AVAILABLE);
            assertThat(report.devices().get(2).index()).isEqualTo(2);
            assertThat(report.devices().get(2).memory().total()).isEqualTo(Reading.noPermission());
            assertThat(report.message()).contains("4 GPUs").contains("2 is NO_PERMISSION");
            assertThat(source.sample())
                    .extracting(GpuSample::state)
                    .containsExactly(
                            GpuDevice.State.AVAILABLE,
                            GpuDevice.State.AVAILABLE,
                            GpuDevice.State.NO_PERMISSION,
                            GpuDevice.State.AVAILABLE);
        }
    }

    @Test
    @DisplayName("HW-19: a GPU lost after its name keeps the name, and is asked nothing more")
    void lostInBetween() {
        FakeNvml nvml = new FakeNvml(3);
        nvml.gpus.get(1).lostAfter = 1;
        try (NvmlSource source = source(nvml)) {
            GpuReport report = source.inventory();
            GpuDevice lost = report.devices().get(1);
            assertThat(lost.state()).isEqualTo(GpuDevice.State.LOST);
            assertThat(lost.name()).isEqualTo("NVIDIA H100 80GB HBM3");
            assertThat(lost.reason()).contains("fell off its bus");
            assertThat(lost.memory().total()).isEqualTo(Reading.lost());
            assertThat(report.devices().get(0).state()).isEqualTo(GpuDevice.State.AVAILABLE);
            assertThat(report.devices().get(2).state()).isEqualTo(GpuDevice.State.AVAILABLE);
            assertThat(report.message()).containsOnlyOnce("LOST");
            assertThat(nvml.gpus.get(1).calls).isLessThanOrEqualTo(3);
        }
    }

    @Test
    @DisplayName("HW-19: a GPU lost after an inventory keeps its UUID in the next, and in samples")
    void lostLater() {
        FakeNvml nvml = new FakeNvml(2);
        try (NvmlSource source = source(nvml)) {
            source.inventory();
            nvml.gpus.get(1).lostAfter = 0;
            GpuSample sample = source.sample().get(1);
            assertThat(sample.id()).isEqualTo("GPU-1");
            assertThat(sample.state()).isEqualTo(GpuDevice.State.LOST);
            assertThat(sample.faults().remapFailed()).isEqualTo(Reading.lost());
            assertThat(sample.processesSeen()).isFalse();
            nvml.gpus.get(1).codes.put("handle", 15);
            GpuDevice device = source.inventory().devices().get(1);
            assertThat(device.id()).isEqualTo("GPU-1");
            assertThat(device.busId()).isEqualTo("0000:3c:00.0");
            assertThat(device.state()).isEqualTo(GpuDevice.State.LOST);
        }
    }

    @Test
    @DisplayName("HW-64: a GPU that hung while an inventory was taken is asked again as soon as its call returned")
    void hungInAnInventory() throws Exception {
        FakeNvml nvml = new FakeNvml(2);
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<Thread> hung = new AtomicReference<>();
        NvmlOptions options =
                NvmlOptions.standard().withFsRoot(root).withDeadlines(Duration.ofSeconds(60), Duration.ofMillis(300));
        try (NvmlSource source = new NvmlSource(options, nvml::opened)) {
            source.inventory();
            nvml.gpus.get(0).before = () -> {
                hung.set(Thread.currentThread());
                await(go);
            };
            GpuDevice late = source.inventory().devices().get(0);
            assertThat(late.state()).isEqualTo(GpuDevice.State.LOST);
            assertThat(late.memory().total()).isEqualTo(Reading.timedOut());
            assertThat(source.sample())
                    .extracting(s -> s.activity().temperature().isKnown())
                    .containsExactly(false, true);
            go.countDown();
            hung.get().join();
            assertThat(source.sample().get(0).id()).isEqualTo("GPU-0");
            assertThat(source.sample()).extracting(GpuSample::state).containsOnly(GpuDevice.State.AVAILABLE);
        }
    }

    @Test
    @DisplayName("HW-22: devices in another order are the same by their UUIDs")
    void anotherOrder() {
        FakeNvml nvml = new FakeNvml(3);
        try (NvmlSource source = source(nvml)) {
            Set<String> before = ids(source.inventory());
            java.util.Collections.reverse(nvml.gpus);
            GpuReport after = source.inventory();
            assertThat(ids(after)).isEqualTo(before);
            assertThat(after.devices().get(0).id()).isEqualTo("GPU-2");
            assertThat(source.sample()).extracting(GpuSample::id).containsExactly("GPU-2", "GPU-1", "GPU-0");
        }
    }

    private static Set<String> ids(GpuReport report) {
        return report.devices().stream().map(GpuDevice::id).collect(Collectors.toSet());
    }

    @Test
    @DisplayName("HW-72: compute modes are told; a prohibited GPU holds nothing and says why")
    void computeModes() {
        FakeNvml nvml = new FakeNvml(5);
        for (int i = 0; i < 5; i++) {
            nvml.gpus.get(i).numbers.put(NvmlFunction.COMPUTE_MODE, (long) i);
        }
        try (NvmlSource source = source(nvml)) {
            List<GpuDevice> devices = source.inventory().devices();
            assertThat(devices)
                    .extracting(GpuDevice::computeMode)
                    .containsExactly(
                            ComputeMode.DEFAULT,
                            ComputeMode.EXCLUSIVE_PROCESS,
                            ComputeMode.PROHIBITED,
                            ComputeMode.EXCLUSIVE_PROCESS,
                            ComputeMode.UNKNOWN);
            assertThat(devices.get(2).isSchedulable()).isFalse();
            assertThat(devices.get(2).reason()).contains("prohibited");
        }
    }

    @Test
    @DisplayName("HW-60: a GPU that requires a reset cannot be used, whatever else it answers")
    void resetRequired() {
        FakeNvml nvml = new FakeNvml(1);
        try (NvmlSource source = source(nvml)) {
            source.inventory();
            nvml.gpus.get(0).codes.put("eccErrors", 16);
            nvml.gpus.get(0).fields = new long[] {1, 0};
            GpuSample sample = source.sample().get(0);
            assertThat(sample.state()).isEqualTo(GpuDevice.State.UNUSABLE);
            assertThat(sample.faults().recoveryAction()).isEqualTo(Reading.of(1));
            assertThat(sample.activity().temperature()).isEqualTo(Reading.of(40));
        }
    }

    @Test
    @DisplayName("HW-26: of two fields the one the driver does not know is not supported")
    void unknownField() {
        FakeNvml nvml = new FakeNvml(1);
        nvml.gpus.get(0).codes.put("field230", 2);
        nvml.gpus.get(0).codes.put("POWER_USAGE", 3);
        nvml.gpus.get(0).fields = new long[] {7, 99_000};
        try (NvmlSource source = source(nvml)) {
            source.inventory();
            GpuSample sample = source.sample().get(0);
            assertThat(sample.faults().recoveryAction()).isEqualTo(Reading.notSupported());
            assertThat(sample.activity().power()).isEqualTo(Reading.of(99_000));
        }
    }

    @Test
    @DisplayName("The NUMA node is the kernel's, or else the driver's")
    void numaNode() throws IOException {
        pci("0000:3b:00.0", "0x10de", "0x030200");
        Files.writeString(root.resolve("sys/bus/pci/devices/0000:3b:00.0/numa_node"), "0\n");
        try (NvmlSource source = source(new FakeNvml(2))) {
            assertThat(source.inventory().devices())
                    .extracting(GpuDevice::numaNode)
                    .containsExactly(0, 1);
        }
    }

    @Test
    @DisplayName("GPUs linked with each other or with one switch are a group; links are followed once")
    void links() {
        FakeNvml nvml = new FakeNvml(6);
        nvml.gpus.get(0).links = List.of("", "00000000:C0:00.0");
        nvml.gpus.get(1).links = List.of("00000000:C0:00.0");
        nvml.gpus.get(2).links = List.of("00000000:3E:00.0");
        nvml.gpus.get(4).fabric = "00112233445566778899aabbccddeeff";
        nvml.gpus.get(5).fabric = "0".repeat(32);
        try (NvmlSource source = source(nvml)) {
            assertThat(source.inventory().devices())
                    .extracting(GpuDevice::linkGroup)
                    .containsExactly(
                            "nvlink-0000:3b:00.0",
                            "nvlink-0000:3b:00.0",
                            "nvlink-0000:3d:00.0",
                            "nvlink-0000:3d:00.0",
                            "fabric-00112233445566778899aabbccddeeff-1",
                            "");
            int followed = nvml.called("nvLinkState");
            assertThat(source.inventory().devices().get(0).linkGroup()).isEqualTo("nvlink-0000:3b:00.0");
            assertThat(nvml.called("nvLinkState")).isEqualTo(followed);
        }
    }
}
