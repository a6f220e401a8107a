package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.ByteSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A stand-in of the runner, as an ordinary user, under a real systemd. */
@Tag("systemd")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@DisabledIfSystemProperty(named = "paddock.systemd", matches = "none")
class SystemdManagerTest {
    private static final String USER = "daemon";

    @TempDir
    private Path root;

    private ServiceFixture fixture;
    private PrivateSystemd systemd;

    @BeforeEach
    void start() throws IOException {
        ServiceFixture.permit(root, "rwx--x--x");
        fixture = new ServiceFixture(root);
        ServiceFixture.script(
                fixture.folder.resolve("bin/runsvc.sh"),
                "trap 'echo Exiting...; exit 0' TERM",
                "(trap '' TERM; exec setsid sleep 98765.4321) & ", // what a job leaves behind
                "echo '2026-05-05 10:11:12Z: Listening for Jobs'",
                "while :; do",
                "  if [ -e job ]; then rm job",
                "    echo '2026-05-05 10:11:13Z: Running job: one'",
                "    { id -un; echo \"$HOME\"; (echo >/etc/paddock) 2>&1; ls -A /home /root 2>&1; ls -A \"$HOME\";",
                "      grep NoNewPrivs /proc/self/status; echo /proc/[0-9]*; umask;",
                "      unshare --user true 2>&1; } >draft; mv draft result",
                "    echo '2026-05-05 10:11:14Z: Job one completed with result: Succeeded'",
                "  fi",
                "  [ ! -e crash ] || exit 3",
                "  sleep 0.05 & wait $!",
                "done");
        ServiceFixture.script(
                fixture.folder.resolve("config.sh"),
                "{ id -un; [ -e .service ] && echo service; tr '\\0' ' ' </proc/$$/cmdline;",
                "  echo; echo \"$ACTIONS_RUNNER_INPUT_TOKEN\"; env | cut -d= -f1 | sort; } >removed");
        fixture.give(USER);
        systemd = PrivateSystemd.start(fixture.units, root);
    }

    @AfterEach
    void end() throws IOException {
        if (systemd != null) {
            systemd.close();
        }
        fixture.close();
    }

    private SystemdService.Builder on(SystemdService.Builder builder) {
        return builder.scheduler(fixture.scheduler)
                .units(fixture.units)
                .systemctl(systemd.program("systemctl"))
                .journalctl(systemd.program("journalctl"));
    }

    private SystemdService runner() {
        return on(SystemdService.forRunner(fixture.folder, USER))
                .groups(List.of())
                .memory(ByteSize.ofGiB(1))
                .build();
    }

    /** Asks again and again; each time takes a process or two. */
    private static void until(SystemdService service, java.util.concurrent.Callable<Boolean> holds) throws Exception {
        while (!holds.call()) {
            await(service.status());
        }
    }

    @Test
    @DisplayName("A runner is installed, started, asked, given a job, stopped and uninstalled by a real systemd")
    void wholeLife() throws Exception {
        SystemdService service = runner();
        assertThat(await(service.status()).isInstalled()).isFalse();
        assertThat(await(service.uninstall())).isFalse();
        assertThat(await(service.install())).isEqualTo(RunnerService.Change.INSTALLED);
        assertThat(await(service.install())).isEqualTo(RunnerService.Change.UNCHANGED);
        assertThat(await(service.status()).state()).isEqualTo(ServiceStatus.State.STOPPED);

        ServiceStatus running = await(service.start());
        assertThat(running.isRunning()).isTrue();
        assertThat(running.user()).isEqualTo(USER);
        assertThat(running.pid()).isPresent();
        until(service, () -> said(service, "Listening for Jobs"));
        until(service, () -> leftovers() == 1);

        Files.createFile(fixture.folder.resolve("job"));
        Path result = fixture.folder.resolve("result");
        until(service, () -> Files.exists(result));
        assertThat(Files.readString(result))
                .startsWith(USER + "\n" + fixture.folder.resolve("_home") + "\n")
                .contains("/etc/paddock: Read-only file system")
                .contains("NoNewPrivs:\t1")
                .contains("\n0077\n")
                .contains("unshare failed")
                .doesNotContain("/proc/1 ");
        until(service, () -> said(service, "Job one completed with result: Succeeded"));

        ServiceStatus again = await(service.restart());
        assertThat(again.isRunning()).isTrue();
        assertThat(again.pid()).isNotEqualTo(running.pid());

        assertThat(await(service.stop()).state()).isEqualTo(ServiceStatus.State.STOPPED);
        assertThat(leftovers()).as("what ignores SIGTERM").isZero();
        assertThat(await(service.uninstall())).isTrue();
        assertThat(await(service.status()).state()).isEqualTo(ServiceStatus.State.NOT_INSTALLED);
        try (Stream<Path> left = Files.walk(fixture.units)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
        assertThat(fixture.folder.resolve(".service")).doesNotExist();
    }

    @Test
    @DisplayName("RL-A51: a runner that ends badly is failed, with its exit code, and can be started again")
    void failed() throws Exception {
        SystemdService service = runner();
        await(service.install());
        await(service.start());
        Files.createFile(fixture.folder.resolve("crash"));
        until(service, () -> !await(service.status()).isRunning());
        ServiceStatus status = await(service.status());
        assertThat(status.isFailed()).isTrue();
        assertThat(status.exitStatus()).hasValue(3);
        assertThat(status.toString()).endsWith("log: journalctl -u " + service.name());
        Files.delete(fixture.folder.resolve("crash"));
        assertThat(await(service.start()).isRunning()).isTrue();
    }

    @Test
    @DisplayName("RL-A53: a runner that runs as a service is removed: first its service, then its registration")
    void removed() throws Exception {
        SystemdService service = runner();
        await(service.install());
        await(service.start());
        await(service.remove(ServiceFixture.token()));
        assertThat(await(service.status()).isInstalled()).isFalse();
        List<String> said = Files.readAllLines(fixture.folder.resolve("removed"));
        assertThat(said.subList(0, 3))
                .containsExactly(
                        USER, "/bin/bash " + fixture.folder.resolve("config.sh") + " remove ", ServiceFixture.TOKEN);
    }

    @Test
    @DisplayName("A program that runs a fleet gets its arguments as they are, whatever systemd reads into them")
    void program() throws Exception {
        Path folder = Files.createDirectory(root.resolve("fleet"));
        ServiceFixture.permit(folder, "rwx------");
        ServiceFixture.give(folder, USER);
        SystemdService service = on(SystemdService.forProgram(
                        folder,
                        USER,
                        List.of(
                                "/bin/sh",
                                "-c",
                                "printf '%s\\n' \"$@\" >draft; mv draft said; exec sleep 1000",
                                "sh",
                                "100% of $HOME",
                                "two  \"words\" \\n 'x'",
                                "${HOME}",
                                "%h;")))
                .groups(List.of())
                .build();
        assertThat(service.name()).isEqualTo("paddock.fleet.service");
        await(service.install());
        await(service.start());
        Path said = folder.resolve("said");
        until(service, () -> Files.exists(said) || await(service.status()).isFailed());
        assertThat(said).content().isEqualTo("100% of $HOME\ntwo  \"words\" \\n 'x'\n${HOME}\n%h;\n");
        assertThat(await(service.uninstall())).isTrue();
    }

    private static boolean said(SystemdService service, String words) {
        return await(service.logs(100)).stream().anyMatch(line -> line.contains(words));
    }

    private static long leftovers() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("sleep 98765.4321"))
                .count();
    }
}
