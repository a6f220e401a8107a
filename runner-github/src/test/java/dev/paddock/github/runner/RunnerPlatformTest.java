package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunnerPlatformTest {
    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux-x64, Linux, X64",
        "Linux, x86_64, linux-x64, Linux, X64",
        "Linux, aarch64, linux-arm64, Linux, ARM64",
        "Linux, arm64, linux-arm64, Linux, ARM64",
        "LINUX, arm, linux-arm, Linux, ARM",
        "Linux, armv7l, linux-arm, Linux, ARM",
        "Mac OS X, x86_64, osx-x64, macOS, X64",
        "Mac OS X, aarch64, osx-arm64, macOS, ARM64",
        "Darwin, arm64, osx-arm64, macOS, ARM64",
        "Windows 11, amd64, win-x64, Windows, X64",
        "Windows Server 2022, amd64, win-x64, Windows, X64",
        "Windows 11, aarch64, win-arm64, Windows, ARM64"
    })
    @DisplayName("RL-A1, RL-R1, RL-R2: a platform is what Java calls it, and has the runner's own labels")
    void aPlatformIsWhatJavaCallsIt(String osName, String osArch, String platform, String os, String architecture) {
        var found = RunnerPlatform.of(osName, osArch);
        assertThat(found).hasToString(platform);
        assertThat(found.systemLabels()).containsExactly(os, architecture);
    }

    @ParameterizedTest
    @CsvSource({
        "Linux, riscv64",
        "Linux, ppc64le",
        "Linux, s390x",
        "Linux, x86",
        "Linux, loongarch64",
        "SunOS, amd64",
        "FreeBSD, amd64",
        "Windows 10, x86",
        "Mac OS X, ppc",
        "Mac OS X, arm",
        "'', ''"
    })
    @DisplayName("RL-A2, RL-R1: what there is no package for is refused, and never taken for another")
    void whatThereIsNoPackageForIsRefused(String osName, String osArch) {
        assertThatThrownBy(() -> RunnerPlatform.of(osName, osArch))
                .isInstanceOf(UnsupportedPlatformException.class)
                .hasMessageContaining("win-x64, win-arm64, osx-x64, osx-arm64, linux-x64, linux-arm64, linux-arm;");
    }

    @Test
    void thereAreSevenPackagesAndThisJvmHasOne() {
        assertThat(RunnerPlatform.all()).hasSize(7).contains(RunnerPlatform.current());
        assertThat(new RunnerPlatform("win", "arm64").packageFile("2.336.0"))
                .isEqualTo("actions-runner-win-arm64-2.336.0.zip");
        assertThat(new RunnerPlatform("osx", "x64").packageFile("2.336.0"))
                .isEqualTo("actions-runner-osx-x64-2.336.0.tar.gz");
    }
}
