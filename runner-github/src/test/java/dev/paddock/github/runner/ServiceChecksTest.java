package dev.paddock.github.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.HostCheckResult;
import dev.paddock.spi.HostCheckResult.Status;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows about a service, with real processes that stand for systemctl and id. */
@Timeout(30)
class ServiceChecksTest {
    private static final String UNIT = "actions.runner.acme-engine.gpu-1.service";

    @TempDir
    private Path folder;

    private final SystemScheduler scheduler = Scheduler.system("service-test");
    private ServiceChecks checks;

    @BeforeEach
    void install() throws IOException {
        Files.writeString(folder.resolve(".service"), UNIT + "\n");
        checks = new ServiceChecks(
                folder,
                scheduler,
                Map.of(
                        "systemctl",
                        folder.resolve("systemctl").toString(),
                        "id",
                        folder.resolve("id").toString()));
    }

    @AfterEach
    void stop() {
        scheduler.close();
    }

    private void program(String name, String... lines) throws IOException {
        Path program = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private void unit(String load, String active, String file, String user, String groups) throws IOException {
        program(
                "systemctl",
                "echo \"$*\" > " + folder.resolve("asked"),
                "echo LoadState=" + load,
                "echo ActiveState=" + active,
                "echo SubState=running",
                "echo UnitFileState=" + file,
                "echo Result=success",
                "echo User=" + user,
                "echo SupplementaryGroups='" + groups + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "loaded, active, enabled, PASS",
        "loaded, active, enabled-runtime, PASS",
        "loaded, activating, enabled, WARN",
        "loaded, active, disabled, WARN",
        "loaded, failed, enabled, FAIL",
        "loaded, inactive, enabled, FAIL",
        "not-found, inactive, '', FAIL",
        "masked, inactive, masked, FAIL"
    })
    @DisplayName("RL-A51: SVC-UNIT goes by systemctl show: failed, stopped and missing units fail")
    void theUnitIsJudgedByWhatSystemdShows(String load, String active, String file, Status status) throws IOException {
        unit(load, active, file, "gha", "");
        HostCheckResult result = checks.unit().check();
        assertThat(result.status()).as(result.observed()).isEqualTo(status);
        assertThat(result.observed()).contains(UNIT, load, active);
        assertThat(folder.resolve("asked"))
                .content()
                .startsWith("show -p LoadState,")
                .endsWith(" -- " + UNIT + "\n");
        if (status != Status.PASS) {
            assertThat(result.remedy()).contains("journalctl -u " + UNIT);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gha, 'gha video render', '', PASS",
        "gha, 'gha sudo', '', FAIL",
        "gha, 'gha docker video', '', FAIL",
        "gha, gha, 'video docker', FAIL",
        "root, root, '', FAIL",
        "'', root, '', FAIL"
    })
    @DisplayName("RL-S6, RL-S7: SVC-USER: a user of its own, neither root nor in sudo or docker")
    void theUserMayNotBeAsGoodAsRoot(String user, String groups, String more, Status status) throws IOException {
        unit("loaded", "active", "enabled", user, more);
        program("id", "[ \"$*\" = '-nG -- gha' ] || exit 1", "echo " + groups);
        HostCheckResult result = checks.user().check();
        assertThat(result.status()).as(result.observed()).isEqualTo(status);
        assertThat(result.remedy().isEmpty()).isEqualTo(status == Status.PASS);
    }

    @Test
    void aRunnerWithoutAServiceHasNoSuchRows() throws IOException {
        Files.delete(folder.resolve(".service"));
        assertThat(checks.unit().check().status()).isEqualTo(Status.SKIPPED);
        assertThat(checks.user().check().status()).isEqualTo(Status.SKIPPED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit 1", "echo Failed to connect to bus", "exec /nowhere/program"})
    void aSystemdThatSaysNothingIsNoFailure(String line) throws IOException {
        program("systemctl", line);
        for (Row row : List.of(checks.unit(), checks.user())) {
            HostCheckResult result = row.check();
            assertThat(result.status()).isEqualTo(Status.UNKNOWN);
            assertThat(result.isBlocking()).isFalse();
        }
    }

    @Test
    void aHostWithoutSystemdIsNoFailure() {
        HostCheckResult result = checks.unit().check();
        assertThat(result.status()).isEqualTo(Status.UNKNOWN);
        assertThat(result.observed()).contains("systemctl");
    }

    @Test
    void aFileThatNamesAnOptionIsNoUnit() throws IOException {
        Files.writeString(folder.resolve(".service"), "--root=/elsewhere");
        assertThat(checks.unit().check().observed()).endsWith("names no unit");
        assertThat(folder.resolve("asked")).doesNotExist();
    }

    @Test
    void aProgramThatHangsIsEndedWithAllThatItStarted() throws IOException {
        Path pid = folder.resolve("pid");
        program("hangs", "sleep 1000 &", "echo $! > " + pid, "wait");
        ShortCommand.Ended ended = ShortCommand.run(
                        List.of(folder.resolve("hangs").toString()),
                        Duration.ofMillis(500),
                        scheduler,
                        scheduler.answers())
                .toCompletableFuture()
                .join();
        assertThat(ended.code()).isNotZero();
        ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))
                .ifPresent(child -> child.onExit().join());
    }

    @Test
    void aProgramSeesNothingOfOurEnvironmentButThePath() throws IOException {
        program("env", "env");
        ShortCommand.Ended ended = ShortCommand.run(
                        List.of(folder.resolve("env").toString()), Duration.ofSeconds(10), scheduler, Runnable::run)
                .toCompletableFuture()
                .join();
        assertThat(ended.output().lines().map(line -> line.split("=", 2)[0]))
                .isSubsetOf("LC_ALL", "PATH", "PWD", "SHLVL", "_", "OLDPWD");
        assertThat(ended.code()).isZero();
    }
}
