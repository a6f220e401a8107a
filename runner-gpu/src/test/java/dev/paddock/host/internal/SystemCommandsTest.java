package dev.paddock.host.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.host.CommandRunner;
import dev.paddock.host.CommandRunner.Outcome;
import dev.paddock.host.CommandRunner.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A command of the host")
@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class SystemCommandsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(500);

    private final SystemCommands commands = new SystemCommands(System.getenv(), 1 << 20);

    @TempDir
    private Path folder;

    @Test
    @DisplayName("tells its output, its errors and its exit code, and gets an input that is at its end")
    void tells() throws IOException {
        Path tool = script("cat; echo out; echo err >&2; exit 7");

        Result result = commands.run(List.of(tool.toString()), LONG);

        assertThat(result).isEqualTo(Result.exited(7, "out\n", "err\n"));
        assertThat(result.isSuccess()).isFalse();
    }

    @Test
    @DisplayName("gets its arguments as they are, without a shell")
    void arguments() throws IOException {
        Path tool = script("for a in \"$@\"; do echo \"[$a]\"; done");

        assertThat(commands.run(List.of(tool.toString(), "a b", "$HOME", "", "*"), LONG)
                        .output())
                .isEqualTo("[a b]\n[$HOME]\n[]\n[*]\n");
    }

    @Test
    @DisplayName("HW-40: ends at its deadline, is gone, and what it printed until then is told")
    void hangs() throws IOException {
        Path tool = script("echo $$; exec sleep 1000");

        Result result = commands.run(List.of(tool.toString()), SHORT);

        assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
        assertThat(result.exitCode()).isEqualTo(-1);
        assertThat(result.message()).contains(tool.toString()).contains("0.5 s");
        assertGone(result.output().strip());
    }

    @Test
    @DisplayName("HW-40: is not started a second time while one that could not be ended lives")
    void oneAtATime() throws IOException, InterruptedException {
        Path started = folder.resolve("started");
        Path tool = script("echo >> " + started);
        Process old = new ProcessBuilder("sleep", "1000").start();
        try {
            commands.remember(tool, old.toHandle());

            Result refused = commands.run(List.of(tool.toString()), LONG);

            assertThat(refused.outcome()).isEqualTo(Outcome.TIMED_OUT);
            assertThat(refused.message()).contains("pid " + old.pid());
            assertThat(started).doesNotExist();
        } finally {
            old.destroyForcibly().waitFor();
        }
        assertThat(commands.run(List.of(tool.toString()), LONG).isSuccess()).isTrue();
        assertThat(started).exists();
    }

    @Test
    @DisplayName("HW-41: that leaves a child with its output open returns at once, and the child is ended")
    void child() throws IOException {
        Path tool = script("sleep 1000 & echo $!; exit 0");

        Result result = commands.run(List.of(tool.toString()), LONG);

        assertThat(result.outcome()).isEqualTo(Outcome.EXITED);
        assertThat(result.exitCode()).isZero();
        assertGone(result.output().strip());
    }

    @Test
    @DisplayName("HW-41: that hangs with a child of a child is ended with all of them")
    void grandchild() throws IOException {
        Path tool = script("(sleep 1000 & echo $!; sleep 1000) & wait");

        Result result = commands.run(List.of(tool.toString()), SHORT);

        assertThat(result.outcome()).isEqualTo(Outcome.TIMED_OUT);
        assertGone(result.output().strip());
    }

    @Test
    @DisplayName("HW-42: that prints for ever is ended at the cap, and no more than the cap is kept")
    void endless() throws IOException {
        SystemCommands small = new SystemCommands(System.getenv(), 10_000);
        Path tool = script("echo $$; exec yes");

        Result result = small.run(List.of(tool.toString()), LONG);

        assertThat(result.outcome()).isEqualTo(Outcome.TOO_MUCH_OUTPUT);
        assertThat(result.output()).hasSize(10_000);
        assertThat(result.message()).contains("10000 bytes");
        assertGone(result.output().lines().findFirst().orElseThrow());
    }

    @Test
    @DisplayName("HW-42: that prints errors for ever is ended as well")
    void endlessErrors() throws IOException {
        Path tool = script("exec yes >&2");

        assertThat(commands.run(List.of(tool.toString()), LONG).outcome()).isEqualTo(Outcome.TOO_MUCH_OUTPUT);
    }

    @Test
    @DisplayName("that prints just as much as is kept is complete")
    void justEnough() throws IOException {
        SystemCommands small = new SystemCommands(System.getenv(), 5);

        assertThat(small.run(List.of(script("printf 12345").toString()), LONG))
                .isEqualTo(Result.exited(0, "12345", ""));
        assertThat(small.run(List.of(script("printf 123456").toString()), LONG).outcome())
                .isEqualTo(Outcome.TOO_MUCH_OUTPUT);
    }

    @Test
    @DisplayName("HW-43: that is missing, not executable, a folder or without interpreter is absent, with one line why")
    void absent() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain"), "text");
        Path noInterpreter = Files.writeString(folder.resolve("script"), "#!/nowhere/sh\n");
        Files.setPosixFilePermissions(noInterpreter, PosixFilePermissions.fromString("rwx------"));

        assertAbsent(folder.resolve("missing").toString(), "does not exist");
        assertAbsent(plain.toString(), "not executable");
        assertAbsent(folder.toString(), "is a folder");
        assertAbsent(noInterpreter.toString(), "cannot be run");
        assertAbsent("no-such-program-of-paddock", "is not on the PATH");
    }

    @Test
    @DisplayName("HW-45: runs with LC_ALL=C whatever the host's language is")
    void language() throws IOException {
        SystemCommands german = new SystemCommands(
                Map.of("PATH", System.getenv("PATH"), "LC_ALL", "de_DE.UTF-8", "LC_NUMERIC", "de_DE.UTF-8"), 1 << 20);

        assertThat(german.run(List.of(script("echo $LC_ALL $LC_NUMERIC").toString()), LONG)
                        .output())
                .isEqualTo("C\n");
    }

    @Test
    @DisplayName("is told what it needs of the environment, and no secret")
    void environment() throws IOException {
        SystemCommands some = new SystemCommands(
                Map.of(
                        "PATH", System.getenv("PATH"),
                        "GITHUB_TOKEN", "canary",
                        "NVIDIA_API_KEY", "canary",
                        "APP_SETTING", "canary",
                        "CUDA_VISIBLE_DEVICES", "GPU-1"),
                1 << 20);

        assertThat(some.run(List.of(script("env").toString()), LONG).output())
                .doesNotContain("canary")
                .contains("CUDA_VISIBLE_DEVICES=GPU-1")
                .contains("PATH=");
    }

    @Test
    @DisplayName("is looked for on the PATH, and never in the working directory")
    void path() throws IOException {
        Path tool = script("echo found");
        String name = tool.getFileName().toString();

        SystemCommands on = new SystemCommands(Map.of("PATH", ":.:relative:" + folder), 1 << 20);
        SystemCommands off = new SystemCommands(Map.of("PATH", ":.:relative"), 1 << 20);

        assertThat(on.run(List.of(name), LONG).output()).isEqualTo("found\n");
        assertThat(off.run(List.of("pom.xml"), LONG).message()).isEqualTo("pom.xml is not on the PATH");
    }

    @Test
    @DisplayName("ends when its caller is interrupted, which stays interrupted")
    void interrupted() throws IOException {
        Path tool = script("exec sleep 1000");
        try {
            Thread.currentThread().interrupt();

            assertThat(commands.run(List.of(tool.toString()), LONG).outcome()).isEqualTo(Outcome.FAILED);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    @DisplayName("must name a program and have time")
    void wrongArguments() {
        assertThatThrownBy(() -> commands.run(List.of(), LONG)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> commands.run(List.of("true"), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
        assertThat(CommandRunner.system()).isSameAs(CommandRunner.system());
    }

    private void assertAbsent(String program, String why) {
        Result result = commands.run(List.of(program), LONG);
        assertThat(result.outcome()).isEqualTo(Outcome.ABSENT);
        assertThat(result.message()).contains(program).contains(why).hasLineCount(1);
    }

    /** Gone, or dead and not yet taken note of by whoever inherited it. */
    private static void assertGone(String pid) {
        Path stat = Path.of("/proc", pid, "stat");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        String state = state(stat);
        while (!state.isEmpty() && !"ZX".contains(state) && System.nanoTime() < end) {
            Thread.onSpinWait();
            state = state(stat);
        }
        assertThat(state).as("the state of process %s", pid).isIn("", "Z", "X");
    }

    private static String state(Path stat) {
        try {
            String line = Files.readString(stat);
            return line.substring(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3);
        } catch (IOException e) {
            return "";
        }
    }

    private Path script(String body) throws IOException {
        Path file = Files.createTempFile(folder, "tool", "");
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }
}
