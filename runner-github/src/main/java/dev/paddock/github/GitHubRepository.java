package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.RestCalls.Call;
import dev.paddock.github.RestCalls.Elements;
import dev.paddock.github.rest.Dispatch;
import dev.paddock.github.rest.LogMatches;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.RunOutcome;
import dev.paddock.github.rest.RunQuery;
import dev.paddock.github.rest.WorkflowRun;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The workflow runs and jobs of one repository, and its variables. Made by {@link GitHubClient#repository(String)}; what
 * is said there of errors, repeating and limits holds here. Thread-safe.
 */
public final class GitHubRepository {
    /** In the order of a run's life: one that moves on while we look is met at a later look. */
    private static final List<String> ACTIVE = List.of("requested", "pending", "waiting", "queued", "in_progress");

    private static final Elements<WorkflowRun> RUNS =
            new Elements<>("workflow_runs", RestReplies::run, WorkflowRun::id);
    private static final Elements<RunJob> JOBS = new Elements<>("jobs", RestReplies::job, RunJob::id);
    /** A run is made a little before GitHub says that it took the request. */
    private static final Duration BEFORE = Duration.ofSeconds(2);

    private final String name;
    private final String path;
    private final RestCalls calls;
    private final Dispatches dispatches;
    private final JobLogs logs;

    GitHubRepository(String owner, String name, RestCalls calls, Dispatches dispatches, JobLogs logs) {
        this.name = owner + "/" + name;
        this.path = "repos/" + this.name;
        this.calls = calls;
        this.dispatches = dispatches;
        this.logs = logs;
    }

    /**
     * Which repository this is.
     *
     * @return owner and name, for example {@code acme/engine}
     */
    public String name() {
        return name;
    }

    // ---- runs -------------------------------------------------------------------------------------------------

    /**
     * Starts a workflow that has a {@code workflow_dispatch} trigger. Not repeated where it may have been started.
     *
     * @param workflow its file name, for example {@code ci.yml}, or its id
     * @param ref the branch or tag to run it on
     * @param inputs 25 at most; those declared there
     * @return with the run's id where GitHub tells it: newer servers do; fails with {@code BAD_REQUEST} if the ref or an
     *     input does not exist, or the workflow has no such trigger, and with {@code NOT_FOUND} if there is no such
     *     workflow
     * @throws IllegalArgumentException if there are too many inputs, or the workflow cannot be a file name
     */
    public CompletionStage<Dispatch> dispatch(String workflow, String ref, Map<String, String> inputs) {
        return dispatches.start(path, workflow, ref, inputs);
    }

    /**
     * Starts a workflow on the default branch, which GitHub is asked for first; else as
     * {@link #dispatch(String, String, Map)}.
     *
     * @param workflow its file name, for example {@code ci.yml}, or its id
     * @param inputs 25 at most; those declared there
     * @return its ref is that branch
     * @throws IllegalArgumentException if there are too many inputs, or the workflow cannot be a file name
     */
    public CompletionStage<Dispatch> dispatch(String workflow, Map<String, String> inputs) {
        Dispatches.checkedWorkflow(workflow);
        Map<String, String> checked = Dispatches.checkedInputs(inputs);
        return defaultBranch().thenCompose(branch -> dispatch(workflow, branch, checked));
    }

    /**
     * Asks for the default branch.
     *
     * @return its name, for example {@code main}
     */
    public CompletionStage<String> defaultBranch() {
        return calls.read(Call.get(Route.REPOSITORY, path), RestReplies::defaultBranch);
    }

    /**
     * Asks who may see the repository. Anybody can propose changes to a public one, and so have a self-hosted runner run
     * them.
     *
     * @return {@code public}, {@code private} or {@code internal}; other words may come
     */
    public CompletionStage<String> visibility() {
        return calls.read(Call.get(Route.REPOSITORY, path), RestReplies::visibility);
    }

    /**
     * Finds the run that a dispatch started, also where GitHub did not tell it. It may take some seconds to appear.
     *
     * @param dispatch what {@link #dispatch(String, String, Map)} answered
     * @return the run, or none yet; several if more were started there since, and nobody can tell which
     */
    public CompletionStage<List<WorkflowRun>> dispatchedRuns(Dispatch dispatch) {
        if (dispatch.runId().isPresent()) {
            return run(dispatch.runId().getAsLong())
                    .thenApply(found -> found.map(List::of).orElse(List.of()));
        }
        RunQuery query = RunQuery.all()
                .withWorkflow(dispatch.workflow())
                .withEvent("workflow_dispatch")
                .withBranch(branch(dispatch.ref()));
        return runs(dispatch.startedAt()
                .map(at -> query.withCreatedSince(at.minus(BEFORE)))
                .orElse(query));
    }

    private static String branch(String ref) {
        return ref.replaceFirst("^refs/(heads|tags)/", "");
    }

    /**
     * Lists workflow runs, the newest first.
     *
     * @param query which
     * @return fails rather than leave a page out; no more than the query's limit
     */
    public CompletionStage<List<WorkflowRun>> runs(RunQuery query) {
        Call list = query.workflow()
                .map(workflow -> Call.get(
                        Route.WORKFLOW_RUNS,
                        path + "/actions/workflows/" + Urls.segment(Dispatches.checkedWorkflow(workflow)) + "/runs"))
                .orElse(Call.get(Route.RUNS, path + "/actions/runs"));
        return calls.list(list.with(query.conditions()), RUNS, query.limit());
    }

    /**
     * Lists the runs that are not over: requested, pending, waiting, queued or in progress. Five calls, one after
     * another; one of them failing fails the whole. A run that falls back meanwhile, as from in progress to waiting for
     * an approval, can be missed by one look.
     *
     * @return each run once, as it was seen last
     */
    public CompletionStage<List<WorkflowRun>> activeRuns() {
        return active().thenApply(ActiveRuns::runs);
    }

    /**
     * The runs that are not over.
     *
     * @param runs each once
     * @param mostOfAStatus how many were listed of the status that has most; GitHub bounds each list
     */
    record ActiveRuns(List<WorkflowRun> runs, int mostOfAStatus) {}

    CompletionStage<ActiveRuns> active() {
        Map<Long, WorkflowRun> found = new LinkedHashMap<>();
        CompletionStage<Integer> all = CompletableFuture.completedStage(0);
        for (String status : ACTIVE) {
            all = all.thenCompose(most -> runs(RunQuery.all().withStatus(status))
                    .thenApply(runs -> {
                        runs.forEach(run -> found.put(run.id(), run));
                        return Math.max(most, runs.size());
                    }));
        }
        return all.thenApply(most -> new ActiveRuns(
                found.values().stream().filter(run -> !run.isCompleted()).toList(), most));
    }

    /**
     * Reads a run.
     *
     * @param id its id
     * @return empty only if it is proved that there is none, as for {@link #job}
     */
    public CompletionStage<Optional<WorkflowRun>> run(long id) {
        return found(Call.get(Route.RUN, path + "/actions/runs/" + id), RestReplies::run);
    }

    /**
     * Watches a run until it is over. What passes, such as a service in trouble, a broken network or a rate limit, is
     * waited out, with growing pauses of five minutes at most or as long as GitHub asks for. A run that is run again
     * meanwhile is watched to the end of its newest attempt.
     *
     * @param id the run's id
     * @param watch how often, for how long, and who hears of changes
     * @return how it ended, also if it failed; fails with {@code TIMEOUT} when the deadline has passed, with what the run
     *     waits for in the message; with {@code NOT_FOUND} if it does not exist or was deleted; and with
     *     {@code UNAUTHORIZED} or {@code FORBIDDEN} if the token may not see it. Cancelling it, as a
     *     {@code CompletableFuture}, ends the watching; the run goes on
     */
    public CompletionStage<RunOutcome> watch(long id, RunWatch watch) {
        return new RunWatcher(
                        this,
                        id,
                        Objects.requireNonNull(watch, "watch"),
                        calls.transport().scheduler())
                .begin();
    }

    /** What is not found is not there for a token that may list the runs; for another it says nothing. */
    private <T> CompletionStage<Optional<T>> found(Call call, Function<JsonNode, T> reader) {
        Call around = Call.get(Route.RUNS, path + "/actions/runs");
        return new Absence(calls, around, "workflow_runs", "runs of " + name).find(call, reader);
    }

    /**
     * Asks a run to end. Its jobs may take a while, and may resist; see {@link #forceCancel}.
     *
     * @param id the run's id
     * @return done when GitHub took the request; fails with {@code BAD_REQUEST} if the run is over
     */
    public CompletionStage<Void> cancel(long id) {
        return order(Route.CANCEL, id, "cancel");
    }

    /**
     * Ends a run that does not react to {@link #cancel}.
     *
     * @param id the run's id
     * @return done when GitHub took the request; fails with {@code BAD_REQUEST} if the run is over
     */
    public CompletionStage<Void> forceCancel(long id) {
        return order(Route.CANCEL, id, "force-cancel");
    }

    /**
     * Runs all jobs of a run again, as a new attempt. Not repeated where it may have been done.
     *
     * @param id the run's id
     * @return done when GitHub took the request
     */
    public CompletionStage<Void> rerun(long id) {
        return order(Route.RERUN, id, "rerun");
    }

    /**
     * Runs the failed jobs of a run again, and those that need them. Not repeated where it may have been done.
     *
     * @param id the run's id
     * @return done when GitHub took the request
     */
    public CompletionStage<Void> rerunFailedJobs(long id) {
        return order(Route.RERUN, id, "rerun-failed-jobs");
    }

    private CompletionStage<Void> order(Route route, long id, String what) {
        return calls.call(Call.of(route, "POST", path + "/actions/runs/" + id + "/" + what, null))
                .thenAccept(answer -> {});
    }

    // ---- jobs -------------------------------------------------------------------------------------------------

    /**
     * Lists the jobs of a run's latest attempt.
     *
     * @param runId the run's id
     * @return fails rather than leave a page out
     */
    public CompletionStage<List<RunJob>> jobs(long runId) {
        return jobs(runId, "latest");
    }

    /**
     * Lists the jobs of all attempts of a run.
     *
     * @param runId the run's id
     * @return fails rather than leave a page out
     */
    public CompletionStage<List<RunJob>> jobsOfAllAttempts(long runId) {
        return jobs(runId, "all");
    }

    private CompletionStage<List<RunJob>> jobs(long runId, String filter) {
        Call call = Call.get(Route.JOBS, path + "/actions/runs/" + runId + "/jobs");
        return calls.list(call.with(Map.of("filter", filter)), JOBS);
    }

    /**
     * Reads a job.
     *
     * @param id its id
     * @return empty only if it is proved that there is none: GitHub says so to a token that may list the runs; fails
     *     with {@code FORBIDDEN} if the token may not
     */
    public CompletionStage<Optional<RunJob>> job(long id) {
        return found(Call.get(Route.JOB, path + "/actions/jobs/" + id), RestReplies::job);
    }

    /**
     * Reads a job's log. It lies at a storage service that GitHub names, anywhere on the internet by https; it is
     * fetched with the same HTTP client, without our token.
     *
     * @param jobId the job's id
     * @return the text, 32 MiB at most; fails with {@code NOT_FOUND} if the job has none yet or no longer, and with
     *     {@code BAD_REPLY} if it is longer
     */
    public CompletionStage<String> jobLog(long jobId) {
        return logs.read(path + "/actions/jobs/" + jobId + "/logs");
    }

    /**
     * Searches a job's log, wherever it lies as for {@link #jobLog}, while it is received. A download may take ten times
     * as long as a call.
     *
     * @param jobId the job's id
     * @param search for what, and how much of it is kept
     * @return the lines found; fails with {@code NOT_FOUND} if the job has no log yet or no longer
     */
    public CompletionStage<LogMatches> searchLog(long jobId, LogSearch search) {
        return logs.search(path + "/actions/jobs/" + jobId + "/logs", Objects.requireNonNull(search, "search"));
    }

    // ---- variables --------------------------------------------------------------------------------------------

    /**
     * The repository's variables.
     *
     * @return shares this one's connections and limits
     */
    public GitHubVariables variables() {
        return GitHubVariables.ofRepository(name, calls);
    }

    @Override
    public String toString() {
        return "GitHubRepository[" + name + "]";
    }
}
