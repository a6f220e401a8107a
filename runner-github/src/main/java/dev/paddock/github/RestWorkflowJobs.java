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
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a {@link WorkflowJobListener} asks, asked with the REST client. */
final class RestWorkflowJobs implements WorkflowJobApi {
    /** Runs whose jobs are read at once. */
    private static final int LANES = 4;
    /** After so many failures in a lane the rest of it is left: GitHub is in trouble, not a run. */
    private static final int MOST_FAILURES = 3;
    /** After this the rest of the jobs is left for the next time. */
    private static final Duration LONGEST = Duration.ofMinutes(5);
    /** However long it took to list the runs, jobs are read for as long as this. */
    private static final Duration LEAST = Duration.ofMinutes(2);

    private final GitHubClient client;
    /** Of repositories whose jobs take several listings: the runs read since all were. */
    private final Map<String, Set<Long>> read = new ConcurrentHashMap<>();

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
        Instant began = client.scheduler().instant();
        return there.active().thenCompose(active -> {
            Instant until =
                    later(began.plus(LONGEST), client.scheduler().instant().plus(LEAST));
            List<WorkflowRun> runs = unreadFirst(repository, active.runs());
            CompletionStage<Void> all = CompletableFuture.completedStage(null);
            List<Lane> lanes = new ArrayList<>();
            for (int first = 0; first < LANES; first++) {
                Lane lane = new Lane(there, until);
                lanes.add(lane);
                all = all.thenCombine(lane.read(runs, first), (before, done) -> null);
            }
            return all.thenApply(done -> listing(repository, active, lanes));
        });
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** What the last listing did not come to is read first. */
    private List<WorkflowRun> unreadFirst(String repository, List<WorkflowRun> runs) {
        Set<Long> before = read.getOrDefault(repository, Set.of());
        List<WorkflowRun> ordered = new ArrayList<>(runs);
        ordered.sort(Comparator.comparing(run -> before.contains(run.id())));
        return ordered;
    }

    private Listing listing(String repository, GitHubRepository.ActiveRuns active, List<Lane> lanes) {
        List<ObservedJob> jobs = new ArrayList<>();
        Set<Long> unread = new HashSet<>();
        Throwable failure = tooMany(active.mostOfAStatus());
        for (Lane lane : lanes) {
            jobs.addAll(lane.jobs);
            unread.addAll(lane.unread);
            failure = failure == null ? lane.failure : failure;
        }
        remember(repository, active.runs(), unread);
        return new Listing(jobs, failure, active.mostOfAStatus() < RestCalls.MOST_RUNS ? unread : null);
    }

    private void remember(String repository, List<WorkflowRun> runs, Set<Long> unread) {
        Set<Long> since = new HashSet<>(read.getOrDefault(repository, Set.of()));
        runs.stream().map(WorkflowRun::id).filter(run -> !unread.contains(run)).forEach(since::add);
        since.retainAll(runs.stream().map(WorkflowRun::id).toList());
        if (unread.isEmpty() || since.size() == runs.size()) {
            read.remove(repository);
        } else {
            read.put(repository, since);
        }
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

    /** A part of the runs, one after another. Its stages follow each other, so nothing is shared. */
    private final class Lane {
        private final GitHubRepository repository;
        private final Instant until;
        private final List<ObservedJob> jobs = new ArrayList<>();
        private final List<Long> unread = new ArrayList<>();
        private @Nullable Throwable failure;
        private int failures;

        Lane(GitHubRepository repository, Instant until) {
            this.repository = repository;
            this.until = until;
        }

        CompletionStage<Void> read(List<WorkflowRun> runs, int first) {
            CompletionStage<Void> read = CompletableFuture.completedStage(null);
            for (int i = first; i < runs.size(); i += LANES) {
                long run = runs.get(i).id();
                read = read.thenCompose(before -> read(run));
            }
            return read;
        }

        private CompletionStage<Void> read(long run) {
            boolean late = client.scheduler().instant().isAfter(until);
            if (failures >= MOST_FAILURES || late) {
                unread.add(run);
                failure = failure == null ? late() : failure;
                return CompletableFuture.completedStage(null);
            }
            return repository.jobs(run).handle((found, broken) -> {
                if (found != null) {
                    found.forEach(job -> jobs.add(observed(job, repository.name())));
                } else {
                    unread.add(run);
                    failures++;
                    failure = failure == null ? broken : failure;
                }
                return null;
            });
        }

        private GitHubException late() {
            return GitHubException.of(
                    Reason.TIMEOUT,
                    "the jobs of all runs of " + repository.name() + " that are not over could not be read within "
                            + LONGEST.toMinutes() + " min, so some may be unknown until the next time: GitHub is slow,"
                            + " or the token is limited; spread the calls with GitHubCredentials.anyOf, or listen to"
                            + " webhooks and poll less often");
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
    public CompletionStage<Registration> registerByToken(RunnerId runner, WorkflowJobSettings settings) {
        return new TokenRegistrations(client).make(runner, settings);
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
