package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.github.runner.RunnerService.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What sc.exe is told and what is made of its answers; a script stands in for it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class WindowsServiceTest {
    private static final String NAME = ServiceFixture.NAME;
    private static final String ACCOUNT = WindowsService.ACCOUNTS.get(0);

    @TempDir
    private Path root;

    private ServiceFixture fixture;
    private String program;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServiceFixture(root);
        program = Files.createFile(fixture.folder.resolve("bin/RunnerService.exe"))
                .toString();
        fixture.program("icacls", "exit 0");
        // Exit codes end at 255 here, so the number is in the text alone.
        fixture.program(
                "sc",
                "there=" + root + "/there state=" + root + "/state",
                "no() { echo \"[SC] OpenService FEHLER $1:\"; exit $(($1 & 255)); }",
                "case $1 in",
                "create) echo \"$4\" >$there; echo 1 >$state; exit 0 ;;",
                "config) echo \"$4\" >$there; exit 0 ;;",
                "esac",
                "[ -e $there ] || no 1060",
                "case $1 in",
                "qc) echo \"        BINARY_PATH_NAME   : $(cat $there)\" ;;",
                "start) [ $(cat $state) = 1 ] || no 1056; echo 2 >$state ;;",
                "stop) [ $(cat $state) = 4 ] || no 1062; echo 3 >$state ;;",
                "delete) rm $there ;;",
                "queryex) printf '        STATE              : %s  X\\n        WIN32_EXIT_CODE    : %s  (0x0)\\n'"
                        + " $(cat $state) $(cat " + root + "/exit 2>/dev/null || echo 0)",
                "  [ $(cat $state) != 4 ] || printf '        PID                : 41\\n'",
                "  case $(cat $state) in 2) echo 4 >$state ;; 3) echo 1 >$state ;; esac ;;",
                "esac");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private WindowsService.Builder builder() {
        return WindowsService.builder(fixture.folder, ACCOUNT)
                .scheduler(fixture.scheduler)
                .sc(root.resolve("sc").toString())
                .icacls(root.resolve("icacls").toString());
    }

    private WindowsService service() {
        return builder().build();
    }

    @Test
    @DisplayName("It is installed with an account that needs no password, to be restarted twice")
    void install() throws IOException {
        WindowsService service = service();
        assertThat(service.name()).isEqualTo(NAME);
        assertThat(await(service.status()).isInstalled()).isFalse();
        fixture.forgetCalls();
        assertThat(await(service.install())).isEqualTo(Change.INSTALLED);
        assertThat(fixture.calls())
                .containsExactly(
                        "sc qc " + NAME,
                        "sc create " + NAME + " binPath= " + program + " start= delayed-auto obj= " + ACCOUNT
                                + " DisplayName= GitHub Actions Runner (" + NAME + ")",
                        "sc failure " + NAME + " reset= 86400 actions= restart/60000/restart/60000//",
                        "icacls " + fixture.folder + " /inheritance:r /grant:r " + ACCOUNT
                                + ":(OI)(CI)F *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F /T /Q");
        assertThat(fixture.folder.resolve(".service")).content().isEqualTo(NAME + "\n");
        assertThat(await(service.install())).isEqualTo(Change.UNCHANGED);
        assertThat(service.definition()).contains("create " + NAME).contains("icacls");
    }

    @Test
    @DisplayName("Starting and stopping wait until it is done, and doing so twice is no failure")
    void verbs() {
        WindowsService service = service();
        await(service.install());
        ServiceStatus running = await(service.start());
        assertThat(running.isRunning()).isTrue();
        assertThat(running.pid()).hasValue(41);
        assertThat(await(service.start()).isRunning()).isTrue();
        assertThat(await(service.restart()).isRunning()).isTrue();
        assertThat(await(service.stop()).state()).isEqualTo(ServiceStatus.State.STOPPED);
        assertThat(await(service.stop()).state()).isEqualTo(ServiceStatus.State.STOPPED);
    }

    @Test
    @DisplayName("One that has stopped with an error has failed; one that was never started has not")
    void failed() throws IOException {
        WindowsService service = service();
        await(service.install());
        Files.writeString(root.resolve("exit"), "1077");
        assertThat(await(service.status()).state()).isEqualTo(ServiceStatus.State.STOPPED);
        Files.writeString(root.resolve("exit"), "1067");
        assertThat(await(service.status()).isFailed()).isTrue();
    }

    @Test
    @DisplayName("A service of that name with another program is replaced only if that is asked for")
    void replace() throws IOException {
        Files.writeString(root.resolve("there"), "C:\\other.exe");
        Files.writeString(root.resolve("state"), "1");
        assertThat(failure(service().install())).hasMessageContaining("another program");
        assertThat(await(builder().replace().build().install())).isEqualTo(Change.REPLACED);
        assertThat(fixture.calls()).anyMatch(call -> call.startsWith("sc config " + NAME));
    }

    @Test
    @DisplayName("What cannot be asked is no service that is missing")
    void refused() throws IOException {
        fixture.program("sc", "echo '[SC] OpenSCManager FAILED 5:'; exit 5");
        assertThat(failure(service().status())).hasMessageContaining("nothing is known");
        assertThat(failure(service().install())).hasMessageContaining("FAILED 5");
        fixture.program("sc", "exit 0");
        assertThat(failure(service().status())).hasMessageContaining("told no state");
    }

    @Test
    @DisplayName("RL-A53: on Windows too the service goes before the registration; uninstalling stops it first")
    void remove() throws IOException {
        ServiceFixture.script(
                fixture.folder.resolve("config.cmd"),
                "[ ! -e .service ] || exit 1; echo \"config.cmd $* ${#ACTIONS_RUNNER_INPUT_TOKEN}\" >>"
                        + fixture.calls);
        WindowsService service = service();
        await(service.install());
        await(service.start());
        await(service.remove(ServiceFixture.token()));
        assertThat(fixture.calls())
                .containsSubsequence(
                        "sc stop " + NAME, "sc delete " + NAME, "config.cmd remove " + ServiceFixture.TOKEN.length())
                .noneMatch(call -> call.contains(ServiceFixture.TOKEN));
        assertThat(await(service.uninstall())).isFalse();
    }

    @Test
    @DisplayName("The log is the end of the runner's newest one")
    void logs() throws IOException {
        Files.createDirectories(fixture.folder.resolve("_diag"));
        Files.write(fixture.folder.resolve("_diag/Runner_20260505-101112-utc.log"), List.of("old"));
        Files.write(fixture.folder.resolve("_diag/Runner_20260506-101112-utc.log"), List.of("a", "new"));
        Files.write(fixture.folder.resolve("_diag/Worker_20260507-101112-utc.log"), List.of("job"));
        assertThat(await(service().logs(1))).containsExactly("new");
    }

    @Test
    @DisplayName("Accounts with passwords, and folders with spaces, are refused")
    void settings() {
        assertThatThrownBy(() -> WindowsService.builder(fixture.folder, "ACME\\gha")
                        .scheduler(fixture.scheduler)
                        .build())
                .hasMessageContaining("need no password");
        assertThatThrownBy(() -> WindowsService.builder(root.resolve("a b"), ACCOUNT)
                        .scheduler(fixture.scheduler)
                        .build())
                .hasMessageContaining("without spaces");
    }
}
