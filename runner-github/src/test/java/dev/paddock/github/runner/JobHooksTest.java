package dev.paddock.github.runner;

import static dev.paddock.github.runner.LocalFixture.hangs;
import static dev.paddock.github.runner.LocalFixture.listens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.error.RunnerException;
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

@Timeout(60)
class JobHooksTest {
    private static final String RUN_BOTH =
            "/bin/sh -e \"$ACTIONS_RUNNER_HOOK_JOB_STARTED\"; echo \"started $?\"; /bin/sh -e"
                    + " \"$ACTIONS_RUNNER_HOOK_JOB_COMPLETED\"; echo \"completed $?\"";

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

    private Path hook(String name, String... lines) throws IOException {
        Path hook = Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rw-r--r--"));
        return hook;
    }

    @Test
    @DisplayName(
            "RL-A56 a runner's environment names both hooks by absolute paths, and they run with their own results")
    void theEnvironmentNamesTheHooks() throws IOException {
        Path started = hook("it's started.sh", "echo one", "false", "echo two");
        Path completed = hook("completed.sh", "echo three", "exit 0");
        var opened = local.open(local.script(RUN_BOTH, listens(), hangs())
                .jobStartedHook(started)
                .jobCompletedHook(completed));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(Files.readAllLines(local.folder("cpu-1").resolve("runner.log")))
                .containsSubsequence("one", "started 1", "three", "completed 0")
                .doesNotContain("two");
        String environment = Files.readString(Path.of(
                "/proc/" + opened.list().machines().get(0).handle().data().get("pid") + "/environ"));
        assertThat(environment.split("\0"))
                .filteredOn(entry -> entry.startsWith("ACTIONS_RUNNER_HOOK_JOB_"))
                .hasSize(2)
                .allSatisfy(entry -> assertThat(entry).containsPattern("=/.*\\.sh$"));
    }

    @Test
    @DisplayName("RL-A56 a hook that hangs is ended after its time, and says so")
    void aHookThatHangsIsEnded() throws IOException {
        Path hanging = hook("hangs.sh", "sleep 1000");
        var opened = local.open(local.script(RUN_BOTH, listens(), hangs())
                .jobStartedHook(hanging)
                .jobCompletedHook(hook("completed.sh", "true"))
                .hookTimeout(Duration.ofMillis(200)));
        opened.provision("cpu-1");
        opened.await("cpu-1", Kind.LISTENING);
        assertThat(Files.readAllLines(local.folder("cpu-1").resolve("runner.log")))
                .containsSubsequence(
                        "the hook " + hanging + " did not end within PT0.2S", "started 124", "completed 0");
    }

    @Test
    @DisplayName("RL-A56 a hook that is missing, or that others may write to, is refused when the provider is opened")
    void aHookThatCannotBeTrustedIsRefused() throws IOException {
        assertRefused(folder.resolve("missing.sh"), "missing.sh cannot be used: it does not exist");
        assertRefused(Files.createDirectory(folder.resolve("folder.sh")), "it is not a file this user may read");
        Path shared = hook("shared.sh", "true");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertRefused(shared, "others may write to " + shared + " (rwxrwxr-x); chmod go-w " + shared);
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path within = Files.writeString(open.resolve("hook.sh"), "true\n");
        assertRefused(within, "others may write to " + open);
        Files.createDirectories(local.root);
        Files.setPosixFilePermissions(local.root, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(local.root.resolve("inside.sh"), "true\n");
        Path link = Files.createSymbolicLink(folder.resolve("link.sh"), local.root.resolve("inside.sh"));
        assertRefused(link, "in the runners' root, where jobs write");
    }

    private void assertRefused(Path hook, String message) {
        assertThatThrownBy(() -> local.open(local.script("exit 0").jobStartedHook(hook)))
                .isInstanceOfSatisfying(
                        RunnerException.class,
                        failure -> assertThat(failure.isRetryable()).isFalse())
                .hasMessageContaining(message);
    }

    @Test
    void whatCanBeSeenWithoutTheDiskIsRefusedWhenBuilt() {
        var builder = LocalRunnerProvider.builder(local.root, List.of("x"))
                .jobStartedHook(local.root.resolve("hooks/start.sh"))
                .jobCompletedHook(folder.resolve("hook.py"))
                .environment(JobHooks.STARTED, "x")
                .environment("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY", "1");
        assertThatThrownBy(builder::build)
                .hasMessageContaining("start.sh lies in the runners' root")
                .hasMessageContaining("hook.py must end in .sh or .ps1")
                .hasMessageContaining("ACTIONS_RUNNER_HOOK_JOB_STARTED together with that job hook")
                .hasMessageContaining("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY lets anybody on the way read");
        assertThatThrownBy(LocalRunnerProvider.builder(local.root, List.of("x"))
                        .inherit("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY")::build)
                .hasMessageContaining("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY");
        assertThatThrownBy(() -> builder.hookTimeout(Duration.ZERO)).hasMessageContaining("PT0S");
    }
}
