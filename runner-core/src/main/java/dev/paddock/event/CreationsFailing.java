package dev.paddock.event;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A pool has given up for now: it has failed to make a runner five times in a row, none of which came to wait for a job.
 * It rests for its {@link dev.paddock.RunnerPool.Builder#failureRest}, then tries one, and this is told again if that fails
 * too. A person should look, and may end the rest with {@link dev.paddock.PoolControl#retry}.
 *
 * @param at when
 * @param pool the pool
 * @param failures how many in a row; those of one burst count as one
 * @param evidence what happened, the last one last
 * @param retryAfter how long the pool rests before it creates again
 */
public record CreationsFailing(Instant at, String pool, int failures, List<String> evidence, Duration retryAfter)
        implements FleetEvent {
    /** Copies the list and checks for nulls. */
    public CreationsFailing {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        evidence = List.copyOf(evidence);
        Objects.requireNonNull(retryAfter, "retryAfter");
    }
}
