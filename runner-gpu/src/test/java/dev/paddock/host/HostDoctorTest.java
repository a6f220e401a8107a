package dev.paddock.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.paddock.ByteSize;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuReport;
import dev.paddock.host.CommandRunner.Result;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostDoctorTest {
    @TempDir
    Path root;

    private HealthyHost host;

    @BeforeEach
    void start() throws IOException {
        host = new HealthyHost(root);
    }

    private void gives(String id, Status status) {
        assertThat(host.result(id).status()).as(host.result(id).toString()).isEqualTo(status);
    }

    @Test
    @DisplayName("a healthy host is fit, and nothing is left unknown")
    void healthy() {
        HostReport report = host.report();
        assertThat(report.results())
                .as(report.text())
                .allMatch(result -> result.status() == Status.PASS || result.status() == Status.SKIPPED);
        report.orThrow();
        assertThat(report.exitCode()).isZero();
    }

    @ParameterizedTest(name = "RL-A44, RL-R41: driver {0} gives {1}")
    @CsvSource({
        "525.60,FAIL",
        "535.54.03,PASS",
        "535,PASS",
        "580.159.03,PASS",
        "1000.1,PASS",
        "'',UNKNOWN",
        "abc,UNKNOWN"
    })
    void driver(String version, Status status) {
        host.driver = version;
        gives("GPU-DRIVER", status);
        if (status == Status.FAIL) {
            assertThat(host.result("GPU-DRIVER").remedy()).contains("sudo apt install nvidia-driver-550");
        }
    }

    @ParameterizedTest(name = "RL-A45: compute capability {0} gives {1}")
    @CsvSource({"10.0,PASS", "7.5,PASS", "7.0,PASS", "6.1,FAIL", "'',UNKNOWN"})
    void capability(String version, Status status) {
        host.capability = version;
        gives("GPU-CC", status);
    }

    @ParameterizedTest(name = "RL-R41: CUDA {0} gives {1}")
    @CsvSource({"12.0,FAIL", "12.1,PASS", "12.10,PASS", "13.0,PASS"})
    void cuda(String version, Status status) {
        host.cuda = version;
        gives("GPU-CUDA", status);
    }

    @ParameterizedTest(name = "RL-A46: {0} MiB of GPU memory give {1}")
    @CsvSource({"15360,PASS", "7680,WARN", "7629,FAIL"})
    void gpuMemory(long mebibytes, Status status) {
        host.gpuMemory = Reading.of(mebibytes << 20);
        gives("GPU-VRAM", status);
    }

    @ParameterizedTest(name = "RL-A47: a driver that is {0} has a remedy that says {1}")
    @CsvSource({
        "VERSION_MISMATCH,reboot",
        "DRIVER_NOT_LOADED,not loaded: sudo modprobe nvidia",
        "BLOCKED,device cgroup",
        "NO_PERMISSION,usermod"
    })
    void driverStates(GpuReport.State state, String remedy) {
        host.driverState = state;
        HostCheckResult result = host.result("GPU-DRIVER-LOADED");
        assertThat(result.status()).isEqualTo(Status.FAIL);
        assertThat(result.remedy()).contains(remedy);
    }

    @Test
    @DisplayName("RL-A48: a group that is configured but not in effect warns and asks for a restart")
    void groups() throws IOException {
        host.pid = 77;
        host.file("proc/77/status", "Groups:\t110 1000\n");
        HostCheckResult result = host.result("GPU-GROUPS");
        assertThat(result.status()).isEqualTo(Status.WARN);
        assertThat(result.observed()).contains("video").doesNotContain("render");
        assertThat(result.remedy()).contains("restart the service");
        host.answers.put("id -nG", Result.exited(0, "runner render\n", ""));
        gives("GPU-GROUPS", Status.FAIL);
    }

    @ParameterizedTest(name = "RL-A49: {0} bytes usable give {1}")
    @CsvSource({"49000000000,FAIL", "49999999999,FAIL", "50000000000,PASS"})
    void disk(long bytes, Status status) {
        host.usable = Reading.of(bytes);
        gives("DISK", status);
        assertThat(host.result("DISK").observed())
                .contains("/srv/runners")
                .contains(bytes < 50_000_000_000L ? "49" : "50");
    }

    @Test
    @DisplayName("RL-A50, RL-R44: ONNX Runtime that lists CUDA but computes on the CPU fails")
    void listedOnly() {
        host.prints(
                "python onnxruntime",
                "{\"version\":\"1.22\",\"available\":[\"CUDAExecutionProvider\"],\"session\":[\"CPUExecutionProvider\"]}");
        gives("ORT-CUDA", Status.FAIL);
        assertThat(host.result("ORT-CUDA").observed()).contains("1.22").contains("CPUExecutionProvider");
    }

    @Test
    @DisplayName("HW-68: each rule that fails is listed with what was found, and an unknown number is no pass")
    void rules() {
        host.driver = "470.1";
        host.capability = "6.1";
        host.gpuMemory = Reading.of(4L << 30);
        host.cores = Reading.of(3500);
        host.memory = Reading.of(15_999_999_999L);
        host.usable = Reading.notSupported();
        HostReport report = host.report();
        assertThat(report.results().stream().filter(HostCheckResult::isBlocking).map(HostCheckResult::id))
                .containsExactly("CPU-CORES", "MEM", "DISK", "GPU-DRIVER", "GPU-CC", "GPU-VRAM");
        assertThat(HealthyHost.result(report, "DISK").status()).isEqualTo(Status.UNKNOWN);
        assertThat(HealthyHost.result(report, "MEM").observed()).isEqualTo("15.9 GB");
        assertThat(report.exitCode()).isEqualTo(1);
        assertThatThrownBy(report::orThrow)
                .isInstanceOf(UnfitHostException.class)
                .hasMessageContaining("GPU-DRIVER: 470.1 (required: >= 535)")
                .hasMessageContaining("3.500 cores")
                .hasMessageContaining("nvidia-driver-550");
    }

    @Test
    @DisplayName("a check that hangs counts as unknown and delays no other; one that throws says why")
    void hangs() {
        CountDownLatch never = new CountDownLatch(1);
        HostReport report = host.doctor(HostRequirements.minimal())
                .deadline(Duration.ofMillis(1500))
                .addCheck(check("HANGS", () -> {
                    never.await();
                    throw new IllegalStateException("not reached");
                }))
                .addCheck(check("THROWS", () -> {
                    throw new IllegalStateException("broken");
                }))
                .build()
                .examine();
        never.countDown();
        assertThat(HealthyHost.result(report, "HANGS").status()).isEqualTo(Status.UNKNOWN);
        assertThat(HealthyHost.result(report, "HANGS").observed()).isEqualTo("no answer within 1500 ms");
        assertThat(HealthyHost.result(report, "HANGS").remedy()).contains("longer deadline");
        assertThat(HealthyHost.result(report, "THROWS").observed()).contains("broken");
        assertThat(report.results().stream().filter(result -> result.status() == Status.UNKNOWN))
                .hasSize(2);
        assertThat(report.isFit()).isFalse();
    }

    @Test
    @DisplayName("a check with a shorter deadline of its own is waited for no longer")
    void ownDeadline() {
        CountDownLatch never = new CountDownLatch(1);
        HostCheck hangs = check("HANGS", Duration.ofMillis(200), () -> {
            never.await();
            throw new IllegalStateException("not reached");
        });
        HostReport report =
                host.doctor(HostRequirements.minimal()).addCheck(hangs).build().examine();
        never.countDown();
        assertThat(HealthyHost.result(report, "HANGS").observed()).isEqualTo("no answer within 200 ms");
        assertThat(HealthyHost.result(report, "HANGS").remedy()).isEqualTo("Look why it hangs.");
    }

    @Test
    @DisplayName("what is told of GPUs is waited for as long as a probe may take for an inventory and a sample")
    void gpuDeadlines() {
        assertThat(host.checks().stream().filter(check -> check.id().matches("GPU-(?!NODES|GROUPS|TOOLKIT|PERSIST).*")))
                .hasSize(9)
                .allMatch(check -> check.deadline().toSeconds() == 25);
    }

    @Test
    @DisplayName("the ARM64 runner: below the minimum fails, below the recommendation warns")
    void arm64() {
        host.architecture = "ARM64";
        host.cores = Reading.of(4000);
        host.memory = Reading.of(ByteSize.ofGB(8).bytes());
        host.usable = Reading.of(ByteSize.ofGB(99).bytes());
        HostReport report = host.doctor(HostRequirements.arm64()).build().examine();
        assertThat(HealthyHost.result(report, "CPU-CORES").status()).isEqualTo(Status.WARN);
        assertThat(HealthyHost.result(report, "MEM").status()).isEqualTo(Status.WARN);
        assertThat(HealthyHost.result(report, "DISK").status()).isEqualTo(Status.FAIL);
        for (String untold : List.of("NET-SPEED", "DISK-SSD")) {
            assertThat(HealthyHost.result(report, untold).status()).isEqualTo(Status.UNKNOWN);
            assertThat(HealthyHost.result(report, untold).isBlocking()).isFalse();
        }
        assertThat(HealthyHost.result(report, "GPU-PRESENT").status()).isEqualTo(Status.SKIPPED);
    }

    @ParameterizedTest(name = "distribution {0} {1} gives {2}")
    @CsvSource({"ubuntu,24.04,PASS", "debian,12,WARN", "ubuntu,18.04,FAIL", "plan9,4,FAIL"})
    void distribution(String id, String version, Status status) throws IOException {
        host.file("etc/os-release", "ID='" + id + "'\nVERSION_ID=\"" + version + "\"\n");
        gives("OS-ID", status);
    }

    @Test
    @DisplayName("root, missing tools and missing packages fail")
    void others() {
        host.answers.put("id -u", Result.exited(0, "0\n", ""));
        host.prints(
                "python packages", "{\"python\":\"3.11.9\",\"torch_cuda\":false,\"packages\":{\"torch\":\"2.7.1\"}}");
        assertThat(root.resolve("usr/bin/git").toFile().delete()).isTrue();
        gives("OS-ROOT", Status.FAIL);
        assertThat(host.result("OS-TOOLS").remedy()).isEqualTo("sudo apt-get install -y git");
        assertThat(host.result("PY-ENV").observed())
                .contains("torch is 2.7.1", "tokenizers is missing", "torch sees no CUDA");
    }

    @Test
    @DisplayName("the JSON tells what the text tells")
    void json() throws IOException {
        HostReport report = host.report();
        var json = new JsonMapper().readTree(report.json());
        assertThat(json.path("fit").asBoolean()).isTrue();
        assertThat(json.path("takenAt").asText()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(json.path("results")).hasSize(report.results().size());
        assertThat(report.text())
                .contains("PASS    GPU-DRIVER: 550.54.15 (required: >= 535)")
                .endsWith("fit to run runners\n");
    }

    @Test
    @DisplayName("a probe that was given stays open, and can be asked again by the next examination")
    void givenProbe() {
        HostDoctor doctor = host.doctor(HostRequirements.gpuNer()).build();
        assertThat(doctor.examine()).isEqualTo(doctor.examine());
    }

    @Test
    @DisplayName("without a probe one is opened, below the doctor's root and with the doctor's commands")
    void ownProbe() {
        Set<String> asked = ConcurrentHashMap.newKeySet();
        HostDoctor doctor = HostDoctor.builder(HostRequirements.gpuNer(), root)
                .fsRoot(root)
                .commands((command, deadline) -> {
                    asked.add(command.get(0));
                    return Result.none(CommandRunner.Outcome.ABSENT, "no " + command.get(0));
                })
                .build();
        HostCheckResult present = HealthyHost.result(doctor.examine(), "GPU-PRESENT");
        assertThat(present.status()).as(present.toString()).isEqualTo(Status.FAIL);
        assertThat(asked).contains("nvidia-smi");
    }

    @Test
    @DisplayName("a driver that hangs is not asked again by the next examinations while it does")
    void hangingDriver() {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        HostDoctor doctor = HostDoctor.builder(HostRequirements.gpuNer(), root)
                .fsRoot(root)
                .deadline(Duration.ofSeconds(1))
                .commands((command, deadline) -> {
                    if (command.get(0).endsWith("nvidia-smi")) {
                        asked.incrementAndGet();
                        awaitQuietly(never);
                    }
                    return Result.none(CommandRunner.Outcome.ABSENT, "no " + command.get(0));
                })
                .build();
        for (int i = 0; i < 3; i++) {
            doctor.examine();
        }
        assertThat(asked).hasValue(1);
        never.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Body {
        HostCheckResult run() throws InterruptedException;
    }

    private static HostCheck check(String id, Body body) {
        return check(id, Duration.ofSeconds(10), body);
    }

    private static HostCheck check(String id, Duration deadline, Body body) {
        return new HostCheck() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public Duration deadline() {
                return deadline;
            }

            @Override
            public HostCheckResult check() {
                try {
                    return body.run();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }
}
