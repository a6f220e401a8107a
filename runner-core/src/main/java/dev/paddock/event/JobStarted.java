package dev.paddock.event;

import dev.paddock.Job;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner took a job.
 *
 * @param at when
 * @param pool the pool
 * @param job the job
 * @param runner the runner's name as the source gave it
 */
public record JobStarted(Instant at, String pool, Job job, String runner) implements FleetEvent {
    /** Checks for nulls. */
    public JobStarted {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(runner, "runner");
    }
}
