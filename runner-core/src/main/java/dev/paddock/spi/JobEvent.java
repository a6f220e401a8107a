package dev.paddock.spi;

import dev.paddock.Job;
import dev.paddock.JobResult;
import java.util.Objects;
import java.util.Optional;

/** Something that happened to one job. May be lost, doubled or late: a hint, never the truth. */
public sealed interface JobEvent {
    /**
     * The job.
     *
     * @return the job as described by this event
     */
    Job job();

    /**
     * The job was given to this source and waits for a runner.
     *
     * @param job the job
     */
    record Assigned(Job job) implements JobEvent {
        /** Checks for null. */
        public Assigned {
            Objects.requireNonNull(job, "job");
        }
    }

    /**
     * A runner took the job.
     *
     * @param job the job
     * @param runner the runner's name, which may be a foreign one
     */
    record Started(Job job, String runner) implements JobEvent {
        /** Checks for nulls. */
        public Started {
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(runner, "runner");
        }
    }

    /**
     * The job ended. Its runner may still be running, and may even take another.
     *
     * @param job the job
     * @param runner the runner's name; empty if it never had one
     * @param result how it ended
     */
    record Completed(Job job, Optional<String> runner, JobResult result) implements JobEvent {
        /** Checks for nulls. */
        public Completed {
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(runner, "runner");
            Objects.requireNonNull(result, "result");
        }
    }
}
