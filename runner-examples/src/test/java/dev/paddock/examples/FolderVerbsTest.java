package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.StandInRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is done with folders of runners from the command line: what it prints, and its exit codes. */
@Timeout(120)
@EnabledOnOs(OS.LINUX)
class FolderVerbsTest {
    @TempDir
    private Path workspace;

    private final ActionsServiceSimulator github =
            ActionsServiceSimulator.builder().acceptToken("ghp_any").start();
    private Path token;
    private Path folder;

    private record Ended(int code, String out, String err) {}

    @BeforeEach
    void aFolderOfARunner() throws IOException {
        token = Files.writeString(workspace.resolve("token"), "ghp_any");
        folder = Files.createDirectories(workspace.resolve("actions-runner-1"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        String command = String.join("' '", StandInRunner.command());
        script("config.sh", "exec '" + command + "' configure \"$@\"");
        script("run.sh", "exec '" + command + "'");
    }

    private void script(String name, String line) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void endAll() throws Exception {
        multiRunner("--stop-all", "--cancel-jobs");
        github.close();
    }

    private static Ended run(List<String> args) throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        var said = new ByteArrayOutputStream();
        var complained = new ByteArrayOutputStream();
        try (var one = new PrintStream(said, true, StandardCharsets.UTF_8);
                var two = new PrintStream(complained, true, StandardCharsets.UTF_8)) {
            System.setOut(one);
            System.setErr(two);
            int code = Main.run(args.toArray(String[]::new));
            return new Ended(code, said.toString(StandardCharsets.UTF_8), complained.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private Ended multiRunner(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("multi-runner", "--workspace", workspace.toString()));
        all.addAll(List.of(args));
        return run(all);
    }

    private Ended reconfigure(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("runner", "reconfigure", folder.toString()));
        all.addAll(List.of("--url", github.configUrl("acme/engine"), "--token-file", token.toString()));
        all.addAll(List.of(args));
        return run(all);
    }

    @Test
    @DisplayName("From a folder without registration to a runner that is listed, stopped and registered anew")
    void aFolderIsRegisteredStartedListedAndStopped() throws Exception {
        Ended none = multiRunner("--start-all");
        assertThat(none.out())
                .startsWith("actions-runner-1: not_registered: register it: runner reconfigure " + folder);
        assertThat(none.code()).isZero();

        Ended registered = reconfigure("--name", "gpu-1", "--labels", "self-hosted,gpu-0");
        assertThat(registered.err()).isEmpty();
        assertThat(registered.out()).isEqualTo("registered gpu-1 with labels self-hosted,gpu-0\n");
        assertThat(registered.code()).isZero();

        Ended started = multiRunner("--start-all");
        assertThat(started.out()).matches("gpu-1: started \\(PID \\d+\\)\n");
        assertThat(started.code()).isZero();
        assertThat(multiRunner("--start-all").out()).isEqualTo(started.out().replace("started", "running"));

        Ended listed = multiRunner(
                "--runners", "--json", "--github", github.configUrl("acme/engine"), "--token-file", token.toString());
        JsonNode runner =
                new ObjectMapper().readTree(listed.out()).path("runners").path(0);
        assertThat(runner.path("status").textValue()).isEqualTo("online");
        assertThat(runner.path("gpu_id").intValue()).isZero();
        assertThat(runner.path("process_alive").booleanValue()).isTrue();
        assertThat(multiRunner("--runners").out()).contains("gpu-1", "unknown", "1 folders, 1 with a process");

        Ended stopped = multiRunner("--stop-all");
        assertThat(stopped.out()).isEqualTo("gpu-1: stopped\n");
        assertThat(stopped.code()).isZero();
        assertThat(multiRunner("--stop-all", "--drain").out()).isEqualTo("gpu-1: not_running\n");
    }

    @Test
    void oneThatCannotBeStartedIsTold() throws Exception {
        reconfigure("--name", "gpu-1", "--labels", "self-hosted");
        script("run.sh", "printf 'bad \\033[31mluck\\n'; exit 3");
        Ended ended = multiRunner("--start-all");
        assertThat(ended.out()).isEqualTo("gpu-1: failed: ended at once with exit code 3: bad ?[31mluck\n");
        assertThat(ended.code()).isEqualTo(1);
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        assertThat(multiRunner("--start-all", "--stop-all").err()).contains("three commands: give one");
        assertThat(multiRunner("--drain").err()).contains("--drain belongs to --stop-all");
        assertThat(multiRunner("--stop-all", "--drain", "--cancel-jobs").err()).contains("give one of them");
        assertThat(multiRunner("--stop-all", "--deregister").err()).contains("--deregister belongs to --drain");
        assertThat(multiRunner("--start-all", "--status").err()).contains("goes with no other verb");
        Ended json = multiRunner("--stop-all", "--json");
        assertThat(json.err()).contains("--json belongs to --runners");
        assertThat(json.code()).isEqualTo(2);
        Ended none = reconfigure("--name", "gpu-1");
        assertThat(none.err()).contains("which labels shall gpu-1 have?");
        assertThat(none.code()).isEqualTo(2);
    }

    @Test
    @DisplayName("runner clean prints what would be taken away and why, and with the same words what was")
    void cleaningTellsWhatAndWhy() throws Exception {
        Path old = Files.createDirectories(folder.resolve("_diag")).resolve("Runner_20260101-000000-utc.log");
        Files.writeString(old, "x".repeat(2048));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(40))));
        List<String> line = new ArrayList<>(List.of("runner", "clean", "--installation", folder.toString()));
        List<String> dry = new ArrayList<>(line);
        dry.add("--dry-run");
        Ended planned = run(dry);
        assertThat(planned.out()).startsWith("would remove 1 thing, 2048 B\n  DIAGNOSTICS " + old);
        assertThat(planned.code()).isZero();
        assertThat(old).exists();
        assertThat(run(line).out()).isEqualTo(planned.out().replace("would remove", "removed"));
        assertThat(old).doesNotExist();
        Ended nowhere = run(List.of("runner", "clean"));
        assertThat(nowhere.err()).contains("say where: --runners, --installation or --packages");
        assertThat(nowhere.code()).isEqualTo(2);
    }
}
