package dev.paddock.github.runner;

import dev.paddock.github.GitHubClient;
import dev.paddock.spi.Scheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The official runners that people have configured below a workspace, as {@link RunnerFolders} finds them: starts and
 * stops them, each by itself, and no other process of the host. A runner that is kept by a service is left to it. Each
 * verb completes with what was done with each folder, in the order a person counts, and never fails because of one of
 * them. Immutable; thread-safe; works on the effects of its scheduler.
 */
public final class InstalledRunners {
    /** What was done with a folder, or why nothing was. */
    public enum Result {
        /** Its {@code run.sh} was started. */
        STARTED,
        /** Its listener ran already and was left alone. */
        RUNNING,
        /** It has no {@code .runner}: {@code config.sh} has not configured it. */
        NOT_REGISTERED,
        /** It has no {@code run.sh}: there is no runner in it. */
        NO_RUN_SCRIPT,
        /** It is kept by a service of the host, which starts and stops it. */
        SERVICE,
        /** Nothing of it runs any more. */
        STOPPED,
        /** None of its processes ran. */
        NOT_RUNNING,
        /** It runs a job and was left alone. */
        BUSY,
        /** It could not be done; the detail says why. */
        FAILED
    }

    /**
     * What came of one folder.
     *
     * @param name what the runner is registered as, or the folder's name
     * @param folder where it is installed
     * @param result what was done
     * @param pid its process, if it runs
     * @param detail a sentence on it, with the way out if there is a problem; may be empty
     */
    public record Outcome(String name, Path folder, Result result, OptionalLong pid, String detail) {
        /** Checks for nulls. */
        public Outcome {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(folder, "folder");
            Objects.requireNonNull(result, "result");
            Objects.requireNonNull(pid, "pid");
            Objects.requireNonNull(detail, "detail");
        }

        /**
         * Whether the folder is as the verb wants it.
         *
         * @return false if the runner could not be started or stopped, or was left alone because of its job
         */
        public boolean isDone() {
            return result != Result.FAILED && result != Result.BUSY;
        }

        /** One line: {@code NAME: started (PID n): detail}. */
        @Override
        public String toString() {
            String word = result.name().toLowerCase(java.util.Locale.ROOT);
            String process = pid.isPresent() ? " (PID " + pid.getAsLong() + ")" : "";
            return name + ": " + word + process + (detail.isEmpty() ? "" : ": " + detail);
        }
    }

    /** How runners are stopped. */
    enum Way {
        /** Those that run no job. */
        IDLE,
        /** All, with their jobs. */
        NOW,
        /** Each once it runs no job. */
        DRAIN
    }

    private static final Duration LONGEST_DRAIN = Duration.ofDays(5);

    private final RunnerFolders folders;
    private final Scheduler scheduler;
    private final Duration grace;

    private InstalledRunners(RunnerFolders folders, Scheduler scheduler, Duration grace) {
        this.folders = folders;
        this.scheduler = scheduler;
        this.grace = grace;
    }

    /**
     * The runners directly below a workspace.
     *
     * @param workspace need not exist
     * @param scheduler time, and the threads that work is done on; the caller closes it
     * @return nothing is read yet
     */
    public static InstalledRunners in(Path workspace, Scheduler scheduler) {
        return new InstalledRunners(
                RunnerFolders.in(workspace), Objects.requireNonNull(scheduler, "scheduler"), Duration.ofSeconds(30));
    }

    /**
     * The same, where a runner that is asked to end has so long before it is ended by force.
     *
     * @param value not negative; 30 s unless said otherwise, what the official service host allows
     * @return the runners
     */
    public InstalledRunners withGrace(Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative: " + value);
        }
        return new InstalledRunners(folders, scheduler, value);
    }

    /**
     * Starts each runner that is registered and does not run: its {@code run.sh}, which starts its listener again after
     * an update or a failure. It outlives this program; it has of this environment only what is usual, writes files for
     * its owner alone, and prints into {@code runner.log} of its folder, where the log of its last life becomes
     * {@code runner.log.1}. A folder that belongs to another user, or that others may write to, is refused.
     *
     * @return completes when each waits for jobs, has ended again, or has had 10 s
     */
    public CompletionStage<List<Outcome>> start() {
        return each(InstalledRunner::start);
    }

    /**
     * Stops each runner that runs no job, with all it has started; a busy one is left alone, and told. A job that begins
     * in the very moment is cancelled: only {@link #drain(Duration, GitHubClient)} excludes that.
     *
     * @return completes when none of those stopped has a process left
     */
    public CompletionStage<List<Outcome>> stop() {
        return stop(Way.IDLE, Duration.ZERO, Optional.empty());
    }

    /**
     * Stops each runner, with all it has started. Jobs that run are cancelled.
     *
     * @return completes when none has a process left
     */
    public CompletionStage<List<Outcome>> stopNow() {
        return stop(Way.NOW, Duration.ZERO, Optional.empty());
    }

    /**
     * Stops each runner as soon as it runs no job. There is no signal by which a runner takes no more jobs: one that has
     * the next at once is waited for, and a job that begins in the very moment it is stopped is cancelled.
     *
     * @param patience how long to wait for jobs; those that run longer are left alone, and told; from 0 to 5 days
     * @return completes when none of those stopped has a process left
     */
    public CompletionStage<List<Outcome>> drain(Duration patience) {
        return stop(Way.DRAIN, checked(patience), Optional.empty());
    }

    /**
     * Takes each runner's registration away and then stops it. GitHub refuses the first while the runner has a job, and
     * gives it none afterwards, so no job is cancelled. The folder has to be registered anew before it can be started
     * again: {@link RunnerReconfiguration}.
     *
     * @param patience how long to wait for jobs; those that run longer are left alone, and told; from 0 to 5 days
     * @param github whose runners these are
     * @return completes when none of those stopped has a process left
     */
    public CompletionStage<List<Outcome>> drain(Duration patience, GitHubClient github) {
        return stop(Way.DRAIN, checked(patience), Optional.of(github));
    }

    private static Duration checked(Duration patience) {
        if (patience.isNegative() || patience.compareTo(LONGEST_DRAIN) > 0) {
            throw new IllegalArgumentException("a drain may take from PT0S to " + LONGEST_DRAIN + ": " + patience);
        }
        return patience;
    }

    private CompletionStage<List<Outcome>> stop(Way way, Duration patience, Optional<GitHubClient> github) {
        return each(runner -> runner.stop(way, patience, github));
    }

    private CompletionStage<List<Outcome>> each(Function<InstalledRunner, CompletableFuture<Outcome>> verb) {
        return CompletableFuture.supplyAsync(folders::look, scheduler.effects())
                .thenCompose(report -> {
                    CompletableFuture<List<Outcome>> all = CompletableFuture.completedFuture(List.of());
                    for (CompletableFuture<Outcome> one : report.runners().stream()
                            .map(folder -> verb.apply(new InstalledRunner(folder, scheduler, grace)))
                            .toList()) {
                        all = all.thenCombine(one, InstalledRunners::joined);
                    }
                    return all;
                })
                .minimalCompletionStage();
    }

    private static List<Outcome> joined(List<Outcome> before, Outcome one) {
        List<Outcome> all = new ArrayList<>(before);
        all.add(one);
        return List.copyOf(all);
    }
}
