package dev.paddock.event;

import dev.paddock.JobKey;
import dev.paddock.RunnerId;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A runner has been busy for longer than its pool's {@code jobAlert}. Told once for each time it is busy; nothing else
 * follows.
 *
 * @param at when
 * @param pool its pool
 * @param runner the runner
 * @param job what it runs, if known
 * @param since since when it has been busy
 * @param limit the pool's setting
 */
public record JobOverdue(Instant at, String pool, RunnerId runner, Optional<JobKey> job, Instant since, Duration limit)
        implements FleetEvent {
    /** Checks for nulls. */
    public JobOverdue {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(limit, "limit");
    }
}
