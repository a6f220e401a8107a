package dev.paddock.event;

import dev.paddock.Job;
import dev.paddock.JobResult;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A job ended.
 *
 * @param at when
 * @param pool the pool
 * @param job the job
 * @param runner the runner's name; empty if it never had one
 * @param result how it ended
 */
public record JobCompleted(Instant at, String pool, Job job, Optional<String> runner, JobResult result)
        implements FleetEvent {
    /** Checks for nulls. */
    public JobCompleted {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(result, "result");
    }
}
