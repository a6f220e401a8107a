package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of services, each in a process of its own; a script stands in for systemctl. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RunnerServiceCommandTest {
    private static final String UNIT = "actions.runner.acme-engine.gpu-1.service";

    @TempDir
    private Path root;

    private Path folder;
    private Path units;

    private record Ended(int code, String output) {}

    @BeforeEach
    void configure() throws IOException {
        folder = Files.createDirectories(root.resolve("runner"));
        units = Files.createDirectories(root.resolve("units"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(
                folder.resolve(".runner"),
                "{\"agentName\":\"gpu-1\",\"gitHubUrl\":\"https://github.com/acme/engine\"}");
        Files.writeString(Files.createDirectories(folder.resolve("bin")).resolve("runsvc.sh"), "");
        Path systemctl = root.resolve("systemctl");
        Files.writeString(
                systemctl,
                "#!/bin/bash\necho \"$*\" >>" + root + "/calls\n[ \"$1\" != --unit=" + UNIT
                        + " ] || printf 'a\\033[1mline\\n'\n[ $1 != show ] || cat " + root + "/says\n");
        Files.setPosixFilePermissions(systemctl, PosixFilePermissions.fromString("rwxr-xr-x"));
        says("LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nMainPID=41\n");
    }

    private void says(String text) throws IOException {
        Files.writeString(root.resolve("says"), text);
    }

    private Ended service(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("runner", "service"));
        all.addAll(List.of(arguments));
        if (arguments.length > 0) {
            all.addAll(List.of(
                    "--units",
                    units.toString(),
                    "--systemctl",
                    root.resolve("systemctl").toString()));
            all.addAll(List.of("--journalctl", root.resolve("systemctl").toString(), folder.toString()));
        }
        Process main = new Programs(() -> root).java("dev.paddock.examples.Main", all.toArray(String[]::new));
        String output = Programs.output(main);
        return new Ended(main.waitFor(), output);
    }

    @Test
    @DisplayName("Installing needs no root where the folder of units needs none, and tells what was done")
    void life() throws Exception {
        Ended installed = service("install", "--devices", "none", "--allow-privileged-user");
        assertThat(installed.output()).endsWith(UNIT + ": INSTALLED");
        assertThat(installed.code()).isZero();
        assertThat(units.resolve(UNIT)).content().contains("PrivateDevices=yes");

        assertThat(service("start").output()).endsWith(UNIT + ": RUNNING (active/running, success, pid 41)");
        assertThat(service("status").code()).isZero();
        assertThat(service("logs", "--lines", "7").output()).endsWith("a?[1mline");
        service("restart");
        service("stop");
        Ended uninstalled = service("uninstall");
        assertThat(uninstalled.output()).endsWith(UNIT + ": uninstalled");
        assertThat(units).isEmptyDirectory();
        assertThat(Files.readAllLines(root.resolve("calls")))
                .contains("enable " + UNIT, "start " + UNIT, "restart " + UNIT, "stop " + UNIT, "disable " + UNIT)
                .anyMatch(call -> call.contains("--lines=7"));
    }

    @Test
    @DisplayName("What does not run ends with 1 and says where its log is; so does what is refused")
    void failed() throws Exception {
        says("LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=1\n");
        Ended status = service("status");
        assertThat(status.output()).contains("FAILED").endsWith("journalctl -u " + UNIT);
        assertThat(status.code()).isOne();
        Ended refused = service("install", "--group", "no-such-group", "--allow-privileged-user");
        assertThat(refused.output()).contains("there is no group no-such-group");
        assertThat(refused.code()).isOne();
        assertThat(units).isEmptyDirectory();
    }

    @Test
    @DisplayName("What would be installed can be printed first, with its limits and what was loosened")
    void print() throws Exception {
        Ended printed = service(
                "install",
                "--print",
                "--user",
                "gha",
                "--processors",
                "2.5",
                "--memory",
                "1GiB",
                "--tasks",
                "100",
                "--directive",
                "RestrictNamespaces=no",
                "--writable",
                "/var/cache/ci");
        assertThat(printed.output())
                .contains("User=gha", "CPUQuota=250%", "MemoryMax=1073741824", "TasksMax=100", "RestrictNamespaces=no")
                .contains("\"/var/cache/ci\"");
        assertThat(printed.code()).isZero();
        assertThat(units).isEmptyDirectory();
    }

    @Test
    @DisplayName("Wrong usage ends with 2")
    void usage() throws Exception {
        assertThat(service().code()).isEqualTo(2);
        Ended wrong = service("install", "--tasks", "1");
        assertThat(wrong.output()).contains("tasks must be at least 64");
        assertThat(wrong.code()).isEqualTo(2);
    }
}
