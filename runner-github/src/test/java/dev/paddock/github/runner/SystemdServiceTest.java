package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.await;
import static dev.paddock.github.runner.LocalFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.github.runner.RunnerService.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What systemctl is told and what is made of its answers; a script stands in for it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SystemdServiceTest {
    private static final String UNIT = ServiceFixture.NAME + ".service";

    @TempDir
    private Path root;

    private ServiceFixture fixture;

    @BeforeEach
    void open() throws IOException {
        fixture = new ServiceFixture(root);
        fixture.program(
                "systemctl",
                "case \"$*\" in",
                "'show --property=Version') echo Version=252 ;;",
                "show*) cat " + root + "/says ;;",
                "esac",
                "[ ! -e " + root + "/fail-$1 ] || { echo 'Access denied'; exit 4; }");
        fixture.program("id", "case $1 in -u) echo 1000 ;; *) echo runners video ;; esac");
        fixture.program("getent", "exit 0");
        says("LoadState=not-found", "ActiveState=inactive", "SubState=dead", "Result=success");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void says(String... lines) throws IOException {
        Files.write(root.resolve("says"), List.of(lines));
    }

    private SystemdService.Builder builder() throws IOException {
        return SystemdService.forRunner(fixture.folder, fixture.owner())
                .scheduler(fixture.scheduler)
                .units(fixture.units)
                .systemctl(root.resolve("systemctl").toString(), "--quiet")
                .systemctl(root.resolve("systemctl").toString())
                .journalctl(root.resolve("systemctl").toString(), "journal")
                .accounts(root.resolve("id").toString(), root.resolve("getent").toString());
    }

    private SystemdService service() throws IOException {
        return builder().build();
    }

    private String refusal(SystemdService service) throws IOException {
        Throwable failure = failure(service.install());
        assertThat(failure).isInstanceOf(ServiceException.class);
        assertThat(service.file()).doesNotExist();
        assertThat(fixture.folder.resolve(".service")).doesNotExist();
        assertThat(fixture.calls()).noneMatch(call -> call.contains("enable"));
        return failure.getMessage();
    }

    // ---- install ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("Installing writes the unit, the runner's own .service and script, and enables it for the next boot")
    void install() throws IOException {
        SystemdService service = service();
        assertThat(await(service.install())).isEqualTo(Change.INSTALLED);
        assertThat(fixture.units.resolve(UNIT)).content().isEqualTo(service.definition());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(service.file())))
                .isEqualTo("rw-r--r--");
        assertThat(fixture.folder.resolve(".service")).content().isEqualTo(UNIT + "\n");
        assertThat(fixture.folder.resolve("runsvc.sh")).isExecutable();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fixture.folder.resolve("_home"))))
                .isEqualTo("rwx------");
        String owner = fixture.owner();
        assertThat(fixture.calls())
                .containsExactly(
                        "systemctl show --property=Version",
                        "id -u " + owner,
                        "id -nG " + owner,
                        "getent group video",
                        "getent group render",
                        "systemctl daemon-reload",
                        "systemctl enable " + UNIT);
        assertThat(fixture.units)
                .isDirectoryNotContaining(file -> file.getFileName().toString().endsWith(".paddock"));
    }

    @Test
    @DisplayName("Installing again changes nothing, and goes on where it broke off")
    void again() throws IOException {
        await(service().install());
        var before = Files.getLastModifiedTime(fixture.units.resolve(UNIT));
        Object file = Files.getAttribute(fixture.units.resolve(UNIT), "unix:ino");
        fixture.forgetCalls();
        assertThat(await(service().install())).isEqualTo(Change.UNCHANGED);
        assertThat(Files.getLastModifiedTime(fixture.units.resolve(UNIT))).isEqualTo(before);
        assertThat(Files.getAttribute(fixture.units.resolve(UNIT), "unix:ino")).isEqualTo(file);
        assertThat(fixture.calls()).endsWith("systemctl daemon-reload", "systemctl enable " + UNIT);
    }

    @Test
    @DisplayName("A unit that says something else is replaced only if that is asked for")
    void replace() throws IOException {
        await(service().install());
        var other = builder().tasks(100);
        Throwable failure = failure(other.build().install());
        assertThat(failure).hasMessageContaining("says something else").hasMessageContaining("replace()");
        assertThat(fixture.units.resolve(UNIT)).content().contains("TasksMax=4096");
        assertThat(await(other.replace().build().install())).isEqualTo(Change.REPLACED);
        assertThat(fixture.units.resolve(UNIT)).content().contains("TasksMax=100\n");
    }

    @Test
    @DisplayName("The unit of another folder is neither replaced nor uninstalled, whatever it is called")
    void anotherFolders() throws IOException {
        Files.writeString(fixture.units.resolve(UNIT), "[Service]\nWorkingDirectory=/opt/other\n");
        assertThat(failure(builder().replace().build().install())).hasMessageContaining("of another folder");
        assertThat(failure(service().uninstall())).hasMessageContaining("of another folder");
        assertThat(fixture.units.resolve(UNIT)).exists();
        assertThat(fixture.calls()).noneMatch(call -> call.contains("stop"));
    }

    @Test
    @DisplayName("Without a systemd that answers nothing is installed, and the way out is named")
    void noSystemd() throws IOException {
        Files.createFile(root.resolve("fail-show"));
        assertThat(refusal(service())).contains("Access denied").contains("LocalRunnerProvider");
        assertThat(refusal(
                        builder().systemctl(root.resolve("absent").toString()).build()))
                .contains("cannot be started");
    }

    @Test
    @DisplayName("A user who is not there, is root, or is in a group that makes jobs root is refused")
    void users() throws IOException {
        fixture.program("id", "echo 'no such user' >&2; exit 1");
        assertThat(refusal(service()))
                .contains("there is no user " + fixture.owner())
                .contains("useradd");
        fixture.program("id", "case $1 in -u) echo 0 ;; *) echo root ;; esac");
        assertThat(refusal(service())).contains("is root, and so would be every job");
        fixture.program("id", "case $1 in -u) echo 65534 ;; *) echo nogroup ;; esac");
        assertThat(refusal(service())).contains("other programs run as");
        for (String group : List.of("sudo", "wheel", "docker", "lxd", "admin")) {
            fixture.program("id", "case $1 in -u) echo 1000 ;; *) echo runners " + group + " video ;; esac");
            assertThat(refusal(service()))
                    .contains("is in the group " + group)
                    .contains("gpasswd -d " + fixture.owner() + " " + group)
                    .contains("allowPrivilegedUser()");
        }
        assertThat(await(builder().allowPrivilegedUser().build().install())).isEqualTo(Change.INSTALLED);
    }

    @Test
    @DisplayName(
            "A folder of somebody else, one that others may write to, and a missing group are refused, all at once")
    void folders() throws IOException {
        ServiceFixture.permit(fixture.folder, "rwxrwx---");
        fixture.program("getent", "[ $2 = video ]");
        assertThat(refusal(service()))
                .contains("others may write to " + fixture.folder + " (rwxrwx---)")
                .contains("chmod 700")
                .contains("there is no group render")
                .doesNotContain("group video");
        ServiceFixture.permit(fixture.folder, "rwx------");
        fixture.program("getent", "exit 0");
        String other = fixture.owner().equals("daemon") ? "bin" : "daemon";
        SystemdService foreign = SystemdService.forRunner(fixture.folder, other)
                .scheduler(fixture.scheduler)
                .units(fixture.units)
                .systemctl(root.resolve("systemctl").toString())
                .accounts(root.resolve("id").toString(), root.resolve("getent").toString())
                .build();
        assertThat(refusal(foreign)).contains("and not to " + other + ": chown -R " + other);
        Files.delete(fixture.folder.resolve("bin/runsvc.sh"));
        assertThat(refusal(service())).contains("has no bin/runsvc.sh");
    }

    @Test
    @DisplayName("A folder of units that cannot be written to asks for root")
    void rights() throws IOException {
        assertThat(refusal(builder().units(root.resolve("nowhere")).build())).contains("run it as root");
    }

    @Test
    @DisplayName("A script that is a link is not read in root's name")
    void links() throws IOException {
        Path secret = Files.writeString(root.resolve("secret"), "for root alone");
        Files.delete(fixture.folder.resolve("bin/runsvc.sh"));
        Files.createSymbolicLink(fixture.folder.resolve("bin/runsvc.sh"), secret);
        await(service().install());
        assertThat(fixture.folder.resolve("runsvc.sh")).doesNotExist();
    }

    // ---- verbs -----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("Each verb is one of systemctl's, and is followed by a look at what came of it")
    void verbs() throws IOException {
        says("LoadState=loaded", "ActiveState=active", "SubState=running", "Result=success", "MainPID=41");
        SystemdService service = service();
        assertThat(await(service.start()).pid()).hasValue(41);
        assertThat(await(service.stop()).isRunning()).isTrue();
        assertThat(await(service.restart()).isRunning()).isTrue();
        String show = "systemctl show " + UNIT
                + " --property=LoadState,ActiveState,SubState,Result,ExecMainStatus,NRestarts,User,MainPID";
        assertThat(fixture.calls())
                .containsExactly(
                        "systemctl start " + UNIT,
                        show,
                        "systemctl stop " + UNIT,
                        show,
                        "systemctl restart " + UNIT,
                        show);
    }

    @Test
    @DisplayName("What systemctl refuses is told with its words, and is no status")
    void refused() throws IOException {
        Files.createFile(root.resolve("fail-start"));
        Files.createFile(root.resolve("fail-show"));
        assertThat(failure(service().start()))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("ended with code 4: Access denied")
                .hasMessageContaining("journalctl -u " + UNIT);
        assertThat(failure(service().status())).hasMessageContaining("nothing is known");
        Files.delete(root.resolve("fail-show"));
        says("Version=252");
        assertThat(failure(service().status())).hasMessageContaining("neither whether");
    }

    @Test
    @DisplayName("A systemctl that hangs is ended at the deadline, with what it has started")
    void hangs() throws IOException {
        fixture.program("systemctl", "sleep 1234.5678");
        var commands = new ServiceCommands(fixture.scheduler);
        Throwable failure =
                failure(commands.run(List.of(root.resolve("systemctl").toString()), Duration.ofMillis(200)));
        assertThat(failure).hasMessageContaining("did not end within");
        assertThat(ProcessHandle.allProcesses()
                        .filter(process -> process.isAlive()
                                && process.info().commandLine().orElse("").contains("sleep 1234.5678")))
                .isEmpty();
    }

    @Test
    @DisplayName("Commands inherit no variable of this program but a few")
    void environment() throws IOException {
        assertThat(System.getenv()).isNotEmpty();
        var result = await(new ServiceCommands(fixture.scheduler).run(List.of("/usr/bin/env")));
        assertThat(result.output().lines().map(line -> line.replaceFirst("=.*", "")))
                .contains("LC_ALL", "SYSTEMD_COLORS")
                .isSubsetOf(
                        "LC_ALL",
                        "SYSTEMD_COLORS",
                        "PATH",
                        "HOME",
                        "TMPDIR",
                        "TEMP",
                        "TMP",
                        "http_proxy",
                        "https_proxy",
                        "no_proxy",
                        "HTTP_PROXY",
                        "HTTPS_PROXY",
                        "NO_PROXY");
    }

    @Test
    @DisplayName("The log is the journal's, as many lines as are asked for")
    void logs() throws IOException {
        fixture.program("systemctl", "printf 'one\\ntwo\\n'");
        assertThat(await(service().logs(20))).containsExactly("one", "two");
        assertThat(fixture.calls())
                .containsExactly(
                        "systemctl journal --unit=" + UNIT + " --lines=20 --no-pager --quiet --output=short-iso");
        assertThatThrownBy(() -> service().logs(0)).hasMessageContaining("from 1 to 10000");
    }

    // ---- status ----------------------------------------------------------------------------------------------

    @Test
    @DisplayName("RL-A51: a unit that has failed is FAILED, though systemctl ends with 0")
    void failed() throws IOException {
        says(
                "LoadState=loaded",
                "ActiveState=failed",
                "SubState=failed",
                "Result=exit-code",
                "ExecMainStatus=1",
                "NRestarts=2",
                "User=gha-runner",
                "MainPID=0");
        ServiceStatus status = await(service().status());
        assertThat(status.isFailed()).isTrue();
        assertThat(status.exitStatus()).hasValue(1);
        assertThat(status.restarts()).hasValue(2);
        assertThat(status.user()).isEqualTo("gha-runner");
        assertThat(status.pid()).isEmpty();
        assertThat(status.toString())
                .isEqualTo(UNIT + ": FAILED (failed/failed, exit-code, exit 1, restarts 2, as gha-runner); log:"
                        + " journalctl -u " + UNIT);
    }

    @Test
    @DisplayName("Each state of systemd's has its place")
    void states() {
        record Case(String loaded, String active, ServiceStatus.State state) {}
        for (Case one : List.of(
                new Case("loaded", "active", ServiceStatus.State.RUNNING),
                new Case("loaded", "reloading", ServiceStatus.State.RUNNING),
                new Case("loaded", "activating", ServiceStatus.State.CHANGING),
                new Case("loaded", "deactivating", ServiceStatus.State.CHANGING),
                new Case("loaded", "inactive", ServiceStatus.State.STOPPED),
                new Case("masked", "inactive", ServiceStatus.State.STOPPED),
                new Case("not-found", "inactive", ServiceStatus.State.NOT_INSTALLED),
                new Case("not-found", "active", ServiceStatus.State.RUNNING),
                new Case("not-found", "failed", ServiceStatus.State.FAILED),
                new Case("bad-setting", "inactive", ServiceStatus.State.FAILED))) {
            assertThat(UnitStatus.of(UNIT, "LoadState=" + one.loaded() + "\nActiveState=" + one.active() + "\n", "")
                            .state())
                    .as(one.toString())
                    .isEqualTo(one.state());
        }
    }

    // ---- away ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("Uninstalling stops, disables and deletes, in this order; again it does nothing")
    void uninstall() throws IOException {
        await(service().install());
        fixture.forgetCalls();
        says("LoadState=loaded", "ActiveState=active", "SubState=running", "Result=success");
        assertThat(await(service().uninstall())).isTrue();
        assertThat(fixture.calls().stream().filter(call -> !call.startsWith("systemctl show")))
                .containsExactly(
                        "systemctl stop " + UNIT,
                        "systemctl disable " + UNIT,
                        "systemctl daemon-reload",
                        "systemctl reset-failed " + UNIT);
        assertThat(fixture.units).isEmptyDirectory();
        assertThat(fixture.folder.resolve(".service")).doesNotExist();
        says("LoadState=not-found", "ActiveState=inactive");
        assertThat(await(service().uninstall())).isFalse();
    }

    @Test
    @DisplayName("A service that cannot be stopped is left as it is")
    void cannotBeStopped() throws IOException {
        await(service().install());
        says("LoadState=loaded", "ActiveState=active");
        Files.createFile(root.resolve("fail-stop"));
        assertThat(failure(service().uninstall())).hasMessageContaining("left as it is");
        assertThat(fixture.units.resolve(UNIT)).exists();
        assertThat(fixture.folder.resolve(".service")).exists();
    }

    @Test
    @DisplayName("RL-A53: config.sh remove comes after the service is uninstalled, and not at all if that fails")
    void remove() throws IOException {
        await(service().install());
        says("LoadState=loaded", "ActiveState=active");
        ServiceFixture.script(
                fixture.folder.resolve("config.sh"),
                "[ ! -e .service ] || { echo 'Uninstall service first'; exit 1; }",
                "echo \"config.sh $* token ${#ACTIONS_RUNNER_INPUT_TOKEN}\" >>" + fixture.calls);
        Files.createFile(root.resolve("fail-stop"));
        assertThat(failure(service().remove(ServiceFixture.token()))).hasMessageContaining("Access denied");
        assertThat(fixture.calls()).noneMatch(call -> call.startsWith("config.sh"));

        Files.delete(root.resolve("fail-stop"));
        fixture.forgetCalls();
        await(service().remove(ServiceFixture.token()));
        assertThat(fixture.calls())
                .containsSubsequence(
                        "systemctl stop " + UNIT,
                        "systemctl disable " + UNIT,
                        "config.sh remove token " + ServiceFixture.TOKEN.length())
                .noneMatch(call -> call.contains(ServiceFixture.TOKEN));
    }

    @Test
    @DisplayName("A removal that GitHub refuses is told without the token")
    void removalFails() throws IOException {
        ServiceFixture.script(
                fixture.folder.resolve("config.sh"), "echo \"bad token $ACTIONS_RUNNER_INPUT_TOKEN\"; exit 1");
        assertThat(failure(service().remove(ServiceFixture.token())))
                .hasMessageContaining("bad token ***")
                .hasMessageContaining("still registered")
                .hasMessageNotContaining(ServiceFixture.TOKEN);
    }

    @Test
    @DisplayName("A program that is no runner has no registration to remove")
    void programIsNoRunner() throws IOException {
        SystemdService program = SystemdService.forProgram(fixture.folder, "fleet", List.of("/usr/bin/true"))
                .scheduler(fixture.scheduler)
                .build();
        assertThat(program.name()).isEqualTo("paddock.one.service");
        assertThat(failure(program.remove(ServiceFixture.token()))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("The service of a platform is the one of its service manager")
    void platforms() throws IOException {
        for (RunnerPlatform platform : RunnerPlatform.all()) {
            boolean windows = platform.os().equals("win");
            RunnerService service = RunnerService.forPlatform(
                    platform, fixture.folder, windows ? WindowsService.ACCOUNTS.get(0) : "gha", fixture.scheduler);
            assertThat(service)
                    .isInstanceOf(
                            windows
                                    ? WindowsService.class
                                    : platform.os().equals("osx") ? LaunchdService.class : SystemdService.class);
            assertThat(service.name()).startsWith(ServiceFixture.NAME);
        }
    }
}
