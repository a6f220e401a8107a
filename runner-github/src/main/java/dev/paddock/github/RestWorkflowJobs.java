package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.RunnerGroupAccess;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.github.rest.WorkflowRun;
import dev.paddock.metrics.Metric;
import dev.paddock.spi.Registration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a {@link WorkflowJobListener} asks, asked with the REST client. */
final class RestWorkflowJobs implements WorkflowJobApi {
    /** Runs whose jobs are read at once. */
    private static final int LANES = 4;
    /** After so many failures in a lane the rest of it is left: GitHub is in trouble, not a run. */
    private static final int MOST_FAILURES = 3;
    /** Of reading jobs, after which the rest is left for the next time: a caller waits ten minutes, and asks anew. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final GitHubClient client;

    RestWorkflowJobs(GitHubClient client) {
        this.client = client;
    }

    @Override
    public List<Metric> metrics(Instant now) {
        return client.meter().metrics(now);
    }

    // ---- jobs ----------------------------------------------------------------------------------------------

    @Override
    public CompletionStage<Listing> activeJobs(String repository) {
        GitHubRepository there = client.repository(repository);
        return there.active().thenCompose(active -> {
            List<WorkflowRun> runs = active.runs();
            Instant until = client.scheduler().instant().plus(LONGEST);
            CompletionStage<Listing> all =
                    CompletableFuture.completedStage(new Listing(List.of(), tooMany(active.mostOfAStatus())));
            for (int lane = 0; lane < LANES; lane++) {
                all = all.thenCombine(new Lane(there, until).read(runs, lane), RestWorkflowJobs::both);
            }
            return all;
        });
    }

    /** GitHub ends a list of runs there, whatever more there are. */
    private static @Nullable Throwable tooMany(int runsOfAStatus) {
        return runsOfAStatus < RestCalls.MOST_RUNS
                ? null
                : GitHubException.of(
                        Reason.BAD_REPLY,
                        runsOfAStatus + " runs of one status are not over, and GitHub lists no more than "
                                + RestCalls.MOST_RUNS + " of a kind: some of their jobs may be unknown");
    }

    private static Listing both(Listing one, Listing other) {
        List<ObservedJob> jobs = new ArrayList<>(one.jobs());
        jobs.addAll(other.jobs());
        return new Listing(jobs, one.failure() == null ? other.failure() : one.failure());
    }

    /** A part of the runs, one after another. Its stages follow each other, so nothing is shared. */
    private final class Lane {
        private final GitHubRepository repository;
        private final Instant until;
        private final List<ObservedJob> jobs = new ArrayList<>();
        private @Nullable Throwable failure;
        private int failures;

        Lane(GitHubRepository repository, Instant until) {
            this.repository = repository;
            this.until = until;
        }

        CompletionStage<Listing> read(List<WorkflowRun> runs, int first) {
            CompletionStage<Void> read = CompletableFuture.completedStage(null);
            for (int i = first; i < runs.size(); i += LANES) {
                long run = runs.get(i).id();
                read = read.thenCompose(before -> failures >= MOST_FAILURES ? done() : isLate() ? late() : read(run));
            }
            return read.thenApply(done -> new Listing(jobs, failure));
        }

        private CompletionStage<Void> read(long run) {
            return repository.jobs(run).handle((found, broken) -> {
                if (found != null) {
                    found.forEach(job -> jobs.add(observed(job, repository.name())));
                } else {
                    failures++;
                    failure = failure == null ? broken : failure;
                }
                return null;
            });
        }

        private boolean isLate() {
            return client.scheduler().instant().isAfter(until);
        }

        private CompletionStage<Void> late() {
            if (failure == null) {
                failure = GitHubException.of(
                        Reason.TIMEOUT,
                        "the jobs of all runs of " + repository.name() + " that are not over were not read within "
                                + LONGEST.toMinutes() + " min, so some may be unknown: GitHub is slow, or the token is"
                                + " limited; spread the calls with GitHubCredentials.anyOf, or listen to webhooks and"
                                + " poll less often");
            }
            return done();
        }

        private CompletionStage<Void> done() {
            return CompletableFuture.completedStage(null);
        }
    }

    @Override
    public CompletionStage<Optional<ObservedJob>> job(String repository, long id) {
        return client.repository(repository).job(id).thenApply(found -> found.map(job -> observed(job, repository)));
    }

    private static ObservedJob observed(RunJob job, String repository) {
        return new ObservedJob(
                job.id(),
                job.runId(),
                job.runAttempt(),
                job.name(),
                repository,
                job.workflowName(),
                job.labels(),
                Phase.of(job.status()),
                job.runnerName(),
                job.createdAt(),
                job.startedAt(),
                job.completedAt(),
                job.conclusion().orElse(""));
    }

    // ---- runners -------------------------------------------------------------------------------------------

    @Override
    public CompletionStage<Long> runnerGroup(String name) {
        return client.runnerGroups()
                .thenApply(groups -> groups.stream()
                        .filter(group -> group.name().equalsIgnoreCase(name))
                        .findFirst()
                        .map(RunnerGroupAccess::id)
                        .orElseThrow(() -> GitHubException.of(
                                Reason.NOT_FOUND,
                                client.scope() + " has no runner group " + name + ", but "
                                        + groups.stream()
                                                .map(RunnerGroupAccess::name)
                                                .toList()
                                        + ": make it, or name another with runnerGroup(…)")));
    }

    @Override
    public CompletionStage<Registration> register(RunnerId runner, long group, List<String> labels, String workFolder) {
        return client.generateJitConfig(runner, group, labels, workFolder);
    }

    @Override
    public CompletionStage<Lookup> findRunner(String name) {
        return client.findToDelete(name)
                .thenApply(found -> new Lookup(found.runner().map(RestWorkflowJobs::listed), found.isProof()));
    }

    @Override
    public CompletionStage<Void> deleteRunner(long id) {
        return client.deleteRunner(id);
    }

    @Override
    public CompletionStage<List<ListedRunner>> runners() {
        return client.runners()
                .thenApply(found -> found.stream().map(RestWorkflowJobs::listed).toList());
    }

    private static ListedRunner listed(SelfHostedRunner runner) {
        return new ListedRunner(runner.id(), runner.name(), runner.status(), runner.busy());
    }

    @Override
    public void close() {
        client.stop();
    }
}
