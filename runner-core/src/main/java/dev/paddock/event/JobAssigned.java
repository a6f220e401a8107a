package dev.paddock.event;

import dev.paddock.Job;
import java.time.Instant;
import java.util.Objects;

/**
 * A job was given to a pool and waits for a runner.
 *
 * @param at when
 * @param pool the pool
 * @param job the job
 */
public record JobAssigned(Instant at, String pool, Job job) implements FleetEvent {
    /** Checks for nulls. */
    public JobAssigned {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(job, "job");
    }
}
