package dev.paddock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityReportTest {
    private static final CapacitySettings ALL =
            CapacitySettings.builder().noHeadroom().build();

    private static CapacityReport report(HostInventory host) {
        return CapacityReport.of(host, RunnerProfile.standardProfiles(), ALL, 50);
    }

    private static CapacityReport.Entry entry(HostInventory host, RunnerProfile profile) {
        return CapacityReport.of(host, List.of(profile), ALL, 50).entry(profile.name());
    }

    @Test
    @DisplayName(
            "SLATE-1, SLATE-2, SLATE-3: the standard profiles have names, needs and examples, in the order of their needs")
    void profiles() {
        var profiles = RunnerProfile.standardProfiles();
        assertThat(profiles.get(0).gpuMemory()).isEqualTo(ByteSize.ZERO);
        assertThat(profiles)
                .extracting(RunnerProfile::name)
                .containsExactly("light", "standard", "gpu_light", "gpu_heavy", "gpu_max");
        assertThat(profiles.stream().map(RunnerProfile::gpuMemory)).isSorted();
        assertThat(profiles.get(3).gpuMemory()).isGreaterThan(ByteSize.ZERO);
        assertThat(profiles).allSatisfy(profile -> {
            assertThat(profile.cores()).isPositive();
            assertThat(profile.memory()).isGreaterThan(ByteSize.ZERO);
            assertThat(profile.examples()).isNotEmpty();
        });
    }

    @ParameterizedTest(name = "{0} cores, {1} MiB, GPUs {2}, {3}: {4} by {5}")
    @DisplayName("SLATE-4, SLATE-5, SLATE-6: each profile alone, as the reference computed it")
    @CsvSource({
        "16, 24576, 14000;14000, light, 16, cpu",
        "16, 24576, 14000;14000, standard, 8, cpu",
        "16, 24576, 14000;14000, gpu_light, 8, cpu",
        "16, 24576, 14000;14000, gpu_heavy, 2, gpu",
        "16, 24576, 14000;14000, gpu_max, 1, ram",
        "24, 56000, 15800;15900, light, 24, cpu",
        "24, 56000, 15800;15900, standard, 12, cpu",
        "24, 56000, 15800;15900, gpu_light, 12, cpu",
        "24, 56000, 15800;15900, gpu_heavy, 2, gpu",
        "24, 56000, 15800;15900, gpu_max, 2, gpu",
        "32, 48256, 14208;15872, light, 32, cpu",
        "32, 48256, 14208;15872, standard, 16, cpu",
        "32, 48256, 14208;15872, gpu_light, 13, gpu",
        "32, 48256, 14208;15872, gpu_heavy, 2, gpu",
        "32, 48256, 14208;15872, gpu_max, 2, gpu",
        "8, 32768, 16384, light, 8, cpu",
        "8, 32768, 16384, standard, 4, cpu",
        "8, 32768, 16384, gpu_light, 4, cpu",
        "8, 32768, 16384, gpu_heavy, 2, gpu",
        "8, 32768, 16384, gpu_max, 1, gpu",
        "96, 1048576, 81920;81920;81920;81920;81920;81920;81920;81920, light, 50, cap",
        "96, 1048576, 81920;81920;81920;81920;81920;81920;81920;81920, standard, 48, cpu",
        "96, 1048576, 81920;81920;81920;81920;81920;81920;81920;81920, gpu_light, 48, cpu",
        "96, 1048576, 81920;81920;81920;81920;81920;81920;81920;81920, gpu_heavy, 24, cpu",
        "96, 1048576, 81920;81920;81920;81920;81920;81920;81920;81920, gpu_max, 8, gpu",
        "4, 8192, '', light, 4, cpu",
        "4, 8192, '', standard, 2, cpu",
        "4, 8192, '', gpu_light, 0, gpu",
        "4, 8192, '', gpu_heavy, 0, gpu",
        "4, 8192, '', gpu_max, 0, gpu",
        "2, 4096, 8192, light, 2, cpu",
        "2, 4096, 8192, standard, 1, cpu",
        "2, 4096, 8192, gpu_light, 1, cpu",
        "2, 4096, 8192, gpu_heavy, 0, cpu",
        "2, 4096, 8192, gpu_max, 0, gpu",
        "256, 1048576, '', light, 50, cap"
    })
    void golden(int cores, long memory, String gpus, String profile, int count, String factor) {
        long[] sizes = gpus.isEmpty()
                ? new long[0]
                : Arrays.stream(gpus.split(";")).mapToLong(Long::parseLong).toArray();
        var entry = report(Hosts.host(cores, memory, sizes)).entry(profile);
        assertThat(entry.maxRunners()).isEqualTo(count);
        assertThat(entry.factor().token()).isEqualTo(factor);
    }

    @Test
    @DisplayName("SLATE-7, SLATE-8: a report tells each GPU and each limit")
    void limits() {
        var light = report(Hosts.host(32, 48_256, 14_208, 15_872)).entry("gpu_light");
        assertThat(light.perGpu()).containsExactly(6, 7);
        assertThat(light.gpuLimit()).hasValue(13);
        assertThat(light.cpuLimit()).hasValue(16);
        assertThat(light.memoryLimit()).hasValue(23);
        assertThat(light.diskLimit()).isEmpty();
        var standard = report(Hosts.host(32, 48_256, 14_208)).entry("standard");
        assertThat(standard.perGpu()).isEmpty();
        assertThat(standard.gpuLimit()).isEmpty();
    }

    @Test
    @DisplayName("SLATE-38: a host without GPU holds no GPU runner, and the report says why")
    void noGpu() {
        assertThat(report(Hosts.host(64, 262_144)).entry("gpu_light"))
                .extracting(CapacityReport.Entry::maxRunners, CapacityReport.Entry::factor)
                .containsExactly(0, LimitingFactor.NO_GPU);
        var small = report(Hosts.host(64, 262_144, 4096)).entry("gpu_heavy");
        assertThat(small.factor()).isEqualTo(LimitingFactor.NO_GPU);
    }

    @Test
    @DisplayName("SLATE-39: a GPU counts whatever of it besides its memory could not be read; what is free is assumed")
    void unknownReadings() {
        var known = Hosts.memory(16_384, 0, 0);
        var memory = new GpuMemory(
                known.total(),
                Reading.notSupported(),
                Reading.notSupported(),
                Reading.notSupported(),
                GpuMemory.Source.DETAILED);
        var host = Hosts.host(
                16, 65_536, -1, List.of(Hosts.gpu(0, 1).memory(memory).build()));
        var report = report(host);
        assertThat(report.entry("gpu_light").perGpu()).containsExactly(8);
        assertThat(report.notes())
                .anySatisfy(note -> assertThat(note).contains(Hosts.id(0), "counts as free", "not supported"))
                .anySatisfy(note -> assertThat(note).contains("disk", "nothing bounds"));
    }

    @Test
    @DisplayName("Disk and the number of runners limit too, in this order after memory")
    void diskAndCap() {
        var profile = RunnerProfile.builder("d").disk(ByteSize.ofMiB(1000)).build();
        assertThat(entry(Hosts.host(8, 1024, 3500, List.of()), profile))
                .extracting(CapacityReport.Entry::maxRunners, CapacityReport.Entry::factor)
                .containsExactly(3, LimitingFactor.DISK);
        assertThat(entry(Hosts.host(8, 1024, 50_000, List.of()), profile).factor())
                .isEqualTo(LimitingFactor.DISK);
        assertThat(entry(Hosts.host(8, 1024, 51_000, List.of()), profile).factor())
                .isEqualTo(LimitingFactor.CAP);
        var both = profile.toBuilder().memory(ByteSize.ofMiB(1000)).build();
        assertThat(entry(Hosts.host(8, 3500, 3500, List.of()), both).factor()).isEqualTo(LimitingFactor.MEMORY);
    }

    @Test
    @DisplayName("Runners on several GPUs need different ones: not all parts that fit make a runner")
    void severalGpus() {
        var pair = RunnerProfile.builder("pair")
                .gpus(2)
                .gpuMemory(ByteSize.ofMiB(4096))
                .build();
        var entry = entry(Hosts.host(8, 65_536, 65_536, 4096), pair);
        assertThat(entry.perGpu()).containsExactly(16, 1);
        assertThat(entry.maxRunners()).isEqualTo(1);
        assertThat(entry(Hosts.host(8, 65_536, 8192, 8192, 8192), pair).maxRunners())
                .isEqualTo(3);
        assertThat(entry(Hosts.host(8, 65_536, 65_536), pair).factor()).isEqualTo(LimitingFactor.NO_GPU);
    }

    @Test
    @DisplayName("MIG devices hold runners of their own kind, and others that fit, one each")
    void mig() {
        var host = Hosts.host(
                32,
                262_144,
                -1,
                List.of(Hosts.partitioned(
                                0,
                                Hosts.mig(0, 1, "3g.40gb", 40_448),
                                Hosts.mig(0, 2, "1g.10gb", 9984),
                                Hosts.mig(0, 3, "1g.10gb", 9984))
                        .build()));
        assertThat(entry(host, RunnerProfile.builder("m").mig("1g.10gb").build())
                        .maxRunners())
                .isEqualTo(2);
        assertThat(report(host).entry("gpu_light").perGpu()).containsExactly(1, 1, 1);
        assertThat(report(host).entry("gpu_max").maxRunners()).isZero();
    }

    @Test
    @DisplayName("A report names what it has when asked for another profile")
    void unknownProfile() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> report(Hosts.host(4, 4096)).entry("gpu-light"))
                .withMessageContaining("\"gpu-light\"")
                .withMessageContaining("gpu_light");
    }
}
