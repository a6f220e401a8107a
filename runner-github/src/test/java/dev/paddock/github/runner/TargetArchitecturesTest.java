package dev.paddock.github.runner;

import static dev.paddock.capacity.ArchitectureSupport.Architecture.ARM;
import static dev.paddock.capacity.ArchitectureSupport.Architecture.ARM64;
import static dev.paddock.capacity.ArchitectureSupport.Architecture.RISCV64;
import static dev.paddock.capacity.ArchitectureSupport.Architecture.X64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.capacity.ArchitectureSupport.Architecture;
import dev.paddock.github.runner.TargetArchitectures.Share;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetArchitecturesTest {
    private static final RunnerPlatform X64_HOST = new RunnerPlatform("linux", "x64");
    private static final RunnerPlatform ARM64_HOST = new RunnerPlatform("linux", "arm64");

    @ParameterizedTest
    @DisplayName("RL-R5: each architecture gets an equal share and the first ones what is left: 5 over 3 is 2, 2, 1")
    @CsvSource({"5, 3, '2,2,1'", "0, 3, '0,0,0'", "2, 3, '1,1,0'", "6, 3, '2,2,2'", "7, 2, '4,3'", "4, 1, '4'"})
    void sharesAreEven(int runners, int architectures, String expected) {
        List<Architecture> targets = List.of(ARM64, X64, RISCV64).subList(0, architectures);
        var shares = TargetArchitectures.distribute(runners, targets);
        assertThat(shares.keySet()).containsExactlyElementsOf(targets);
        assertThat(String.join(
                        ",", shares.values().stream().map(String::valueOf).toList()))
                .isEqualTo(expected);
    }

    @Test
    void badSharesAreRefusedWithTheirBounds() {
        assertThatThrownBy(() -> TargetArchitectures.distribute(-1, List.of(X64)))
                .hasMessageContaining("at least 0: -1");
        assertThatThrownBy(() -> TargetArchitectures.distribute(1, List.of())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> TargetArchitectures.distribute(1, List.of(X64, X64)))
                .hasMessageContaining("none twice");
    }

    @Test
    @DisplayName("RL-R4: what is emulated has a label of its own, and never the label of the real thing")
    void emulatedSharesSaySo() {
        assertThat(TargetArchitectures.distribute(5, X64_HOST, List.of(X64, ARM64, ARM)))
                .containsExactly(
                        new Share(X64, 2, false, List.of("self-hosted", "Linux", "X64")),
                        new Share(ARM64, 2, true, List.of("self-hosted", "Linux", "emulated-arm64")),
                        new Share(ARM, 1, true, List.of("self-hosted", "Linux", "emulated-arm")));
        assertThat(TargetArchitectures.distribute(1, ARM64_HOST, List.of(ARM64))
                        .get(0)
                        .labels())
                .containsExactly("self-hosted", "Linux", "ARM64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ARM64", "arm64", "ARM", "riscv64", "Windows", "macos"})
    @DisplayName("RL-A3: a label of another platform is refused on an x64 host, whatever its case")
    void foreignLabelsAreRefused(String label) {
        assertThatThrownBy(() -> TargetArchitectures.honest(X64_HOST, List.of("self-hosted", label)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + label + "\" is not true of a host that is linux-x64")
                .hasMessageContaining("leave it out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x64", "Linux", "linux", "gpu", "emulated-arm64", "arm64-cross"})
    void ownAndOtherLabelsAreNot(String label) {
        assertThat(TargetArchitectures.honest(X64_HOST, List.of(label))).containsExactly(label);
    }
}
