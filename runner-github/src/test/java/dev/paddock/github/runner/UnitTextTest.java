package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.ByteSize;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class UnitTextTest {
    private static final Path FOLDER = Path.of("/opt/actions-runner/gpu-1");

    private final SystemScheduler scheduler = Scheduler.system("unit-test");

    @AfterEach
    void close() {
        scheduler.close();
    }

    private SystemdService.Builder runner(Path folder) {
        return SystemdService.forRunner(folder, "gha-runner")
                .scheduler(scheduler)
                .name("actions.runner.acme.gpu-1");
    }

    private SystemdService.Builder program(Path folder, String... command) {
        return SystemdService.forProgram(folder, "fleet", List.of(command)).scheduler(scheduler);
    }

    private static List<String> lines(SystemdService.Builder builder) {
        return builder.build().definition().lines().toList();
    }

    @Test
    @DisplayName("The unit of a runner starts its runsvc.sh as an ordinary user who can become no other")
    void runner() {
        assertThat(lines(runner(FOLDER)))
                .startsWith("[Unit]", "Description=GitHub Actions Runner (actions.runner.acme.gpu-1.service)")
                .contains(
                        "Type=exec",
                        "ExecStart=\"/opt/actions-runner/gpu-1/runsvc.sh\"",
                        "User=gha-runner",
                        "SupplementaryGroups=video render",
                        "WorkingDirectory=/opt/actions-runner/gpu-1",
                        "Environment=\"HOME=/opt/actions-runner/gpu-1/_home\"",
                        "UMask=0077",
                        "KillMode=mixed",
                        "KillSignal=SIGTERM",
                        "TimeoutStopSec=300s",
                        "Restart=no",
                        "NoNewPrivileges=yes",
                        "CapabilityBoundingSet=",
                        "ProtectSystem=strict",
                        "ReadWritePaths=\"/opt/actions-runner/gpu-1\"",
                        "ProtectHome=tmpfs",
                        "PrivateTmp=yes",
                        "ProtectProc=invisible",
                        "SystemCallFilter=@system-service",
                        "TasksMax=4096",
                        "OOMPolicy=stop")
                .endsWith("[Install]", "WantedBy=multi-user.target")
                .doesNotContain("MemoryDenyWriteExecute=yes")
                .noneMatch(line -> line.startsWith("BindPaths") || line.startsWith("CPUQuota"));
    }

    @Test
    @DisplayName("S12: jobs do not reach the metadata of a cloud's machine")
    void metadata() {
        assertThat(lines(runner(FOLDER))).contains("IPAddressDeny=169.254.169.254/32");
    }

    @Test
    @DisplayName("Of devices a runner gets NVIDIA's, others that are named, or none")
    void devices() {
        assertThat(lines(runner(FOLDER)))
                .contains(
                        "PrivateDevices=no",
                        "DevicePolicy=closed",
                        "DeviceAllow=char-nvidia* rw",
                        "DeviceAllow=char-drm rw");
        assertThat(lines(runner(FOLDER).devices(SystemdService.AMD).groups(List.of("render"))))
                .contains("DeviceAllow=char-kfd rw", "SupplementaryGroups=render");
        assertThat(lines(runner(FOLDER).devices(List.of())))
                .contains("PrivateDevices=yes")
                .noneMatch(line -> line.startsWith("Device") || line.startsWith("SupplementaryGroups"));
        assertThatThrownBy(() -> runner(FOLDER)
                        .devices(List.of("char-nvidia rw\nUser=root"))
                        .build())
                .hasMessageContaining("a device is like");
    }

    @Test
    @DisplayName("Limits are those that were set")
    void limits() {
        assertThat(lines(runner(FOLDER)
                        .processors(2.5)
                        .memory(ByteSize.ofGiB(16))
                        .tasks(512)
                        .stopTimeout(Duration.ofSeconds(90))))
                .contains("CPUQuota=250%", "MemoryMax=17179869184", "TasksMax=512", "TimeoutStopSec=90s");
        assertThatThrownBy(() -> runner(FOLDER).processors(0)).hasMessageContaining("0.01 to 10000: 0.0");
        assertThatThrownBy(() -> runner(FOLDER).processors(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> runner(FOLDER).memory(ByteSize.ofMiB(1))).hasMessageContaining("64 MiB");
        assertThatThrownBy(() -> runner(FOLDER).tasks(63)).hasMessageContaining("at least 64");
        assertThatThrownBy(() -> runner(FOLDER).stopTimeout(Duration.ZERO)).hasMessageContaining("1 s to 1 h");
    }

    @Test
    @DisplayName("A folder below a home or a temporary folder, which are hidden, is shown again")
    void hidden() {
        for (String folder : List.of("/home/gha/actions-runner", "/root/runner", "/tmp/runner", "/var/tmp/r")) {
            assertThat(lines(runner(Path.of(folder)))).contains("BindPaths=" + folder);
        }
        assertThat(lines(runner(FOLDER).writable(List.of(Path.of("/var/cache/ci"), Path.of("/home/cache")))))
                .contains(
                        "ReadWritePaths=\"/opt/actions-runner/gpu-1\" \"/var/cache/ci\" \"/home/cache\"",
                        "BindPaths=/home/cache");
    }

    @Test
    @DisplayName("What systemd would read as something else is escaped, or refused")
    void escaped() {
        assertThat(lines(runner(Path.of("/opt/50% of it"))))
                .contains(
                        "ExecStart=\"/opt/50%% of it/runsvc.sh\"",
                        "WorkingDirectory=/opt/50%% of it", "ReadWritePaths=\"/opt/50%% of it\"");
        assertThat(lines(program(FOLDER, "/opt/a b/$x", "$HOME", "a\"b\\c", "%i")))
                .contains("ExecStart=\"/opt/a b/$x\" \"$$HOME\" \"a\\\"b\\\\c\" \"%%i\"");
        for (String folder : List.of("/opt/a\nUser=root", "/opt/a\"b", "/opt/a\\", "/opt/a:b", "/home/a b")) {
            assertThatThrownBy(() -> runner(Path.of(folder)).build())
                    .as(folder)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("systemd's sake");
        }
        assertThatThrownBy(() -> program(FOLDER, "/bin/sh", "a\nb").build()).hasMessageContaining("control characters");
        for (String user : List.of("", "a b", "-x", "root\nGroup=root", "a%h", "1000")) {
            assertThatThrownBy(() -> SystemdService.forRunner(FOLDER, user))
                    .as(user)
                    .hasMessageContaining("a user is a name");
        }
    }

    @Test
    @DisplayName("A directive takes the place of the unit's own, but for those that are settled")
    void directives() {
        List<String> lines = lines(runner(FOLDER)
                .directive("RestrictNamespaces", "no")
                .directive("EnvironmentFile", "-/etc/gha.env")
                .directive("DeviceAllow", "/dev/fuse rw"));
        assertThat(lines)
                .contains("RestrictNamespaces=no", "EnvironmentFile=-/etc/gha.env", "DeviceAllow=/dev/fuse rw")
                .doesNotContain("RestrictNamespaces=yes", "DeviceAllow=char-drm rw");
        assertThatThrownBy(() -> runner(FOLDER).directive("User", "root")).hasMessageContaining("settled");
        assertThatThrownBy(() -> runner(FOLDER).directive("A=b\nUser", "x")).hasMessageContaining("a key");
        assertThatThrownBy(() -> runner(FOLDER).directive("Nice", "1\nUser=root"))
                .hasMessageContaining("one line");
        assertThatThrownBy(() -> runner(FOLDER).directive("Nice", "1\\")).hasMessageContaining("one line");
    }

    @Test
    @DisplayName("The unit of a fleet's program is started again if it fails, and leaves its runners if it is to")
    void program() {
        assertThat(lines(program(FOLDER, "/usr/bin/java", "-jar", "/opt/fleet.jar")))
                .contains(
                        "Description=Paddock fleet (paddock.gpu-1.service)",
                        "ExecStart=\"/usr/bin/java\" \"-jar\" \"/opt/fleet.jar\"",
                        "Environment=\"HOME=/opt/actions-runner/gpu-1\"",
                        "Restart=on-failure",
                        "RestartSec=10s",
                        "KillMode=mixed");
        assertThat(lines(program(FOLDER, "/usr/bin/java").leaveRunners())).contains("KillMode=process");
    }

    @Test
    @DisplayName("All that is wrong with the settings is told at once")
    void atOnce() {
        assertThatThrownBy(() -> SystemdService.forRunner(Path.of("/opt/a\"b"), "gha")
                        .leaveRunners()
                        .devices(List.of("gpu"))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("scheduler(...) is missing")
                .hasMessageContaining("quotes")
                .hasMessageContaining("leaveRunners()")
                .hasMessageContaining("a device is like");
        assertThatThrownBy(() -> program(FOLDER, "java").build()).hasMessageContaining("absolute path: [java]");
    }
}
