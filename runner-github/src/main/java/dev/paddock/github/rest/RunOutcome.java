package dev.paddock.github.rest;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a watched run ended.
 *
 * @param run as it was seen last; {@link WorkflowRun#runAttempt} is the attempt that this is about
 * @param jobs the jobs of that attempt, in GitHub's order
 * @param watched how long it was watched
 */
public record RunOutcome(WorkflowRun run, List<Job> jobs, Duration watched) {
    /**
     * How a job ended.
     *
     * @param id GitHub's id, by which its log is read
     * @param name its name
     * @param conclusion for example {@code success}, {@code failure}, {@code skipped}; empty if GitHub did not say
     * @param runner which had it, empty if none had
     * @param waited from when it was made to when it began; zero if it never began, or GitHub did not say
     * @param ran from when it began to its end; zero likewise
     */
    public record Job(long id, String name, String conclusion, String runner, Duration waited, Duration ran) {
        /** Checks for nulls. */
        public Job {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(conclusion, "conclusion");
            Objects.requireNonNull(runner, "runner");
            Objects.requireNonNull(waited, "waited");
            Objects.requireNonNull(ran, "ran");
        }

        /** A job that no runner had says when it was queued where others say when they began. */
        static Job of(RunJob job) {
            boolean began = job.hasRunner();
            return new Job(
                    job.id(),
                    job.name(),
                    job.conclusion().orElse(""),
                    job.runnerName(),
                    began ? between(job.createdAt(), job.startedAt()) : Duration.ZERO,
                    began ? between(job.startedAt(), job.completedAt()) : Duration.ZERO);
        }
    }

    /** Checks for nulls; copies the list. */
    public RunOutcome {
        Objects.requireNonNull(run, "run");
        jobs = List.copyOf(jobs);
        Objects.requireNonNull(watched, "watched");
    }

    /**
     * What the last look says.
     *
     * @param run a run that is over
     * @param jobs its jobs
     * @param watched how long it was watched
     * @return the outcome
     */
    public static RunOutcome of(WorkflowRun run, List<RunJob> jobs, Duration watched) {
        return new RunOutcome(run, jobs.stream().map(Job::of).toList(), watched);
    }

    private static Duration between(Optional<Instant> from, Optional<Instant> to) {
        return from.isPresent() && to.isPresent() && to.get().isAfter(from.get())
                ? Duration.between(from.get(), to.get())
                : Duration.ZERO;
    }

    /**
     * Whether the run went well.
     *
     * @return whether its conclusion is {@code success}
     */
    public boolean isSuccess() {
        return run.isSuccess();
    }

    /**
     * How long the attempt took.
     *
     * @return from its start to the run's last change; zero if GitHub did not say
     */
    public Duration took() {
        return between(run.startedAt(), run.updatedAt());
    }

    /**
     * The outcome as a person reads it.
     *
     * @return a line for the run and one for each job, with a line break after each
     */
    public String text() {
        var text = new StringBuilder();
        text.append("run #").append(run.runNumber()).append(' ').append(run.name());
        text.append(": ").append(run.conclusion().orElse(run.status())).append(" after ");
        text.append(took().toSeconds()).append(" s");
        text.append(run.runAttempt() > 1 ? ", attempt " + run.runAttempt() : "").append('\n');
        for (Job job : jobs) {
            text.append("  ").append(job.name()).append(": ").append(job.conclusion());
            if (!job.runner().isEmpty()) {
                text.append(" on ").append(job.runner());
                text.append(", waited ").append(job.waited().toSeconds()).append(" s, ran ");
                text.append(job.ran().toSeconds()).append(" s");
            }
            text.append('\n');
        }
        return text.toString();
    }
}
