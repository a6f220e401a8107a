package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.gpu.GpuVerdict;
import dev.paddock.host.HostDoctor;
import dev.paddock.host.HostRequirements;
import dev.paddock.testkit.VirtualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What docs/troubleshooting.md quotes of a host, its GPUs and its services; scripts stand in for their tools. */
@Timeout(120)
@EnabledOnOs(OS.LINUX)
class TroubleshootingHostTest {
    private static final String UNIT = "actions.runner.acme-engine.gpu-1.service";

    @TempDir
    private Path folder;

    private TestInfo test;

    @BeforeEach
    void remember(TestInfo info) {
        test = info;
    }

    private Path script(String name, String... lines) throws IOException {
        Path script = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    // ---- GPUs --------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-R17 a driver that is not loaded is told apart from a host without GPU")
    void noGpuIsDetected() throws Exception {
        Path smi = script(
                "nvidia-smi",
                "echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\"",
                "exit 9");
        Path nothing = Files.createDirectories(folder.resolve("root"));
        try (GpuProbe probe = GpuProbe.builder()
                .mode(GpuProbe.Mode.NVIDIA_SMI)
                .nvidiaSmi(smi)
                .fsRoot(nothing)
                .environment(Map.of())
                .build()) {
            String report = HostDoctor.builder(HostRequirements.gpuNer(), folder)
                    .gpus(probe)
                    .build()
                    .examine()
                    .text();
            TroubleshootingPage.quotes(test, report);
        }
    }

    /** One GPU, with memory in use. */
    private record HeldGpu(long used) implements GpuSource {
        @Override
        public String name() {
            return "held";
        }

        @Override
        public GpuReport inventory() {
            return new GpuReport(
                    "held",
                    GpuReport.State.FOUND,
                    "",
                    "",
                    "580.1",
                    "13.0",
                    List.of(GpuDevice.builder("GPU-0", "NVIDIA T4").build()));
        }

        @Override
        public List<GpuSample> sample() {
            Reading none = Reading.of(0);
            var memory = new GpuMemory(
                    Reading.of(16L << 30),
                    none,
                    Reading.of(used),
                    Reading.of((16L << 30) - used),
                    GpuMemory.Source.DETAILED);
            return List.of(new GpuSample(
                    "GPU-0",
                    GpuDevice.State.AVAILABLE,
                    memory,
                    GpuSample.Activity.unknown(Reading.notSupported()),
                    GpuSample.Faults.unknown(Reading.of(0)),
                    List.of(),
                    true));
        }

        @Override
        public void close() {}
    }

    private String multiRunner(String... args) throws Exception {
        var all = new ArrayList<>(List.of("multi-runner", "--workspace", folder.toString()));
        all.addAll(List.of(args));
        return Printed.of(all.toArray(String[]::new)).text();
    }

    @Test
    @DisplayName("GPU memory that nobody of ours holds is told, and a task that no GPU holds is refused")
    void gpuMemoryIsExhausted() throws Exception {
        VirtualTime time = VirtualTime.seeded(3);
        try (GpuHealth health = GpuHealth.builder(new HeldGpu(15L << 30))
                .scheduler(time.host("gpus"))
                .start()) {
            time.advance(Duration.ofMinutes(3));
            GpuVerdict verdict = health.verdict("GPU-0").orElseThrow();
            String findings = verdict.findings().stream()
                    .map(finding -> finding.rule() + " " + finding.level() + ": " + finding.evidence() + "\n-> "
                            + finding.remedy())
                    .collect(Collectors.joining("\n"));
            Path host = Files.writeString(folder.resolve("host.json"), MultiRunnerCommandTest.TWO_GPUS);
            multiRunner("--init", "--host", host.toString());
            TroubleshootingPage.quotes(test, findings, multiRunner("--assign", "train", "--gpu-memory", "80GiB"));
        }
    }

    @Test
    @DisplayName("RL-R44 ONNX Runtime that lists CUDA and computes on the CPU is told, with what it said")
    void onnxRuntimeHasNoCuda() throws Exception {
        Path python = script(
                "python",
                "case \"$*\" in *onnxruntime*InferenceSession*)",
                "echo '{\"version\":\"1.22.0\",\"available\":[\"CUDAExecutionProvider\"],\"session\":[\"CPUExecutionProvider\"]}';;",
                "*) echo '{}';; esac");
        String report = HostDoctor.builder(HostRequirements.gpuNer(), folder)
                .python(python)
                .build()
                .examine()
                .text();
        TroubleshootingPage.quotes(test, report);
    }

    @Test
    @DisplayName("RL-R39 what is missing of a size is told by row, with what is required")
    void theHostIsTooSmall() throws Exception {
        String report = HostDoctor.builder(
                        HostRequirements.builder()
                                .cores(4096)
                                .disk(ByteSize.ofGiB(1 << 20))
                                .build(),
                        folder)
                .build()
                .examine()
                .text();
        TroubleshootingPage.quotes(test, report);
    }

    // ---- services ----------------------------------------------------------------------------------------------

    private Path configured() throws IOException {
        Path runner = Files.createDirectories(folder.resolve("runner"));
        Files.setPosixFilePermissions(runner, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(
                runner.resolve(".runner"),
                "{\"agentName\":\"gpu-1\",\"gitHubUrl\":\"https://github.com/acme/engine\"}");
        Files.writeString(Files.createDirectories(runner.resolve("bin")).resolve("runsvc.sh"), "");
        Files.createDirectories(folder.resolve("units"));
        return runner;
    }

    private String service(String verb, String... more) throws Exception {
        Path systemctl = script(
                "systemctl",
                "[ $1 != show ] || printf 'LoadState=loaded\\nActiveState=failed\\nSubState=failed\\nResult=exit-code\\n"
                        + "ExecMainStatus=1\\n'");
        var args = new ArrayList<>(List.of("runner", "service", verb));
        args.addAll(List.of(more));
        args.addAll(List.of(
                "--units",
                folder.resolve("units").toString(),
                "--systemctl",
                systemctl.toString(),
                "--journalctl",
                systemctl.toString(),
                configured().toString()));
        Printed printed = Printed.of(args.toArray(String[]::new));
        assertThat(printed.code()).isEqualTo(1);
        return printed.text();
    }

    @Test
    @DisplayName("RL-A51 a unit that has failed is told by its state, with where its log is")
    void theServiceHasFailed() throws Exception {
        Files.writeString(Files.createDirectories(folder.resolve("units")).resolve(UNIT), "[Unit]\n");
        TroubleshootingPage.quotes(test, service("status"));
    }

    @Test
    @DisplayName("what a service's user lacks, or has too much of, is refused with the command that mends it")
    void theServiceIsRefused() throws Exception {
        TroubleshootingPage.quotes(test, service("install", "--user", "no-such-user"));
    }
}
