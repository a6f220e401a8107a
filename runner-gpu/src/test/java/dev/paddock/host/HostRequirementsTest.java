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
            assertThat(builder.gpus(1).build().gpus).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("the GPU runner's preset")
    void gpuNer() {
        HostRequirements ner = HostRequirements.gpuNer();
        assertThat(List.of(ner.cores, ner.memory, ner.disk, ner.gpus))
                .isEqualTo(List.of(4, ByteSize.ofGB(16), ByteSize.ofGB(50), 1));
        assertThat(List.of(ner.recommendedCores, ner.recommendedMemory, ner.recommendedDisk, ner.networkMbps))
                .isEqualTo(List.of(0, ByteSize.ZERO, ByteSize.ZERO, 0));
        assertThat(List.of(ner.driver, ner.cuda, ner.computeCapability, ner.toolkit, ner.python))
                .isEqualTo(List.of("535", "12.1", "7.0", "12.1", "3.11"));
        assertThat(List.of(ner.gpuMemory, ner.recommendedGpuMemory))
                .isEqualTo(List.of(ByteSize.ofGB(8), ByteSize.ofGB(16)));
        assertThat(ner.distributions).containsExactly("ubuntu 22.04", "ubuntu 24.04");
        assertThat(ner.groups).containsExactly("video", "render");
        assertThat(ner.packages)
                .isEqualTo(Map.of(
                        "torch", "2.8", "onnxruntime-gpu", ">=1.19", "transformers", ">=4.56.1", "tokenizers", "0.22"));
        assertThat(List.of(ner.torchCuda, ner.onnxRuntimeCuda, ner.containers, ner.rootAllowed, ner.solidState))
                .isEqualTo(List.of(true, true, false, false, false));
    }

    @Test
    @DisplayName("the ARM64 runner's preset and the minimal one")
    void others() {
        HostRequirements arm = HostRequirements.arm64();
        assertThat(arm.architecture).isEqualTo("ARM64");
        assertThat(List.of(arm.cores, arm.recommendedCores, arm.networkMbps)).isEqualTo(List.of(4, 8, 100));
        assertThat(List.of(arm.memory, arm.recommendedMemory, arm.disk, arm.recommendedDisk))
                .isEqualTo(List.of(ByteSize.ofGB(8), ByteSize.ofGB(16), ByteSize.ofGB(100), ByteSize.ofGB(200)));
        assertThat(arm.solidState).isTrue();
        HostRequirements least = HostRequirements.minimal();
        assertThat(List.of(least.cores, least.memory, least.disk, least.gpus))
                .isEqualTo(List.of(1, ByteSize.ofGB(1), ByteSize.ofGB(5), 0));
        assertThat(least.tools).containsExactly("bash", "tar", "git");
        assertThat(least.python + least.architecture + least.driver).isEmpty();
    }
}
