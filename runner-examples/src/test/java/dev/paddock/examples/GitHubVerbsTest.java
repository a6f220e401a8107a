package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What the command prints and how it ends, as a program of its own against a simulated GitHub. */
class GitHubVerbsTest {
    /** A command that has these options only. */
    @Command(name = "verbs")
    static final class Verbs implements Callable<Integer> {
        @Mixin
        private GitHubVerbs github = new GitHubVerbs();

        @Override
        public Integer call() throws InterruptedException {
            return github.isAsked() ? github.run(System.out, System.err) : 7;
        }

        public static void main(String... args) {
            System.exit(new CommandLine(new Verbs()).execute(args));
        }
    }

    private record Ended(int code, String out, String err) {}

    @TempDir
    private Path folder;

    private final ActionsServiceSimulator github = ActionsServiceSimulator.builder()
            .acceptToken("ghp_any")
            .rest(options -> options.defaultBranch("trunk"))
            .start();

    @AfterEach
    void stop() {
        github.close();
    }

    private Ended verbs(Map<String, String> environment, String... args) throws Exception {
        return start(Verbs.class.getName(), environment, args);
    }

    private Ended start(String main, Map<String, String> environment, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main));
        command.addAll(List.of(args));
        Path err = folder.resolve("err");
        var builder = new ProcessBuilder(command).redirectError(err.toFile());
        List.of("SCALER_TOKEN", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL")
                .forEach(builder.environment()::remove);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String out = Programs.output(process);
        return new Ended(process.waitFor(), out, Files.readString(err));
    }

    private Ended verbs(String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--github", github.configUrl("acme/engine")));
        return verbs(Map.of("GITHUB_TOKEN", "ghp_any"), all.toArray(String[]::new));
    }

    private static Workflow workflow(String name) {
        return Workflow.builder(name)
                .repository("acme/engine")
                .add(WorkflowJob.builder("build")
                        .labels("gpu")
                        .step(Step.run("compile", "make"))
                        .build())
                .build();
    }

    private List<RecordedRequest> requests(Route route) {
        return github.requests().stream()
                .filter(request -> request.route() == route)
                .toList();
    }

    @Test
    void activeRunsAreALineEach() throws Exception {
        long first = github.submit(workflow("ci"));
        long second = github.submit(workflow("nightly\u001b[2J"));
        Ended ended = verbs("--active-runs");
        assertThat(ended.err()).isEmpty();
        assertThat(ended.code()).isZero();
        assertThat(ended.out().lines())
                .as("and no workflow's name steers the terminal")
                .containsExactlyInAnyOrder(
                        "#1 ci - queued (" + first + ")", "#1 nightly?[2J - queued (" + second + ")");
    }

    @Test
    void theMultiRunnerHasTheseOptions() throws Exception {
        long run = github.submit(workflow("ci"));
        String[] asked = {"multi-runner", "--active-runs", "--github", github.configUrl("acme/engine")};
        var token = Map.of("GITHUB_TOKEN", "ghp_any");
        Ended ended = start(Main.class.getName(), token, asked);
        assertThat(ended.out()).isEqualTo("#1 ci - queued (" + run + ")");
        assertThat(ended.code()).isZero();
        Ended both = start(Main.class.getName(), token, "multi-runner", "--queue", "--active-runs");
        assertThat(both.err()).contains("give one of them");
        assertThat(both.code()).isEqualTo(2);
    }

    @Test
    void noActiveRunIsNoLine() throws Exception {
        Ended ended = verbs("--active-runs");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains("no run of acme/engine is active");
        assertThat(ended.code()).isZero();
    }

    @Test
    @DisplayName("SLATE-25 SLATE-48 a dispatch passes inputs on, is on the default branch and prints its run")
    void aDispatchPrintsItsRun() throws Exception {
        github.dispatchable(workflow("nightly"), "mode", "note");
        Ended ended = verbs("--dispatch", "nightly.yml", "--input", "mode=full", "--input", "note=a=b c");
        assertThat(ended.err()).contains("started nightly.yml on trunk");
        assertThat(ended.code()).isZero();
        assertThat(ended.out())
                .isEqualTo("#1 nightly - queued (" + github.jobs().get(0).runId() + ")");
        assertThat(requests(Route.DISPATCH_WORKFLOW).get(0).body())
                .contains("\"ref\":\"trunk\"", "\"inputs\":{\"mode\":\"full\",\"note\":\"a=b c\"}");
    }

    @Test
    @DisplayName("SLATE-48 a dispatch that GitHub only confirms is a success, and its run is looked up")
    void aDispatchThatIsOnlyConfirmedIsASuccess() throws Exception {
        github.dispatchable(workflow("nightly"));
        github.faults()
                .next(Route.DISPATCH_WORKFLOW, Fault.restError(422, "\"return_run_details\" is not a permitted key."));
        github.faults().next(Route.LIST_WORKFLOW_RUNS, Fault.status(200, "{\"total_count\":0,\"workflow_runs\":[]}"));
        Ended ended = verbs("--dispatch", "nightly.yml", "--ref", "main");
        assertThat(requests(Route.DISPATCH_WORKFLOW))
                .extracting(request -> request.status().orElseThrow())
                .containsExactly(422, 204);
        assertThat(requests(Route.LIST_WORKFLOW_RUNS)).as("until it is there").hasSize(2);
        assertThat(ended.code()).isZero();
        assertThat(ended.out())
                .isEqualTo("#1 nightly - queued (" + github.jobs().get(0).runId() + ")");
    }

    @Test
    @DisplayName("SLATE-24 a dispatch needs no tool, and one that GitHub cannot be asked for is a result that says so")
    void aDispatchThatCannotBeIsAResult() throws Exception {
        github.dispatchable(workflow("nightly"));
        String repository = github.configUrl("acme/engine");
        var noTools = Map.of("GITHUB_TOKEN", "ghp_any", "PATH", folder.toString());
        Ended ended = verbs(noTools, "--dispatch", "nightly.yml", "--github", repository);
        assertThat(ended.code()).isZero();
        assertThat(ended.out()).startsWith("#1 nightly - queued");
        github.close();
        ended = verbs(noTools, "--dispatch", "nightly.yml", "--ref", "main", "--github", repository);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains("cannot reach 127.0.0.1").doesNotContain("\tat ", "ghp_any");
        assertThat(ended.code()).isEqualTo(1);
    }

    @Test
    @DisplayName("SLATE-24 a dispatch that GitHub never answers ends after --github-timeout, and says so")
    void aDispatchThatIsNeverAnsweredEnds() throws Exception {
        github.dispatchable(workflow("nightly"));
        github.faults().next(Route.DISPATCH_WORKFLOW, Fault.hang());
        Ended ended = verbs("--dispatch", "nightly.yml", "--ref", "main", "--github-timeout", "2");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains("no whole answer of GitHub within 2 s").doesNotContain("\tat ", "ghp_any");
        assertThat(ended.code()).isEqualTo(1);
    }

    @Test
    void aStartedWorkflowIsASuccessThoughItsRunCannotBeLookedUp() throws Exception {
        github.dispatchable(workflow("nightly"));
        github.faults().next(Route.GET_RUN, Fault.status(403));
        Ended ended = verbs("--dispatch", "nightly.yml");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains("started nightly.yml on trunk; its run could not be looked up", "403");
        assertThat(ended.code()).isZero();
    }

    @Test
    void aRefusalIsToldInGitHubsWords() throws Exception {
        github.dispatchable(workflow("nightly"));
        Ended ended = verbs("--dispatch", "nightly.yml", "--ref", "gone");
        assertThat(ended.err()).contains("No ref found for: gone").doesNotContain("\tat ");
        assertThat(ended.out()).isEmpty();
        assertThat(ended.code()).isEqualTo(1);
        assertThat(verbs("--dispatch", "missing.yml").code()).isEqualTo(1);
    }

    @Test
    void anAnswerIsNotWaitedForWithoutEnd() throws Exception {
        github.dispatchable(workflow("nightly"));
        github.faults().next(Route.DISPATCH_WORKFLOW, Fault.hang());
        Ended ended = verbs("--dispatch", "nightly.yml", "--github-timeout", "2");
        assertThat(ended.err()).contains("within 2 s", "may have been started");
        assertThat(ended.code()).isEqualTo(1);
    }

    @Test
    void urlAndTokenComeFromTheEnvironmentOrAFile() throws Exception {
        github.submit(workflow("ci"));
        String server = github.configUrl("acme").replaceAll("/acme$", "");
        var there = Map.of("GITHUB_SERVER_URL", server, "GITHUB_REPOSITORY", "acme/engine", "SCALER_TOKEN", "ghp_any");
        assertThat(verbs(there, "--active-runs").out()).startsWith("#1 ci - queued");
        Path token = Files.writeString(folder.resolve("token"), "ghp_any\n");
        assertThat(verbs(
                                Map.of("SCALER_TOKEN", "ghp_wrong"),
                                "--active-runs",
                                "--token-file",
                                token.toString(),
                                "--github",
                                github.configUrl("acme/engine"))
                        .out())
                .startsWith("#1 ci - queued");
        Ended wrong = verbs(
                Map.of("SCALER_TOKEN", "ghp_wrong"), "--active-runs", "--github", github.configUrl("acme/engine"));
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("SCALER_TOKEN").doesNotContain("ghp_wrong");
    }

    @Test
    void wrongUsageEndsWithTwo() throws Exception {
        for (List<String> wrong : List.of(
                List.of("--active-runs", "--dispatch", "ci.yml"),
                List.of("--active-runs", "--ref", "main"),
                List.of("--ref", "main"),
                List.of("--input", "a=b"),
                List.of("--dispatch", "ci.yml", "--input", "a"),
                List.of("--dispatch", "../ci.yml"),
                List.of("--dispatch", "ci.yml", "--ref", " "),
                List.of("--active-runs", "--token-file", "nowhere"),
                List.of("--active-runs", "--github-timeout", "0"))) {
            Ended ended = verbs(wrong.toArray(String[]::new));
            assertThat(ended.err()).as("%s", wrong).isNotBlank().doesNotContain("\tat ");
            assertThat(ended.code()).as("%s", wrong).isEqualTo(2);
        }
        assertThat(verbs(Map.of("GITHUB_TOKEN", "x"), "--active-runs").err()).contains("GITHUB_REPOSITORY");
        Ended owner = verbs(Map.of("GITHUB_TOKEN", "x"), "--active-runs", "--github", github.configUrl("acme"));
        assertThat(owner.code()).isEqualTo(2);
        assertThat(owner.err()).contains("add its name");
        assertThat(verbs(Map.of(), "--active-runs", "--github", github.configUrl("acme/engine"))
                        .err())
                .contains("no GitHub credentials");
        assertThat(github.requests()).isEmpty();
        assertThat(verbs().code()).as("nothing asked").isEqualTo(7);
    }
}
