package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuSample;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GPUs in parts. */
class NvmlMigTest {
    private final FakeNvml nvml = new FakeNvml(1);
    private final FakeNvml.Gpu gpu = nvml.gpus.get(0);

    @TempDir
    Path root;

    private NvmlSource source() {
        return new NvmlSource(NvmlOptions.standard().withFsRoot(root), nvml::opened);
    }

    private FakeNvml.Gpu part(int index, int gpuInstance, int computeInstance, String profile) {
        FakeNvml.Gpu part = new FakeNvml.Gpu(index);
        part.uuid = "MIG-" + index;
        part.name = "NVIDIA H200 MIG " + profile;
        part.memory = new long[] {70_000 * FakeNvml.MIB, 0, 0, 70_000 * FakeNvml.MIB};
        part.numbers.put(NvmlFunction.GPU_INSTANCE, (long) gpuInstance);
        part.numbers.put(NvmlFunction.COMPUTE_INSTANCE, (long) computeInstance);
        gpu.parts.put(index, part);
        gpu.mig = new int[] {1, 1};
        return part;
    }

    @Test
    @DisplayName("HW-29: two compute instances of a GPU instance are both listed, with the instance they share")
    void sharedInstance() {
        part(0, 2, 0, "1c.3g.71gb");
        part(1, 2, 1, "1c.3g.71gb");
        part(5, 9, 0, "1g.18gb");
        try (NvmlSource source = source()) {
            List<MigDevice> parts = source.inventory().devices().get(0).migDevices();
            assertThat(parts).extracting(MigDevice::gpuInstance).containsExactly(2, 2, 9);
            assertThat(parts).extracting(MigDevice::computeInstance).containsExactly(0, 1, 0);
            assertThat(parts).extracting(MigDevice::profile).containsExactly("1c.3g.71gb", "1c.3g.71gb", "1g.18gb");
            long once = parts.stream()
                    .collect(java.util.stream.Collectors.toMap(MigDevice::gpuInstance, p -> p, (a, b) -> a))
                    .values()
                    .stream()
                    .mapToLong(p -> p.memory().total().orElse(0))
                    .sum();
            assertThat(once).isEqualTo(140_000 * FakeNvml.MIB);
        }
    }

    @Test
    @DisplayName("HW-30: a GPU whose mode is to change holds nothing new, and says that it needs a reset")
    void changing() {
        gpu.mig = new int[] {0, 1};
        try (NvmlSource source = source()) {
            GpuDevice device = source.inventory().devices().get(0);
            assertThat(device.migMode()).isEqualTo(GpuDevice.MigMode.CHANGING);
            assertThat(device.isSchedulable()).isFalse();
            assertThat(device.reason()).startsWith("reset required for MIG");
        }
    }

    @ParameterizedTest(name = "code {0}: {1}")
    @DisplayName("HW-30: a mode that cannot be read is not one that the GPU does not have, and holds nothing new")
    @CsvSource({"3, NOT_SUPPORTED, true", "13, NOT_SUPPORTED, true", "4, UNKNOWN, false", "999, UNKNOWN, false"})
    void unread(int code, GpuDevice.MigMode mode, boolean schedulable) {
        gpu.codes.put("migMode", code);
        try (NvmlSource source = source()) {
            GpuDevice device = source.inventory().devices().get(0);
            assertThat(device.state()).isEqualTo(GpuDevice.State.AVAILABLE);
            assertThat(device.migMode()).isEqualTo(mode);
            assertThat(device.isSchedulable()).isEqualTo(schedulable);
            assertThat(device.reason().isEmpty()).isEqualTo(schedulable);
            gpu.codes.remove("migMode");
            gpu.mig = new int[] {0, 0};
            assertThat(source.inventory().devices().get(0).migProfiles()).hasSize(2);
        }
    }

    @Test
    @DisplayName("HW-31: what a partitioned GPU does not tell is not supported and no fault")
    void notTold() {
        part(0, 1, 0, "1g.18gb");
        gpu.codes.put("utilization", 3);
        gpu.codes.put("remappedRows", 3);
        try (NvmlSource source = source()) {
            source.inventory();
            GpuSample sample = source.sample().get(0);
            assertThat(sample.activity().utilization()).isEqualTo(Reading.notSupported());
            assertThat(sample.faults().remapPending()).isEqualTo(Reading.notSupported());
            assertThat(sample.faults().uncorrectableRemaps()).isEqualTo(Reading.notSupported());
            assertThat(sample.state()).isEqualTo(GpuDevice.State.AVAILABLE);
        }
    }

    @Test
    @DisplayName("The processes of a partitioned GPU are those of its parts")
    void processes() {
        part(0, 1, 0, "1g.18gb").processes = FakeNvml.processes(24, 100, FakeNvml.MIB);
        part(3, 2, 0, "1g.18gb").processes = FakeNvml.processes(24, 200, FakeNvml.MIB);
        gpu.codes.put("COMPUTEv3", 4);
        try (NvmlSource source = source()) {
            source.inventory();
            GpuSample sample = source.sample().get(0);
            assertThat(sample.processesSeen()).isTrue();
            assertThat(sample.processes()).extracting(GpuProcess::pid).containsExactly(100L, 200L);
        }
    }

    @Test
    @DisplayName("HW-33: who may not ask for placements still sees the profiles, which are asked for once")
    void placements() {
        gpu.mig = new int[] {0, 0};
        MigProfile.Placement first = new MigProfile.Placement(0, 4);
        MigProfile.Placement second = new MigProfile.Placement(4, 4);
        Optional<List<MigProfile.Placement>> both = Optional.of(List.of(first, second));
        try (NvmlSource source = source()) {
            assertThat(source.inventory().devices().get(0).migProfiles())
                    .containsExactly(
                            new MigProfile("1g.10gb", 19, 1, ByteSize.ofMiB(9984), 7, both),
                            new MigProfile("3g.10gb", 17, 3, ByteSize.ofMiB(9984), 5, both));
            int asked = nvml.called("migProfile");
            assertThat(source.inventory().devices().get(0).migProfiles()).hasSize(2);
            assertThat(nvml.called("migProfile")).isEqualTo(asked);
        }
        gpu.codes.put("migPlacements", 4);
        try (NvmlSource source = source()) {
            assertThat(source.inventory().devices().get(0).migProfiles())
                    .hasSize(2)
                    .allSatisfy(profile -> assertThat(profile.placements()).isEmpty());
        }
        gpu.codes.put("migProfile", 3);
        try (NvmlSource source = source()) {
            source.inventory();
            int asked = nvml.called("migProfile");
            assertThat(source.inventory().devices().get(0).migProfiles()).isEmpty();
            assertThat(nvml.called("migProfile")).as("of one that has none").isEqualTo(asked);
        }
        gpu.codes.put("migMode", 3);
        try (NvmlSource source = source()) {
            assertThat(source.inventory().devices().get(0).migProfiles()).isEmpty();
        }
    }
}
