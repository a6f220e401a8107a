package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script in a real process: the Python is a shell script that answers as the real one would. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class OnnxRuntimeCheckTest {
    @TempDir
    Path folder;

    @ParameterizedTest(name = "a script that ends with {0} gives {1}")
    @CsvSource({"0,PASS", "1,FAIL", "2,FAIL", "3,FAIL"})
    @DisplayName("the exit code of the script decides")
    void exitCodes(int code, Status status) throws IOException {
        Path python = Files.writeString(
                folder.resolve("python"),
                "#!/bin/sh\necho noise\necho '{\"version\":\"1.20\",\"available\":[],\"session\":[\"CUDAExecutionProvider\"],"
                        + "\"error\":\"\"}'\nexit " + code + "\n");
        Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwxr-xr-x"));
        HealthyHost host = new HealthyHost(folder.resolve("root"));
        HostReport report = host.doctor(HostRequirements.gpuNer())
                .commands((command, deadline) -> command.get(0).equals(python.toString())
                        ? CommandRunner.system().run(command, deadline)
                        : host.run(command, deadline))
                .python(python)
                .build()
                .examine();
        HostCheckResult result = HealthyHost.result(report, "ORT-CUDA");
        assertThat(result.status()).as(result.toString()).isEqualTo(status);
        assertThat(result.observed()).contains("onnxruntime 1.20");
    }
}
