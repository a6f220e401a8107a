package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerState;
import dev.paddock.github.runner.LocalRunners;
import dev.paddock.github.runner.LocalRunners.Entry;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The verbs, each in a process of its own. */
@Tag("ci")
@Timeout(240)
class RunnerManagerCommandTest {
    @TempDir
    private Path folder;

    private final Programs programs = new Programs(() -> folder);
    private @Nullable ActionsServiceSimulator github;

    /** What a verb came to. */
    private record Result(int exit, String output) {}

    @BeforeEach
    void aService() throws IOException {
        github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .sessionTtl(Duration.ofSeconds(3))
                .start();
        programs.standIn();
    }

    @AfterEach
    void nothingRuns() throws Exception {
        LocalRunners runners = runners();
        runners.look().owner().ifPresent(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        for (Entry runner : runners.look().runners()) {
            runner.pid().ifPresent(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
        github().close();
    }

    private ActionsServiceSimulator github() {
        if (github == null) {
            throw new IllegalStateException("no simulator");
        }
        return github;
    }

    private LocalRunners runners() {
        return LocalRunners.in(folder.resolve("runners"));
    }

    private Result verb(Map<String, String> environment, String... verb) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "runner-manager"));
        line.addAll(List.of(verb));
        Path output = Files.createTempFile(folder, "verb", ".out");
        var builder = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .directory(folder.toFile());
        builder.environment().put("GITHUB_REPOSITORY", github().configUrl("acme"));
        builder.environment().put("GITHUB_TOKEN", "ghp_any");
        builder.environment().put("RUNNER_INSTALL_DIR", "runners");
        builder.environment().put("RUNNER_LABELS", "host-fleet");
        builder.environment().put("RUNNER_DEPLOYMENT_STRATEGY", "parallel");
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS))
                .as(List.of(verb).toString())
                .isTrue();
        return new Result(process.exitValue(), Files.readString(output));
    }

    private Result verb(String... verb) throws Exception {
        return verb(Map.of("RUNNER_MODE", "manual", "RUNNER_COUNT", "2"), verb);
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private List<Entry> idle() {
        return runners().look().runners().stream()
                .filter(runner -> runner.state() == RunnerState.IDLE)
                .toList();
    }

    private void endsWell(Result result) {
        assertThat(result.exit()).as(result.output()).isZero();
    }

    private void nothingIsLeft() {
        assertThat(runners().look().runners()).isEmpty();
        assertThat(runners().look().owner()).isEmpty();
        assertThat(github().registrations()).isEmpty();
    }

    @Test
    @DisplayName("RL-R11: register, start, status, stop of one and stop of all work, each in a process of its own")
    void verbsInProcessesOfTheirOwn() throws Exception {
        endsWell(verb("status"));
        Result registered = verb("register");
        endsWell(registered);
        assertThat(registered.output()).contains("registered ").contains("paddock");

        endsWell(verb("start", "--program", "run.sh"));
        until(() -> idle().size() == 2);
        long owner = runners().look().owner().orElseThrow();
        Result status = verb("status");
        endsWell(status);
        assertThat(status.output())
                .contains("process " + owner + " runs the fleet")
                .contains("2 runners")
                .containsPattern(
                        "paddock-\\S+ +IDLE +pid " + idle().get(0).pid().orElseThrow() + " +age \\d+ s");
        Result again = verb("run", "--program", "run.sh");
        assertThat(again.exit()).isEqualTo(2);
        assertThat(again.output()).contains("process " + owner + " runs the fleet of ");
        assertThat(verb("register").output()).contains("process " + owner + " runs this fleet");

        Entry one = idle().get(0);
        endsWell(verb("stop", one.runner().value()));
        until(() -> idle().size() == 2
                && idle().stream().noneMatch(each -> each.runner().equals(one.runner())));

        Result stopped = verb("stop", "--program", "run.sh");
        endsWell(stopped);
        assertThat(stopped.output()).contains("no process runs the fleet").contains("0 runners");
        assertThat(ProcessHandle.of(owner)).isEmpty();
        nothingIsLeft();
    }

    @Test
    @DisplayName(
            "RL-R11: without another program it is the official runner, which is looked for, fetched and checked first")
    void theOfficialRunner() throws Exception {
        github().close();
        byte[] archive = archive();
        github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .sessionTtl(Duration.ofSeconds(3))
                .acceptToken("ghp_any")
                .rest(rest -> rest.runnerVersion("2.336.0")
                        .runnerPackage(RunnerPlatform.current().toString(), archive))
                .start();
        endsWell(verb("start"));
        until(() -> idle().size() == 2);
        assertThat(folder.resolve("runners.packages")).isDirectory();
        endsWell(verb("stop"));
        nothingIsLeft();
    }

    /** A package whose listener is the stand-in. */
    private byte[] archive() throws IOException {
        Path bin = Files.createDirectories(folder.resolve("package").resolve("bin"));
        Files.copy(folder.resolve("run.sh"), bin.resolve("Runner.Listener"), StandardCopyOption.COPY_ATTRIBUTES);
        Process tar =
                new ProcessBuilder("tar", "-czf", "-", "-C", bin.getParent().toString(), "./bin").start();
        try (var archive = tar.getInputStream()) {
            return archive.readAllBytes();
        }
    }

    @Test
    @DisplayName("RL-R11: of a fleet whose process was killed start takes the runners up, and stop removes them itself")
    void afterAKill() throws Exception {
        endsWell(verb("start", "--program", "run.sh"));
        until(() -> idle().size() == 2);
        List<Entry> before = idle();
        kill();
        Result status = verb("monitor", "--every", "PT0.1S", "--times", "2");
        endsWell(status);
        assertThat(status.output()).contains("no process runs the fleet").contains("2 runners");

        int told = told().size();
        endsWell(verb("start", "--program", "run.sh"));
        until(() -> before.stream()
                .allMatch(runner -> told().stream()
                        .skip(told)
                        .anyMatch(line -> line.startsWith(runner.runner().value() + ": IDLE"))));
        assertThat(idle()).as("the same processes").isEqualTo(before);
        kill();

        endsWell(verb("stop", "--program", "run.sh", "--drain", "PT20S"));
        nothingIsLeft();
    }

    /** What the fleet in the background printed, of all its lives. */
    private List<String> told() {
        try {
            return Files.readAllLines(folder.resolve("runners.log"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void kill() throws InterruptedException {
        ProcessHandle owner =
                ProcessHandle.of(runners().look().owner().orElseThrow()).orElseThrow();
        owner.destroyForcibly();
        until(() -> !owner.isAlive());
        assertThat(runners().look().owner()).isEmpty();
    }

    @Test
    @DisplayName("run works off a job with a runner made for it, and ends when the fleet has been idle")
    void runUntilIdle() throws Exception {
        endsWell(verb(Map.of(), "register"));
        github().submit(Workflow.of("acme/engine", WorkflowJob.taking("build", Duration.ofMillis(200), "host-fleet")));
        Result ran = verb(Map.of("RUNNER_IDLE_TIMEOUT", "1"), "run", "--program", "run.sh", "--until-idle", "PT3S");
        endsWell(ran);
        assertThat(ran.output()).contains("build: succeeded").contains("idle for PT3S");
        assertThat(github().jobs()).singleElement().satisfies(job -> {
            assertThat(job.state()).isEqualTo(JobRecord.State.DONE);
            assertThat(job.result()).hasValue("succeeded");
        });
        nothingIsLeft();
    }

    @Test
    @DisplayName("SIGTERM ends run with 143 after it has removed its idle runners, Ctrl-C with 130")
    void signals() throws Exception {
        for (String signal : List.of("TERM", "INT")) {
            // SIGINT may be ignored where the tests were started, and would be here.
            var line = new ProcessBuilder(
                            "env",
                            "--default-signal=INT",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName(),
                            "runner-manager",
                            "run",
                            "--program",
                            "run.sh",
                            "--drain",
                            "PT5S")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve(signal + ".out").toFile())
                    .directory(folder.toFile());
            line.environment()
                    .putAll(Map.of(
                            "GITHUB_REPOSITORY", github().configUrl("acme"),
                            "GITHUB_TOKEN", "ghp_any",
                            "RUNNER_INSTALL_DIR", "runners",
                            "RUNNER_LABELS", "host-fleet",
                            "RUNNER_MODE", "manual"));
            Process process = line.start();
            until(() -> idle().size() == 1);
            new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(signal.equals("TERM") ? 143 : 130);
            nothingIsLeft();
        }
    }

    @Test
    @DisplayName("wrong settings are told all at once, with exit code 2, and so is a runner that is not there")
    void refusals() throws Exception {
        Result wrong = verb(Map.of("RUNNER_COUNT", "none", "RUNNER_IDLE_TIMOUT", "5"), "start");
        assertThat(wrong.exit()).isEqualTo(2);
        assertThat(wrong.output())
                .contains("2 problems")
                .contains("RUNNER_COUNT must be")
                .contains("RUNNER_IDLE_TIMEOUT?");
        Result missing = verb(Map.of(), "stop", "paddock-none");
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.output()).contains("there is no runner paddock-none");
    }
}
