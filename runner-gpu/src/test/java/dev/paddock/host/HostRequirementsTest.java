package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HostRequirementsTest {
    @Test
    @DisplayName("all bad values and all contradictions are named at once, each with its bound")
    void contradictions() {
        HostRequirements.Builder wrong = HostRequirements.builder()
                .cores(-1)
                .memory(ByteSize.ofGB(16))
                .recommendedMemory(ByteSize.ofGB(8))
                .networkMbps(-2)
                .architecture("sparc")
                .driver("new")
                .python(">=")
                .packages(Map.of("torch", "", "numpy", ">=one"));
        assertThatThrownBy(wrong::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host requirements: cores must be 0 or more: -1; "
                        + "recommendedMemory must be 0 or at least memory, which is 16000000000: 8000000000; "
                        + "networkMbps must be 0 or more: -2; "
                        + "architecture must be one of [X64, ARM64, ARM]: sparc; "
                        + "driver must be a version such as 12.1: new; "
                        + "python must be a version such as 12.1: >=; "
                        + "package numpy must be a version such as 12.1: >=one; "
                        + "package torch must be a version such as 12.1: none; "
                        + "gpus must be 1 or more where a GPU, its driver or what computes on it is required: 0");
    }

    @Test
    @DisplayName("what computes on a GPU needs one")
    void gpus() {
        List<HostRequirements.Builder> withoutGpu = List.of(
                HostRequirements.builder().cuda("12.1"),
                HostRequirements.builder().computeCapability("7.0"),
                HostRequirements.builder().gpuMemory(ByteSize.ofGB(8)),
                HostRequirements.builder().recommendedGpuMemory(ByteSize.ofGB(8)),
                HostRequirements.builder().torchCuda(true),
                HostRequirements.builder().onnxRuntimeCuda(true));
        for (HostRequirements.Builder builder : withoutGpu) {
            assertThatThrownBy(builder::build).hasMessageContaining("gpus must be 1 or more");
            assertThat(builder.gpus(1).build().needs.gpus).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("the GPU runner's preset")
    void gpuNer() {
        HostRequirements ner = HostRequirements.gpuNer();
        assertThat(List.of(ner.needs.cores, ner.needs.memory, ner.needs.disk, ner.needs.gpus))
                .isEqualTo(List.of(4, ByteSize.ofGB(16), ByteSize.ofGB(50), 1));
        assertThat(List.of(
                        ner.needs.recommendedCores,
                        ner.needs.recommendedMemory,
                        ner.needs.recommendedDisk,
                        ner.needs.networkMbps))
                .isEqualTo(List.of(0, ByteSize.ZERO, ByteSize.ZERO, 0));
        assertThat(List.of(
                        ner.needs.driver,
                        ner.needs.cuda,
                        ner.needs.computeCapability,
                        ner.needs.toolkit,
                        ner.needs.python))
                .isEqualTo(List.of("535", "12.1", "7.0", "12.1", "3.11"));
        assertThat(List.of(ner.needs.gpuMemory, ner.needs.recommendedGpuMemory))
                .isEqualTo(List.of(ByteSize.ofGB(8), ByteSize.ofGB(16)));
        assertThat(ner.needs.distributions).containsExactly("ubuntu 22.04", "ubuntu 24.04");
        assertThat(ner.needs.groups).containsExactly("video", "render");
        assertThat(ner.needs.packages)
                .isEqualTo(Map.of(
                        "torch", "2.8", "onnxruntime-gpu", ">=1.19", "transformers", ">=4.56.1", "tokenizers", "0.22"));
        assertThat(List.of(
                        ner.needs.torchCuda,
                        ner.needs.onnxRuntimeCuda,
                        ner.needs.containers,
                        ner.needs.rootAllowed,
                        ner.needs.solidState))
                .isEqualTo(List.of(true, true, false, false, false));
    }

    @Test
    @DisplayName("RL-R39: the ARM64 runner's preset and the minimal one")
    void others() {
        HostRequirements arm = HostRequirements.arm64();
        assertThat(arm.needs.architecture).isEqualTo("ARM64");
        assertThat(List.of(arm.needs.cores, arm.needs.recommendedCores, arm.needs.networkMbps))
                .isEqualTo(List.of(4, 8, 100));
        assertThat(List.of(arm.needs.memory, arm.needs.recommendedMemory, arm.needs.disk, arm.needs.recommendedDisk))
                .isEqualTo(List.of(ByteSize.ofGB(8), ByteSize.ofGB(16), ByteSize.ofGB(100), ByteSize.ofGB(200)));
        assertThat(arm.needs.solidState).isTrue();
        HostRequirements large = HostRequirements.arm64Large();
        assertThat(List.of(large.needs.architecture, large.needs.cores, large.needs.memory, large.needs.disk))
                .isEqualTo(List.of("ARM64", 10, ByteSize.ofGB(16), ByteSize.ofGB(100)));
        HostRequirements small = HostRequirements.arm64Small();
        assertThat(List.of(small.needs.architecture, small.needs.cores, small.needs.memory, small.needs.disk))
                .isEqualTo(List.of("ARM64", 4, ByteSize.ofGB(6), ByteSize.ofGB(30)));
        HostRequirements least = HostRequirements.minimal();
        assertThat(List.of(least.needs.cores, least.needs.memory, least.needs.disk, least.needs.gpus))
                .isEqualTo(List.of(1, ByteSize.ofGB(1), ByteSize.ofGB(5), 0));
        assertThat(least.needs.tools).containsExactly("bash", "tar", "git");
        assertThat(least.needs.python + least.needs.architecture + least.needs.driver)
                .isEmpty();
    }

    @Test
    @DisplayName("a preset with a change is all else as the preset, which stays as it is")
    void changed() {
        HostRequirements ner = HostRequirements.gpuNer();
        HostRequirements.Builder builder = ner.toBuilder().driver("550");
        HostRequirements newer = builder.build();
        builder.driver("560").cores(9);
        assertThat(newer.needs)
                .usingRecursiveComparison()
                .ignoringFields("driver")
                .isEqualTo(ner.needs);
        assertThat(List.of(newer.needs.driver, ner.needs.driver)).containsExactly("550", "535");
    }
}
