package dev.paddock.github.rest;

import java.time.Duration;
import java.util.Objects;

/** What changed about a watched run since the last look. {@link #text} says it in a line. */
public sealed interface RunProgress {
    /**
     * The change as a person reads it.
     *
     * @return a line, with what GitHub called things as it called them
     */
    String text();

    /**
     * The run has another status, or was seen for the first time.
     *
     * @param run as it is now
     */
    record RunChanged(WorkflowRun run) implements RunProgress {
        /** Checks for nulls. */
        public RunChanged {
            Objects.requireNonNull(run, "run");
        }

        @Override
        public String text() {
            return "run #" + run.runNumber() + " " + run.name() + ": "
                    + run.conclusion().orElse(run.status());
        }
    }

    /**
     * The run was run again: what was told of its jobs is of an attempt that counts no more.
     *
     * @param run as it is now; {@link WorkflowRun#runAttempt} is the new attempt
     */
    record AttemptBegan(WorkflowRun run) implements RunProgress {
        /** Checks for nulls. */
        public AttemptBegan {
            Objects.requireNonNull(run, "run");
        }

        @Override
        public String text() {
            return "run #" + run.runNumber() + " " + run.name() + ": attempt " + run.runAttempt();
        }
    }

    /**
     * A job has another status, or was seen for the first time.
     *
     * @param job as it is now
     */
    record JobChanged(RunJob job) implements RunProgress {
        /** Checks for nulls. */
        public JobChanged {
            Objects.requireNonNull(job, "job");
        }

        @Override
        public String text() {
            String on = job.runnerName().isEmpty() ? "" : " on " + job.runnerName();
            String wanted = job.isQueued() ? " for a runner with " + job.labels() : "";
            return "job " + job.name() + ": " + job.conclusion().orElse(job.status()) + on + wanted;
        }
    }

    /**
     * A step has begun or ended.
     *
     * @param job its job
     * @param step as it is now
     */
    record StepChanged(RunJob job, RunJob.Step step) implements RunProgress {
        /** Checks for nulls. */
        public StepChanged {
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(step, "step");
        }

        @Override
        public String text() {
            return "job " + job.name() + ", step " + step.number() + " " + step.name() + ": "
                    + step.conclusion().orElse(step.status());
        }
    }

    /**
     * GitHub could not be asked. The run goes on, and is looked at again.
     *
     * @param why what happened
     * @param again how long until the next look
     */
    record LookFailed(RuntimeException why, Duration again) implements RunProgress {
        /** Checks for nulls. */
        public LookFailed {
            Objects.requireNonNull(why, "why");
            Objects.requireNonNull(again, "again");
        }

        @Override
        public String text() {
            return "GitHub could not be asked, next look in " + again.toSeconds() + " s: " + why.getMessage();
        }
    }
}
