package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static dev.paddock.github.runner.LocalFixture.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A listener behind a script that behaves as GitHub's {@code run.sh} and its helper do. */
@Timeout(60)
class RunScriptTest {
    /** Hides every code but 2, which it does not end for; hands SIGTERM on if it is told to. Sleeps 0.02 s for 5. */
    private static final String SCRIPT = """
            #!/bin/bash
            here=$(dirname "$0")
            helper() {
                "$here/listener" run
                code=$?
                case $code in
                    0) echo "Runner listener exit with 0 return code, stop the service, no retry needed."; return 0 ;;
                    1) echo "Runner listener exit with terminated error, stop the service, no retry needed."; return 0 ;;
                    2) echo "Runner listener exit with retryable error, re-launch runner in 5 seconds."; sleep 0.02; return 2 ;;
                    3) echo "Runner listener exit because of updating, re-launch runner after successful update"; return 2 ;;
                    4) echo "Runner listener exit because of updating, re-launch ephemeral runner after update"; return 2 ;;
                    5) echo "Runner listener exit with Session Conflict error, stop the service, no retry needed."; return 0 ;;
                    7) return 7 ;;
                    *) echo "Exiting with unknown error code: $code"; return 0 ;;
                esac
            }
            if [ -n "$RUNNER_MANUALLY_TRAP_SIG" ]; then
                trap 'kill -INT -- -$!; wait; exit 143' TERM
                set -m
            fi
            while :; do
                helper &
                wait $!
                result=$?
                [ $result -eq 2 ] || exit $result
            done
            """;

    @TempDir
    Path folder;

    private LocalFixture local;

    @BeforeEach
    void makeARoot() {
        local = new LocalFixture(folder.resolve("runners"));
    }

    @AfterEach
    void leaveNothing() {
        local.close();
    }

    private LocalFixture.Opened open(String... listener) throws IOException {
        program("run.sh", SCRIPT);
        program("listener", "#!/bin/bash\necho >> '" + folder + "/starts'\n" + String.join("\n", listener) + "\n");
        return local.open(LocalRunnerProvider.builder(
                        local.root, List.of(folder.resolve("run.sh").toString()))
                .launch(ListenerLaunch.RUN_SH)
                .grace(Duration.ofSeconds(20)));
    }

    private void program(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private int starts() throws IOException {
        return Files.readAllLines(folder.resolve("starts")).size();
    }

    @ParameterizedTest
    @CsvSource({"0, GONE", "1, TERMINATED", "5, SESSION_CONFLICT", "7, VERSION_DEPRECATED", "9, UNKNOWN"})
    @DisplayName("the code that run.sh hides is taken from what its helper prints")
    void theHiddenCodeIsFound(int code, ExitCause cause) throws IOException {
        var opened = open("exit " + code);
        opened.provision("cpu-1");
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(code);
        assertThat(opened.events(RunnerExited.class))
                .singleElement()
                .satisfies(exited -> assertThat(exited.cause()).isEqualTo(cause));
        assertThat(starts()).isOne();
    }

    @Test
    void aJobThatIsDoneIsKnownThough() throws IOException {
        var opened = open(listens(), says("Running job: a"), says("Job a completed with result: Succeeded"), "exit 0");
        opened.provision("cpu-1");
        assertThat(opened.await("cpu-1", Kind.EXITED).exitCode()).hasValue(0);
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING, Kind.WORKING, Kind.JOB_DONE, Kind.EXITED);
        assertThat(opened.events(RunnerExited.class))
                .singleElement()
                .satisfies(exited -> assertThat(exited.cause()).isEqualTo(ExitCause.JOB_DONE));
    }

    @Test
    @DisplayName("GHS-P2 a listener that the script would start for ever is ended after the fourth time")
    void aLoopOfTheScriptIsEnded() throws IOException {
        var opened = open("exit 2");
        opened.provision("cpu-1");
        RunnerObservation end = opened.await("cpu-1", Kind.EXITED);
        assertThat(end.exitCode()).hasValue(2);
        assertThat(end.evidence()).contains("started again 3 times; RETRYABLE: ");
        assertThat(starts()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void anUpdateIsToldAndTheScriptGoesOn() throws IOException {
        var opened = open(
                listens(), "[ $(wc -l < '" + folder + "/starts') -ge 2 ] || exit 4", says("Running job: a"), hangs());
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.WORKING);
        assertThat(opened.kinds()).containsExactly(Kind.LISTENING, Kind.UPDATING, Kind.LISTENING, Kind.WORKING);
    }

    @Test
    @DisplayName("RL-A25 the script hands a stop on to the listener as SIGINT, and neither is left")
    void aStopReachesTheListener() throws IOException {
        var opened = open("trap 'echo INT > \"" + folder + "/told\"; exit 0' INT", listens(), hangs());
        var handle = opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(opened.remove(handle)).isEqualTo(Removal.REMOVED);
        assertThat(folder.resolve("told")).hasContent("INT");
        assertThat(new ProcessTable().marked(Launcher.marks(handle.runner(), local.folder("cpu-1"))))
                .isEmpty();
    }

    @Test
    void theVariableThatHandsSignalsOnIsOurs() {
        var builder = LocalRunnerProvider.builder(local.root, List.of("x")).environment("RUNNER_MANUALLY_TRAP_SIG", "");
        assertThatThrownBy(builder::build).hasMessageContaining("RUNNER_MANUALLY_TRAP_SIG is set by Paddock");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Runner listener exit with 0 return code, stop the service, no retry needed.|0",
                "Runner listener exit because of updating, re-launch ephemeral runner after successful update|4",
                "Exiting with unknown error code: 137|137",
                "2026-05-05 10:11:12Z: Running job: Runner listener exit with terminated error|",
                "Runner listener exit in a way nobody knows|",
            })
    void theHelpersLinesAreKnown(String line, Integer code) {
        assertThat(HelperLine.code(line).stream().boxed().toList()).isEqualTo(code == null ? List.of() : List.of(code));
    }
}
