package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.GitHubRepository;
import dev.paddock.github.GitHubVariables;
import dev.paddock.github.rest.Dispatch;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.RunQuery;
import dev.paddock.github.rest.RunnerRelease;
import dev.paddock.github.rest.Variable;
import dev.paddock.github.rest.WorkflowRun;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Workflows, runs, jobs, variables and releases by GitHub's REST side. */
abstract class RestRunConformance extends RestCase {
    private static final Map<String, String> NO_INPUTS = Map.of();

    private void dispatchable(String... inputs) {
        sim().dispatchable(workflow("nightly", "build"), inputs);
    }

    // ---- dispatch ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R2 SLATE-48 a dispatch answered with the run tells its id, by which it is found")
    void aDispatchTellsItsRun() {
        dispatchable("reason");
        GitHubRepository repository = repository();
        Dispatch dispatch = await(repository.dispatch("nightly.yml", "main", Map.of("reason", "\"a & b\"")));
        long run = sim().jobs().get(0).runId();
        assertThat(dispatch.runId()).hasValue(run);
        assertThat(dispatch.htmlUrl().orElseThrow().toString())
                .isEqualTo(sim().url() + "/my-org/repo/actions/runs/" + run);
        assertThat(json(request(Route.DISPATCH_WORKFLOW).body()))
                .isEqualTo(json("{\"ref\":\"main\",\"inputs\":{\"reason\":\"\\\"a & b\\\"\"},"
                        + "\"return_run_details\":true}"));
        assertThat(await(repository.dispatchedRuns(dispatch))).singleElement().satisfies(found -> {
            assertThat(found.id()).isEqualTo(run);
            assertThat(found.event()).isEqualTo("workflow_dispatch");
            assertThat(found.headBranch()).isEqualTo("main");
        });
    }

    @Test
    @DisplayName("GHS-R2 SLATE-48 a dispatch answered with nothing is a success without a run's id")
    void aDispatchWithoutAnswerIsASuccess() {
        dispatchable();
        faults().next(Route.DISPATCH_WORKFLOW, Fault.status(204));
        Dispatch dispatch = await(repository().dispatch("nightly.yml", "main", NO_INPUTS));
        assertThat(dispatch.runId()).isEmpty();
        assertThat(dispatch.startedAt()).isPresent();
        assertThat(requests(Route.DISPATCH_WORKFLOW)).hasSize(1);
    }

    @Test
    @DisplayName("SLATE-25 a dispatch passes its inputs on; without a ref it is on the default branch")
    void aDispatchWithoutARefIsOnTheDefaultBranch() {
        start(builder -> builder.rest(options -> options.defaultBranch("trunk")));
        dispatchable("mode", "reason");
        GitHubRepository repository = repository();
        Dispatch dispatch =
                await(repository.dispatch("nightly.yml", Map.of("mode", "full-suite", "reason", "a=b, \"c\"")));
        assertThat(dispatch.ref()).isEqualTo("trunk");
        assertThat(json(request(Route.DISPATCH_WORKFLOW).body()))
                .isEqualTo(json("{\"ref\":\"trunk\",\"inputs\":{\"mode\":\"full-suite\","
                        + "\"reason\":\"a=b, \\\"c\\\"\"},\"return_run_details\":true}"));
        assertThat(await(repository.dispatchedRuns(dispatch)))
                .singleElement()
                .extracting(WorkflowRun::headBranch)
                .isEqualTo("trunk");
        await(repository.dispatch("nightly.yml", NO_INPUTS));
        assertThat(statuses(Route.GET_REPOSITORY))
                .as("the second time GitHub does not count it")
                .containsExactly(200, 304);
    }

