package dev.paddock.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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

/** The container's entrypoint without a container: a script stands in for the runner's run.sh. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class EntrypointTest {
    private static final String JIT = "a-jit-config-that-serves-once";
    private static final boolean IS_ROOT = "root".equals(System.getProperty("user.name"));

    @TempDir
    private Path root;

    private Path runner;
    private Path home;

    @BeforeEach
    void makePackage() throws IOException {
        permit(root, "rwxr-xr-x");
        runner = Files.createDirectory(root.resolve("package"));
        home = Files.createDirectory(root.resolve("home"));
        permit(home, "rwxrwxrwx"); // whoever runs it
        Files.copy(Path.of("../deploy/entrypoint.sh"), root.resolve("entrypoint.sh"));
        permit(root.resolve("entrypoint.sh"), "rwxr-xr-x");
        runs("exit 0");
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private void runs(String... lines) throws IOException {
        Files.writeString(runner.resolve("run.sh"), "#!/bin/bash\n" + String.join("\n", lines) + "\n");
        permit(runner.resolve("run.sh"), "rwxr-xr-x");
    }

    private Process start(String jit, String... arguments) throws IOException {
        return startWith("", jit, arguments);
    }

    private Process startWith(String path, String jit, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (IS_ROOT) {
            command.addAll(List.of("setpriv", "--reuid=1", "--regid=1", "--clear-groups"));
        }
        command.add(root.resolve("entrypoint.sh").toString());
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().retainAll(List.of("PATH"));
        builder.environment().merge("PATH", path, (is, before) -> before + is);
        builder.environment().put("RUNNER_PACKAGE", runner.toString());
        builder.environment().put("RUNNER_HOME", home.toString());
        if (!jit.isEmpty()) {
            builder.environment().put("ACTIONS_RUNNER_INPUT_JITCONFIG", jit);
        }
        return builder.start();
    }

    private void refused(Process process, String why) throws Exception {
        assertThat(Programs.output(process)).startsWith("entrypoint: ").contains(why);
        assertThat(process.waitFor()).isEqualTo(64);
        assertThat(home).isEmptyDirectory();
    }

    @Test
    @DisplayName("The runner is copied, started in its copy for its user alone, and its exit code is the container's")
    void start() throws Exception {
        Files.createDirectory(runner.resolve("bin"));
        Files.writeString(runner.resolve("bin/Runner.Listener"), "listener");
        runs(
                "pwd; umask; cat bin/Runner.Listener; echo",
                "echo \"$# $ACTIONS_RUNNER_INPUT_JITCONFIG $HOME $RUNNER_MANUALLY_TRAP_SIG\"; touch .runner; exit 7");
        Process process = start(JIT);
        assertThat(Programs.output(process)).isEqualTo(home + "\n0077\nlistener\n0 " + JIT + " " + home + "/_home 1");
        assertThat(process.waitFor()).isEqualTo(7);

        Process again = start(JIT);
        assertThat(Programs.output(again)).contains("used by another runner");
        assertThat(again.waitFor()).isEqualTo(64);
    }

    @Test
    @DisplayName("SIGTERM reaches the runner, which ends by itself")
    void terminate() throws Exception {
        runs(
                "trap 'kill $child; echo ended; exit 143' TERM",
                "sleep 1000 & child=$!",
                "echo \"2026-05-05 10:11:12Z: Listening for Jobs\"",
                "wait $child");
        Process process = start(JIT);
        var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        assertThat(lines.readLine()).endsWith("Listening for Jobs");
        process.toHandle().destroy(); // and leaves its output open
        assertThat(lines.readLine()).isEqualTo("ended");
        assertThat(process.waitFor()).isEqualTo(143);
    }

    @Test
    @DisplayName("S5: a registration in the arguments is refused, and so is none at all")
    void registration() throws Exception {
        Process arguments = start(JIT, "--jitconfig", JIT);
        refused(arguments, "takes no arguments");
        refused(start(""), "ACTIONS_RUNNER_INPUT_JITCONFIG is empty");
    }

    @Test
    @DisplayName("Without a package, or a home to write to, it says what is missing")
    void missing() throws Exception {
        permit(home, "r-xr-xr-x");
        refused(start(JIT), "cannot be written to");
        Files.delete(runner.resolve("run.sh"));
        refused(start(JIT), "there is no runner in " + runner);
    }

    @Test
    @DisplayName("Root is refused")
    void rootIsRefused() throws Exception {
        Path bin = Files.createDirectory(root.resolve("as-root"));
        Files.writeString(bin.resolve("id"), "#!/bin/sh\necho 0\n");
        permit(bin.resolve("id"), "rwxr-xr-x");
        refused(startWith(bin + ":", JIT), "this is root");
    }
}
