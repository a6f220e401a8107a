package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuVendor;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuReport.State;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("An inventory of ways of asking that may hang")
@Timeout(120)
class LayeredInventoryTest {
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofMinutes(1);

    private final CountDownLatch go = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        go.countDown();
    }

    /** Has one GPU, of which it tells once it may. */
    private static class Scripted implements GpuSource {
        final AtomicInteger asked = new AtomicInteger();
        private final String name;
        private final Runnable before;

        Scripted(String name, Runnable before) {
            this.name = name;
            this.before = before;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public GpuReport inventory() {
            asked.incrementAndGet();
            before.run();
            GpuDevice gpu =
                    GpuDevice.builder(name + "-0", "").vendor(GpuVendor.OTHER).build();
            return new GpuReport(name, State.FOUND, "1 GPU", "", "", "", List.of(gpu));
        }

        @Override
        public List<GpuSample> sample() {
            asked.incrementAndGet();
            before.run();
            return List.of(GpuSample.unknown(name + "-0", GpuDevice.State.AVAILABLE, Reading.notSupported()));
        }

        @Override
        public void close() {}
    }

    private static Scripted answers(String name) {
        return new Scripted(name, () -> {});
    }

    private Scripted hangs(String name) {
        return new Scripted(name, () -> await(go));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> states(LayeredInventory.Merged merged) {
        return merged.reports().stream()
                .map(report -> report.source() + " " + report.state())
                .toList();
    }

    @Test
    @DisplayName("HW-40: asks all vendors at a time: none has to answer before another is asked")
    void sideBySide() {
        CountDownLatch asked = new CountDownLatch(4);
        Runnable all = () -> {
            asked.countDown();
            await(asked);
        };
        try (var layers = new LayeredInventory(
                List.of(new Scripted("nvml", all)),
                List.of(new Scripted("amd-smi", all), new Scripted("xpu-smi", all)),
                List.of(new Scripted("sysfs", all)),
                LONG)) {
            assertThat(states(layers.inventory()))
                    .containsExactly("nvml FOUND", "amd-smi FOUND", "xpu-smi FOUND", "sysfs FOUND");
        }
    }

    @Test
    @DisplayName("HW-40: has one deadline: what hangs uses it up together, and the rest is told")
    void oneDeadline() {
        Scripted nvml = hangs("nvml");
        Scripted tool = hangs("nvidia-smi");
        Scripted amd = hangs("amd-smi");
        try (var layers = new LayeredInventory(
                List.of(nvml, tool), List.of(amd, answers("xpu-smi")), List.of(answers("sysfs")), SHORT)) {
            LayeredInventory.Merged merged = layers.inventory();

            assertThat(states(merged))
                    .containsExactly(
                            "nvml TIMED_OUT",
                            "nvidia-smi TIMED_OUT",
                            "amd-smi TIMED_OUT",
                            "xpu-smi FOUND",
                            "sysfs FOUND");
            assertThat(merged.devices()).extracting(GpuDevice::id).containsExactly("xpu-smi-0", "sysfs-0");
            assertThat(tool.asked).as("no time was left").hasValue(0);
        }
    }

    @Test
    @DisplayName("HW-40: neither waits again for what hangs nor asks it again, until it has answered")
    void notAgain() {
        Scripted nvml = hangs("nvml");
        Scripted tool = answers("nvidia-smi");
        try (var layers = new LayeredInventory(List.of(nvml, tool), List.of(), List.of(), SHORT)) {
            layers.inventory();
            assertThat(states(layers.inventory())).containsExactly("nvml TIMED_OUT", "nvidia-smi FOUND");
            assertThat(nvml.asked).hasValue(1);
            go.countDown();
            while (!states(layers.inventory()).equals(List.of("nvml FOUND"))) {
                Thread.yield();
            }
            assertThat(nvml.asked).hasValueGreaterThan(1);
        }
    }

    @Test
    @DisplayName("HW-40: two who ask at a time share the answer")
    void shared() throws Exception {
        Scripted nvml = hangs("nvml");
        try (var layers = new LayeredInventory(List.of(nvml), List.of(), List.of(), LONG)) {
            List<Thread> two = List.of(new Thread(layers::inventory), new Thread(layers::inventory));
            for (Thread each : two) {
                each.start();
                while (each.getState() != Thread.State.TIMED_WAITING) {
                    Thread.yield();
                }
            }
            go.countDown();
            for (Thread each : two) {
                each.join();
            }
            assertThat(nvml.asked).hasValue(1);
        }
    }

    @Test
    @DisplayName("HW-40: samples what answers; of the GPUs of what hangs each reading is timed out")
    void samples() {
        AtomicInteger rounds = new AtomicInteger();
        Scripted amd = new Scripted("amd-smi", () -> {
            if (rounds.incrementAndGet() > 1) {
                await(go);
            }
        });
        try (var layers =
                new LayeredInventory(List.of(), List.of(amd, answers("xpu-smi")), List.of(answers("sysfs")), SHORT)) {
            layers.inventory();
            assertThat(layers.sample())
                    .extracting(each -> each.id() + " " + each.activity().power())
                    .containsExactly("amd-smi-0 timed out", "xpu-smi-0 not supported", "sysfs-0 not supported");
        }
    }

    @Test
    @DisplayName("Each GPU is sampled by who told of it: what another says of it does not count")
    void sampledByItsOwner() {
        Scripted silent = new Scripted("amd-smi", () -> {}) {
            @Override
            public List<GpuSample> sample() {
                return List.of();
            }
        };
        Scripted other = new Scripted("xpu-smi", () -> {}) {
            @Override
            public List<GpuSample> sample() {
                return List.of(GpuSample.unknown("amd-smi-0", GpuDevice.State.LOST, Reading.lost()));
            }
        };
        try (var layers = new LayeredInventory(List.of(), List.of(silent, other), List.of(), LONG)) {
            layers.inventory();
            assertThat(layers.sample()).isEmpty();
        }
    }

    @Test
    @DisplayName("A source that throws has failed, and the others are told")
    void throwing() {
        Scripted added = new Scripted("added", () -> {
            throw new UnsatisfiedLinkError("planned");
        });
        try (var layers = new LayeredInventory(List.of(), List.of(added), List.of(answers("sysfs")), LONG)) {
            LayeredInventory.Merged merged = layers.inventory();
            assertThat(states(merged)).containsExactly("added FAILED", "sysfs FOUND");
            assertThat(merged.reports().get(0).message()).contains("planned");
        }
    }
}
