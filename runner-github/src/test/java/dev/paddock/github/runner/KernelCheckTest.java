package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a machine is of the architecture that its runners are for. */
@Timeout(60)
class KernelCheckTest {
    @TempDir
    private Path folder;

    private HostCheckResult look(String platform, String uname) {
        try (var scheduler = Scheduler.system("kernel")) {
            String[] parts = platform.split("-", -1);
            return new KernelCheck(new RunnerPlatform(parts[0], parts[1]), folder.resolve("arch"), uname, scheduler)
                    .row()
                    .begin(scheduler.effects())
                    .toCompletableFuture()
                    .join();
        }
    }

    @ParameterizedTest(name = "RL-R35 a kernel that says {0} and a runner for {1}: {2}")
    @CsvSource({
        "x86_64, linux-x64, PASS", "aarch64, linux-arm64, PASS", "armv7l, linux-arm, PASS", "aarch64, linux-arm, WARN",
        "aarch64, linux-x64, FAIL", "x86_64, linux-arm64, FAIL", "riscv64, linux-x64, FAIL", "arm64, osx-x64, FAIL"
    })
    void kernels(String kernel, String platform, Status status) throws IOException {
        Files.writeString(folder.resolve("arch"), kernel + "\n");
        HostCheckResult result = look(platform, "false");
        assertThat(result.status()).isEqualTo(status);
        assertThat(result.observed()).startsWith(kernel);
        assertThat(result.remedy().isEmpty()).isEqualTo(status == Status.PASS);
    }

    @Test
    @DisplayName("RL-R35 an older kernel is asked by uname, and one that tells nothing stops nobody")
    void older() throws IOException {
        Path uname = Files.writeString(folder.resolve("uname"), "#!/bin/sh\n[ \"$1\" = -m ] && echo aarch64\n");
        Files.setPosixFilePermissions(uname, PosixFilePermissions.fromString("rwx------"));
        assertThat(look("linux-x64", uname.toString()).status()).isEqualTo(Status.FAIL);
        assertThat(look("linux-arm64", uname.toString()).status()).isEqualTo(Status.PASS);
        for (String silent : new String[] {"true", folder.resolve("none").toString()}) {
            HostCheckResult untold = look("linux-x64", silent);
            assertThat(untold.status()).isEqualTo(Status.UNKNOWN);
            assertThat(untold.severity()).isNotEqualTo(HostCheckResult.Severity.MANDATORY);
        }
        assertThat(look("win-x64", "false").status()).isEqualTo(Status.SKIPPED);
    }
}
