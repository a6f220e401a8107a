package dev.paddock.github;

import dev.paddock.RunnerId;
import dev.paddock.metrics.Metric;
import dev.paddock.spi.Registration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link WorkflowJobListener} asks of GitHub's REST API. Every call has its deadline and its retries, and fails
 * with a {@link GitHubException}.
 */
interface WorkflowJobApi {
    /**
     * What a listing of several calls gave.
     *
     * @param jobs what was read
     * @param failure why a part could not be read; null if all was
     * @param unread the runs whose jobs were not read: only of the others does absence prove something; null if not all
     *     runs are known
     */
    record Listing(
            List<ObservedJob> jobs,
            @Nullable Throwable failure,
            @Nullable Set<Long> unread) {
        public Listing {
            jobs = List.copyOf(jobs);
            unread = unread == null ? null : Set.copyOf(unread);
        }

        boolean isComplete() {
            return failure == null;
        }
    }

    /**
     * A registered runner.
     *
     * @param id GitHub's id
     * @param name its name
     * @param status {@code online} or {@code offline}, or empty
     * @param busy whether it is said to run a job
     */
    record ListedRunner(long id, String name, String status, boolean busy) {
        boolean isOnline() {
            return status.equalsIgnoreCase("online");
        }
    }

    /**
     * What looking for a runner's name gave.
     *
     * @param runner the runner, if it was found
     * @param isProof whether its absence, if it was not, is proved
     */
    record Lookup(Optional<ListedRunner> runner, boolean isProof) {}

    /** What it counts by itself. */
    default List<Metric> metrics(Instant now) {
        return List.of();
    }

    /** The id of a runner group. */
    CompletionStage<Long> runnerGroup(String name);

    /** The jobs, those over included, of all runs of a repository that are not over. */
    CompletionStage<Listing> activeJobs(String repository);

    /** One job; empty if GitHub knows none with this id. */
    CompletionStage<Optional<ObservedJob>> job(String repository, long id);

    CompletionStage<Registration> register(RunnerId runner, long group, List<String> labels, String workFolder);

    /** What a runner registers itself with, as the settings have it. */
    CompletionStage<Registration> registerByToken(RunnerId runner, WorkflowJobSettings settings);

    /** The runner with exactly this name, to be deleted. */
    CompletionStage<Lookup> findRunner(String name);

    /** Completes once it is deleted or proved to be gone; fails with {@code RUNNER_BUSY} if it runs a job. */
    CompletionStage<Void> deleteRunner(long id);

    /** All runners of the scope, others' included; fails rather than leave one out. */
    CompletionStage<List<ListedRunner>> runners();

    /** Begins and repeats nothing from now on. */
    void close();
}
