package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What watch-run and github print, and how they end, against a simulated GitHub. */
@Timeout(120)
class GitHubCommandTest {
    private static final String TOKEN = "ghp_commands0001";

    private record Ended(int code, String out, String err) {}

    @TempDir
    private Path folder;

    private final ActionsServiceSimulator github = ActionsServiceSimulator.builder()
            .acceptToken("ghp_any")
            .rest(options -> options.classicToken(TOKEN, "repo"))
            .start();
    private final SystemScheduler threads = Scheduler.system("commands");

    @AfterEach
    void stop() {
        github.close();
        threads.close();
    }

    private Ended main(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of(args));
        Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        all.addAll(List.of("--token-file", token.toString()));
        if (!all.contains("--github")) {
            all.addAll(List.of("--github", github.configUrl("acme/engine")));
        }
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        PrintStream before = System.out;
        PrintStream beforeErr = System.err;
        try (var to = new PrintStream(out, true, StandardCharsets.UTF_8);
                var toErr = new PrintStream(err, true, StandardCharsets.UTF_8)) {
            System.setOut(to);
            System.setErr(toErr);
            int code = Main.run(all.toArray(String[]::new));
            var ended = new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
            assertThat(ended.out() + ended.err()).doesNotContain(TOKEN, "\tat ");
            return ended;
        } finally {
            System.setOut(before);
            System.setErr(beforeErr);
        }
    }

    private Registration register(String name, String... labels) throws Exception {
        return GitHubClient.builder(github.configUrl("acme/engine"), GitHubCredentials.token("ghp_any"))
                .httpClient(HttpClient.newHttpClient())
                .scheduler(threads)
                .build()
                .generateJitConfig(new RunnerId(name), 1, List.of(labels))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    /** Runs the one job that waits, on a real process. */
    private void work(String name) throws Exception {
        Registration registration = register(name, "self-hosted", "linux", "gpu");
        var builder = new ProcessBuilder(StandInRunner.command())
                .directory(Files.createDirectory(folder.resolve(name)).toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().put("ACTIONS_RUNNER_INPUT_JITCONFIG", registration.secret());
        Process runner = builder.start();
        if (!runner.waitFor(60, TimeUnit.SECONDS)) {
            runner.destroyForcibly();
            throw new AssertionError("the runner did not end");
        }
    }

    private long submit(String command) {
        return github.submit(Workflow.builder("ci")
                .repository("acme/engine")
                .add(WorkflowJob.builder("build")
                        .labels("gpu")
                        .step(Step.run("compile\u001b[2J", command))
                        .build())
                .build());
    }

    // ---- watch-run -----------------------------------------------------------------------------------------

    @Test
    @DisplayName("watch-run ends with 0 for a run that succeeded and with 1 for one that failed")
    void watchRunEndsAsTheRunDid() throws Exception {
        long good = submit("true");
        work("r1");
        Ended ended = main("watch-run", Long.toString(good), "--interval", "1");
        assertThat(ended.err()).isEmpty();
        assertThat(ended.code()).isZero();
        assertThat(ended.out())
                .contains("job build: success on r1", "run #1 ci: success after", "step 1 compile?[2J: success");

        submit("false");
        work("r2");
        Ended failed = main("watch-run", "--workflow", "ci.yml", "--interval", "1");
        assertThat(failed.out()).contains("run #2 ci: failure after", "  build: failure on r2");
        assertThat(failed.code()).isEqualTo(1);
    }

    @Test
    @DisplayName("watch-run ends with 1 for a run that is not there or was cancelled")
    void watchRunEndsWithOneForWhatIsNotThere() throws Exception {
        Ended none = main("watch-run", "999");
        assertThat(none.err()).contains("run 999 of acme/engine does not exist");
        assertThat(none.code()).isEqualTo(1);
        long run = submit("true");
        JobRecord job = github.jobs().get(0);
        github.cancel(job.id());
        assertThat(main("watch-run", Long.toString(run)).out()).contains("ci: cancelled");
        assertThat(main("watch-run", Long.toString(run)).code()).isEqualTo(1);
    }

    @Test
    @DisplayName("watch-run ends with 3 for a run that is not over in time, and for a GitHub that is not there")
    void watchRunEndsWithThreeWhenItCannotKnow() throws Exception {
        long run = submit("true");
        Ended late = main("watch-run", Long.toString(run), "--interval", "1", "--timeout", "2");
        assertThat(late.out()).contains("job build: queued for a runner with [gpu]");
        assertThat(late.err()).contains("was not over within PT2S", "it goes on");
        assertThat(late.code()).isEqualTo(3);
        github.close();
        Ended away = main("watch-run", Long.toString(run), "--interval", "1", "--timeout", "3");
        assertThat(away.code()).isEqualTo(3);
    }

    @Test
    @DisplayName("wrong usage ends with 2, and nothing is asked")
    void wrongUsageEndsWithTwo() throws Exception {
        for (List<String> wrong : List.of(
                List.of("watch-run"),
                List.of("watch-run", "soon"),
                List.of("watch-run", "5", "--workflow", "ci.yml"),
                List.of("watch-run", "5", "--interval", "0"),
                List.of("watch-run", "5", "--timeout", "-1"),
                List.of("watch-run", "5", "--github", github.configUrl("acme")),
                List.of("github", "runners", "--label", " "),
                List.of("github", "audit-labels"),
                List.of("github", "audit-labels", "--want", "gpu"),
                List.of("github", "relabel", "r1"),
                List.of("github", "logs", "7", "--grep", "("),
                List.of("github", "permissions", "--for", "EVERYTHING"),
                List.of("github", "variable"),
                List.of("github", "variable", "1X"))) {
            Ended ended = main(wrong.toArray(String[]::new));
            assertThat(ended.code()).as("%s", wrong).isEqualTo(2);
            assertThat(ended.err()).as("%s", wrong).isNotBlank();
        }
        assertThat(github.requests()).isEmpty();
    }

    // ---- github --------------------------------------------------------------------------------------------

    @Test
    @DisplayName(
            "RL-R40 RL-R43 runners by label, an audit, a relabelling and a variable are a line or an exit code each")
    void runnersAndVariablesAreAsked() throws Exception {
        register("gpu-1", "self-hosted", "linux", "x64", "old");
        Ended runners = main("github", "runners", "--label", "Linux", "--label", "X64");
        assertThat(runners.out()).startsWith("gpu-1 - offline - self-hosted, linux, x64, old (");
        assertThat(runners.code()).isZero();
        assertThat(main("github", "runners", "--label", "gpu").code()).isEqualTo(1);

        Ended audit = main("github", "audit-labels", "--want", "gpu-*=linux,gpu");
        assertThat(audit.out()).startsWith("gpu-1: lacks gpu; has besides old\n");
        assertThat(audit.code()).isEqualTo(1);

        Ended relabelled = main("github", "relabel", "gpu-1", "--add", "gpu", "--remove", "old");
        assertThat(relabelled.out()).isEqualTo("self-hosted, linux, x64, gpu\n");
        assertThat(relabelled.code()).isZero();
        Ended system = main("github", "relabel", "gpu-1", "--remove", "linux");
        assertThat(system.err()).contains("read-only");
        assertThat(system.code()).isEqualTo(1);
        assertThat(main("github", "relabel", "gpu-9", "--add", "gpu").err()).contains("no runner named gpu-9");

        assertThat(main("github", "variable", "ENABLE_GPU_SMOKE").code()).isEqualTo(1);
        assertThat(main("github", "variable", "enable_gpu_smoke", "true").code())
                .isZero();
        assertThat(main("github", "variable", "ENABLE_GPU_SMOKE").out()).isEqualTo("true\n");
    }

    @Test
    @DisplayName("a job's log is printed, or the lines found in it, and ends with 1 if there are none")
    void aLogIsSearched() throws Exception {
        submit("echo hello");
        work("r1");
        String job = Long.toString(github.jobs().get(0).number());
        assertThat(main("github", "logs", job).out())
                .contains("Job build: success")
                .doesNotContain("\u001b");
        Ended found = main("github", "logs", job, "--grep", "^echo", "--context", "1");
        assertThat(found.out()).isEqualTo("  ##[group]compile?[2J\n3: echo hello\n  ##[endgroup]\n");
        assertThat(found.code()).isZero();
        assertThat(main("github", "logs", job, "--grep", "absent").code()).isEqualTo(1);
    }

    @Test
    @DisplayName("RL-S17 permissions that are missing are named, and end with 1")
    void missingPermissionsAreNamed() throws Exception {
        Ended all = main("github", "permissions");
        assertThat(all.out()).contains("GRANTED: may register and delete runners; needs repo");
        assertThat(all.code()).isZero();
        Ended organization =
                main("github", "permissions", "--for", "REGISTER_RUNNERS", "--github", github.configUrl("acme"));
        assertThat(organization.out()).contains("MISSING", "needs admin:org");
        assertThat(organization.code()).isEqualTo(1);
        github.faults().next(Route.RATE_LIMIT, Fault.restError(401, "Bad credentials"));
        Ended unknown = main("github", "permissions");
        assertThat(unknown.err()).contains("does not know the token");
        assertThat(unknown.code()).isEqualTo(1);
    }
}