    @Test
    @DisplayName("SLATE-25 without a default branch to be had nothing is dispatched")
    void withoutADefaultBranchNothingIsDispatched() {
        dispatchable();
        faults().next(Route.GET_REPOSITORY, Fault.restError(404, "Not Found"));
        GitHubException unseen = failure(repository().dispatch("nightly.yml", NO_INPUTS));
        assertThat(unseen.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(unseen).hasMessageContaining("could not read the repository");
        faults().next(Route.GET_REPOSITORY, Fault.status(200, "{\"id\":1}"));
        assertThat(failure(repository().dispatch("nightly.yml", NO_INPUTS)))
                .hasMessageContaining("it lacks default_branch");
        assertThat(requests(Route.DISPATCH_WORKFLOW)).isEmpty();
    }

    @Test
    @DisplayName("GHS-R2 a server that does not know how to tell the run is asked again without, and answers 204")
    void anOlderServerIsAskedWithoutDetails() {
        dispatchable();
        submit("other");
        faults().next(Route.DISPATCH_WORKFLOW, Fault.restError(422, "\"return_run_details\" is not a permitted key."));
        GitHubRepository repository = repository();
        Dispatch dispatch = await(repository.dispatch("nightly.yml", "refs/heads/main", NO_INPUTS));
        assertThat(statuses(Route.DISPATCH_WORKFLOW)).containsExactly(422, 204);
        assertThat(dispatch.runId()).isEmpty();
        assertThat(await(repository.dispatchedRuns(dispatch)))
                .as("found by its workflow, its branch and its time")
                .singleElement()
                .extracting(WorkflowRun::id)
                .isEqualTo(sim().jobs().get(1).runId());
        await(repository.dispatch("nightly.yml", "main", NO_INPUTS));
        assertThat(statuses(Route.DISPATCH_WORKFLOW)).containsExactly(422, 204, 204);
        assertThat(await(repository.dispatchedRuns(dispatch)))
                .as("nobody can tell which")
                .hasSize(2);
    }

    @Test
    @DisplayName("GHS-R2 a dispatch that cannot be is told: no such workflow, ref or input, or no trigger")
    void aDispatchThatCannotBeIsTold() {
        dispatchable("reason");
        submit("build");
        GitHubRepository repository = repository();
        assertThat(failure(repository.dispatch("missing.yml", "main", NO_INPUTS))
                        .reason())
                .isEqualTo(Reason.NOT_FOUND);
        assertRefused(repository.dispatch("nightly.yml", "gone", NO_INPUTS), "No ref found for: gone");
        assertRefused(repository.dispatch("nightly.yml", "main", Map.of("other", "x")), "Unexpected inputs");
        assertRefused(repository.dispatch("ci.yml", "main", NO_INPUTS), "does not have 'workflow_dispatch' trigger");
        assertThat(sim().jobs()).hasSize(1);
        assertThat(statuses(Route.DISPATCH_WORKFLOW)).containsExactly(404, 422, 422, 422);
    }

    private void assertRefused(CompletionStage<Dispatch> dispatch, String words) {
        GitHubException refused = failure(dispatch);
        assertThat(refused.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused).hasMessageContaining(words);
    }

    @Test
    @DisplayName("GHS-R2 a dispatch whose answer is lost is not repeated: the workflow may have started")
    void aLostDispatchIsNotRepeated() {
        dispatchable();
        faults().next(Route.DISPATCH_WORKFLOW, Fault.loseReply());
        assertThat(failure(repository().dispatch("nightly.yml", "main", NO_INPUTS))
                        .reason())
                .isEqualTo(Reason.NETWORK);
        assertThat(requests(Route.DISPATCH_WORKFLOW)).hasSize(1);
        assertThat(sim().jobs()).hasSize(1);
    }

    // ---- runs and jobs -------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R9 active runs are the union of five lists, each run once")
    void activeRunsAreAUnion() {
        submit("over");
        busy(numbered(1)).finish("succeeded");
        long running = submit("running");
        busy(numbered(2));
        long queued = submit("queued");
        faults().decide(request -> request.query().contains("status=waiting")
                ? Optional.of(Fault.status(
                        200,
                        "{\"total_count\":2,\"workflow_runs\":[{\"id\":7,\"status\":\"waiting\"},{\"id\":" + queued
                                + ",\"status\":\"waiting\"}]}"))
                : Optional.empty());
        assertThat(await(repository().activeRuns()))
                .extracting(WorkflowRun::id, WorkflowRun::status)
                .containsExactlyInAnyOrder(
                        tuple(7L, "waiting"), tuple(queued, "queued"), tuple(running, "in_progress"));
        assertThat(requests(Route.LIST_RUNS))
                .extracting(RecordedRequest::query)
                .containsExactlyInAnyOrder(
                        "per_page=100&status=requested",
                        "per_page=100&status=pending",
                        "per_page=100&status=waiting",
                        "per_page=100&status=queued",
                        "per_page=100&status=in_progress");
    }

    @Test
    @DisplayName("GHS-R9 one list that fails fails the union: what was not asked is not known")
    void oneListThatFailsFailsTheUnion() {
        submit("queued");
        faults().decide(request ->
                request.query().contains("status=pending") ? Optional.of(Fault.status(404)) : Optional.empty());
        assertThat(failure(repository().activeRuns()).reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    @DisplayName("GHS-R3 more than a hundred jobs and more than a hundred runs are read to their last page")
    void allPagesOfJobsAndRunsAreRead() {
        String[] names = IntStream.rangeClosed(1, 101)
                .mapToObj(number -> "job-" + number)
                .toArray(String[]::new);
        long run = sim().submit(workflow("matrix", names));
        IntStream.rangeClosed(1, 101).forEach(number -> submit("build"));
        GitHubRepository repository = repository();
        assertThat(await(repository.jobs(run))).extracting(RunJob::name).containsExactly(names);
        assertThat(requests(Route.LIST_JOBS)).hasSize(2);
        List<WorkflowRun> runs = await(repository.runs(RunQuery.all().withStatus("queued")));
        assertThat(runs).hasSize(102);
        assertThat(runs.get(0).id()).as("the newest first").isGreaterThan(run);
        assertThat(await(repository.runs(RunQuery.all().withWorkflow("ci.yml").withLimit(5))))
                .hasSize(5)
                .allMatch(one -> one.name().equals("ci"));
        assertThat(request(Route.LIST_WORKFLOW_RUNS).query()).isEqualTo("per_page=5");
    }

    @Test
    @DisplayName("GHS-5.3 a job tells its runner while it runs, its steps and its log when it is over")
    void aJobIsFollowedToItsLog() {
        long run = submit("build");
        GitHubRepository repository = repository();
        RunJob queued = await(repository.jobs(run)).get(0);
        assertThat(queued.isQueued()).isTrue();
        assertThat(queued.hasRunner()).isFalse();
        assertThat(queued.labels()).containsExactly(LABEL);
        assertThat(failure(repository.jobLog(queued.id())).reason()).isEqualTo(Reason.NOT_FOUND);

        RunnerByHand runner = busy(R1);
        RunJob running = await(repository.job(queued.id())).orElseThrow();
        assertThat(running.isInProgress()).isTrue();
        assertThat(running.runnerName()).isEqualTo(R1.value());
        runner.finish("succeeded");

        RunJob over = await(repository.job(queued.id())).orElseThrow();
        assertThat(over.isCompleted()).isTrue();
        assertThat(over.conclusion()).contains("success");
        assertThat(over.steps()).extracting(RunJob.Step::name).contains("work");
        assertThat(await(repository.run(run))).get().matches(WorkflowRun::isSuccess);
        assertThat(await(repository.jobLog(queued.id()))).contains("##[group]work", "Job build: success");
        assertThat(request(Route.LOG_FILE).header("Authorization"))
                .as("the storage gets no token of ours")
                .isEmpty();
        assertThat(await(repository.run(999))).isEmpty();
        assertThat(await(repository.job(999))).isEmpty();
    }

    @Test
    @DisplayName("GHS-5.3 a run is cancelled once; one that is over cannot be")
    void aRunIsCancelled() {
        long run = submit("build");
        GitHubRepository repository = repository();
        await(repository.cancel(run));
        assertThat(await(repository.run(run)).orElseThrow().conclusion()).contains("cancelled");
        GitHubException over = failure(repository.cancel(run));
        assertThat(over.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(over.status()).isEqualTo(409);
    }

    @Test
    @DisplayName("GHS-5.3 a cancellation whose answer is lost succeeds at the second try")
    void aLostCancellationSucceeds() {
        long run = submit("build");
        faults().next(Route.CANCEL_RUN, Fault.loseReply());
        await(repository().cancel(run));
        assertThat(requests(Route.CANCEL_RUN)).hasSize(2);
    }

    @Test
    @DisplayName("GHS-5.3 a run whose job does not react to a cancellation is ended by force")
    void aRunIsEndedByForce() {
        long run = submit("build");
        busy(R1);
        GitHubRepository repository = repository();
        await(repository.cancel(run));
        assertThat(await(repository.run(run)).orElseThrow().isCompleted()).isFalse();
        await(repository.forceCancel(run));
        assertThat(await(repository.run(run)).orElseThrow().conclusion()).contains("cancelled");
    }

    @Test
    @DisplayName("GHS-5.3 a run is run again, wholly or where it failed, as a new attempt")
    void aRunIsRunAgain() {
        long run = sim().submit(workflow("ci", "good", "bad"));
        busy(numbered(1)).finish("succeeded");
        busy(numbered(2)).finish("failed");
        GitHubRepository repository = repository();
        await(repository.rerunFailedJobs(run));
        assertThat(await(repository.run(run)).orElseThrow().runAttempt()).isEqualTo(2);
        assertThat(await(repository.jobsOfAllAttempts(run)))
                .extracting(RunJob::name, RunJob::runAttempt)
                .containsExactlyInAnyOrder(tuple("good", 1L), tuple("bad", 1L), tuple("bad", 2L));

        busy(numbered(3)).finish("succeeded");
        assertThat(failure(repository.rerunFailedJobs(run)).reason())
                .as("nothing failed")
                .isEqualTo(Reason.FORBIDDEN);
        await(repository.rerun(run));
        assertThat(await(repository.jobs(run)))
                .extracting(RunJob::name, RunJob::runAttempt, RunJob::status)
                .containsExactlyInAnyOrder(tuple("good", 3L, "queued"), tuple("bad", 3L, "queued"));
    }

    // ---- variables and releases ----------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-5.4 a variable is made, changed, read in any case and deleted")
    void aVariableIsKept() {
        GitHubRepository repository = repository();
        assertThat(await(repository.variables().find("RUNNER_MODE"))).isEmpty();
        await(repository.variables().set("runner_mode", "drain"));
        assertThat(await(repository.variables().find("Runner_Mode")))
                .get()
                .extracting(Variable::name, Variable::value)
                .containsExactly("RUNNER_MODE", "drain");
        await(repository.variables().set("RUNNER_MODE", "a \"b\" & \u00e4"));
        assertThat(await(repository.variables().list()))
                .singleElement()
                .extracting(Variable::value)
                .isEqualTo("a \"b\" & \u00e4");
        assertThat(statuses(Route.UPDATE_VARIABLE)).containsExactly(404, 204);
        assertThat(statuses(Route.CREATE_VARIABLE)).containsExactly(201);
        await(repository.variables().delete("runner_mode"));
        assertThat(failure(repository.variables().delete("runner_mode")).reason())
                .isEqualTo(Reason.NOT_FOUND);
        assertThat(await(repository.variables().list())).isEmpty();
    }

    @Test
    @DisplayName("GHS-5.4 a variable that somebody makes at the same moment is changed all the same")
    void aVariableMadeMeanwhileIsChanged() {
        GitHubRepository repository = repository();
        await(repository.variables().set("MODE", "theirs"));
        faults().next(Route.UPDATE_VARIABLE, Fault.restError(404, "Not Found"));
        await(repository.variables().set("MODE", "ours"));
        assertThat(statuses(Route.CREATE_VARIABLE)).containsExactly(201, 409);
        assertThat(await(repository.variables().find("MODE")))
                .map(Variable::value)
                .contains("ours");
    }

    @Test
    @DisplayName("GHS-5.4 an organization's variable keeps who sees it until told otherwise")
    void anOrganizationsVariableHasAnAudience() {
        GitHubVariables variables = rest().organizationVariables();
        await(variables.set("mode", "drain"));
        assertThat(seenBy(variables)).isEqualTo("MODE=drain all");
        await(variables.withPrivateRepositories().set("mode", "rest"));
        assertThat(seenBy(variables)).isEqualTo("MODE=rest private");
        await(variables.set("mode", "work"));
        assertThat(seenBy(variables)).isEqualTo("MODE=work private");
        await(variables.withRepositories(List.of(7L, 8L)).set("mode", "work"));
        assertThat(seenBy(variables)).isEqualTo("MODE=work selected");
        assertThat(await(repository().variables().list()))
                .as("the repository's own")
                .isEmpty();
        await(variables.delete("mode"));
        assertThat(await(variables.find("mode"))).isEmpty();
    }

    private String seenBy(GitHubVariables variables) {
        Variable one = await(variables.find("mode")).orElseThrow();
        return one.name() + "=" + one.value() + " " + one.visibility().orElse("none");
    }

    @Test
    @DisplayName("GHS-5.4 variables come in pages of thirty")
    void variablesComeInPagesOfThirty() {
        IntStream.rangeClosed(1, 31)
                .forEach(number -> await(repository().variables().set("V" + number, "x")));
        assertThat(await(repository().variables().list())).hasSize(31);
        assertThat(requests(Route.LIST_VARIABLES))
                .extracting(RecordedRequest::query)
                .containsExactly("per_page=30", "per_page=30&page=2");
    }

    @Test
    @DisplayName("GHS-5.5 the latest release of the runner names its packages, and is asked for once")
    void theLatestReleaseIsKept() {
        start(builder -> builder.rest(options -> options.runnerVersion("2.331.7")));
        GitHubClient client = rest();
        RunnerRelease release = await(client.latestRunnerRelease());
        assertThat(release.version()).isEqualTo("2.331.7");
        assertThat(release.publishedAt()).isPresent();
        assertThat(release.assets())
                .filteredOn(asset -> asset.name().equals("actions-runner-linux-arm64-2.331.7.tar.gz"))
                .singleElement()
                .satisfies(asset -> {
                    assertThat(asset.size()).isPositive();
                    assertThat(asset.sha256().orElseThrow()).hasSize(64);
                });
        assertThat(await(client.latestRunnerRelease())).isSameAs(release);
        assertThat(requests(Route.LATEST_RELEASE)).hasSize(1);
    }
}
