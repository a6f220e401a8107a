package dev.paddock.github;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.rest.RunJob;
import dev.paddock.github.rest.RunOutcome;
import dev.paddock.github.rest.RunProgress;
import dev.paddock.github.rest.WorkflowRun;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at one run again and again until it is over. One look after the other, so that its state needs no lock; ended by
 * the completion of its result, whoever completes it.
 */
final class RunWatcher {
    private static final Logger LOG = LoggerFactory.getLogger(RunWatcher.class);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** GitHub's list of jobs may lag behind its run. */
    private static final int LOOKS_AT_LATE_JOBS = 3;

    private record Look(WorkflowRun run, List<RunJob> jobs) {
        boolean isOver() {
            return run.isCompleted() && jobs.stream().noneMatch(job -> job.runAttempt() > run.runAttempt());
        }

        boolean areJobsOver() {
            return jobs.stream().allMatch(RunJob::isCompleted);
        }
    }

    private final GitHubRepository repository;
    private final long id;
    private final RunWatch watch;
    private final Scheduler scheduler;
    private final CompletableFuture<RunOutcome> result = new CompletableFuture<>();
    private final Instant begun;
    private final Map<Long, String> jobs = new HashMap<>();
    private final Map<String, String> steps = new HashMap<>();
    private volatile @Nullable Look last;
    private volatile @Nullable String trouble;
    private volatile Cancellable next = () -> {};
    private String status = "";
    private long attempt;
    private int failures;
    private int lateJobs;

    RunWatcher(GitHubRepository repository, long id, RunWatch watch, Scheduler scheduler) {
        this.repository = repository;
        this.id = id;
        this.watch = watch;
        this.scheduler = scheduler;
        this.begun = scheduler.instant();
    }

    CompletableFuture<RunOutcome> begin() {
        Cancellable deadline = scheduler.schedule(
                watch.deadline(), () -> scheduler.effects().execute(() -> result.completeExceptionally(late())));
        Stages.onEnd(result, (outcome, failure) -> {
            deadline.cancel();
            next.cancel();
        });
        look();
        return result;
    }

    private void look() {
        if (result.isDone()) {
            return;
        }
        CompletionStage<Look> stage = repository.run(id).thenCompose(found -> {
            WorkflowRun run = found.orElseThrow(this::gone);
            return repository.jobs(id).thenApply(its -> new Look(run, its));
        });
        Stages.onEnd(stage, scheduler.effects(), (look, failure) -> {
            if (look != null) {
                seen(look);
            } else if (failure != null) {
                failed(GitHubException.from(failure));
            }
        });
    }

    private void seen(Look look) {
        failures = 0;
        trouble = null;
        last = look;
        tell(look);
        if (look.isOver() && (look.areJobsOver() || ++lateJobs > LOOKS_AT_LATE_JOBS)) {
            Duration watched = Duration.between(begun, scheduler.instant());
            result.complete(RunOutcome.of(look.run(), look.jobs(), watched.isNegative() ? Duration.ZERO : watched));
            return;
        }
        again(watch.interval());
    }

    /** What may pass is waited out; what a person must mend ends the watch. */
    private void failed(GitHubException failure) {
        if (!failure.isRetryable()) {
            result.completeExceptionally(failure);
            return;
        }
        Duration pause = watch.interval().multipliedBy(1L << Math.min(failures++, 12));
        Duration own = pause.compareTo(LONGEST_PAUSE) > 0 ? longer(LONGEST_PAUSE, watch.interval()) : pause;
        Duration wait = longer(own, failure.retryAfter().orElse(Duration.ZERO));
        trouble = failure.getMessage();
        tell(new RunProgress.LookFailed(failure, wait));
        again(wait);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private void again(Duration wait) {
        next = scheduler.schedule(wait, () -> scheduler.effects().execute(this::look));
        if (result.isDone()) {
            next.cancel();
        }
    }

    // ---- what changed -----------------------------------------------------------------------------------------

    private void tell(Look look) {
        WorkflowRun run = look.run();
        if (attempt != 0 && run.runAttempt() > attempt) {
            jobs.clear();
            steps.clear();
            lateJobs = 0;
            tell(new RunProgress.AttemptBegan(run));
        }
        attempt = Math.max(attempt, run.runAttempt());
        for (RunJob job : look.jobs()) {
            if (isNew(jobs, job.id(), job.status(), job.conclusion().orElse(""))) {
                tell(new RunProgress.JobChanged(job));
            }
            for (RunJob.Step step : job.steps()) {
                String key = job.id() + " " + step.number();
                boolean waits = step.status().isEmpty()
                        || step.status().equalsIgnoreCase("queued")
                        || step.status().equalsIgnoreCase("pending");
                if (!waits && isNew(steps, key, step.status(), step.conclusion().orElse(""))) {
                    tell(new RunProgress.StepChanged(job, step));
                }
            }
        }
        String now = run.status() + " " + run.conclusion().orElse("");
        if (!now.equals(status)) {
            status = now;
            tell(new RunProgress.RunChanged(run));
        }
    }

    private static <K> boolean isNew(Map<K, String> known, K key, String status, String conclusion) {
        String now = status + " " + conclusion;
        return !now.equals(known.put(key, now));
    }

    private void tell(RunProgress change) {
        if (result.isDone()) {
            return;
        }
        try {
            watch.progress().accept(change);
        } catch (RuntimeException broken) {
            LOG.warn("run {} of {}: the hearer of its progress failed; the watch goes on", id, repository, broken);
        }
    }

    // ---- ends -------------------------------------------------------------------------------------------------

    private GitHubException gone() {
        return GitHubException.lasting(
                Reason.NOT_FOUND,
                "run " + id + " of " + repository.name()
                        + (last == null ? " does not exist: look with runs(…) or activeRuns()" : " was deleted"));
    }

    private GitHubException late() {
        return GitHubException.of(
                Reason.TIMEOUT,
                "run " + id + " of " + repository.name() + " was not over within " + watch.deadline() + ": " + state()
                        + "; it goes on: watch it longer, or end it with cancel(" + id + ")");
    }

    private String state() {
        Look look = last;
        String why = trouble;
        if (look == null) {
            return why == null ? "GitHub did not answer" : why;
        }
        List<String> parts = new ArrayList<>();
        parts.add("it was " + look.run().status());
        String open = look.jobs().stream()
                .filter(job -> !job.isCompleted())
                .limit(10)
                .map(job -> job.name() + " is " + job.status()
                        + (job.isQueued() ? " for a runner with " + job.labels() : ""))
                .collect(Collectors.joining(", "));
        if (!open.isEmpty()) {
            parts.add(open);
        }
        if (why != null) {
            parts.add("and then " + why);
        }
        return String.join("; ", parts);
    }
}
