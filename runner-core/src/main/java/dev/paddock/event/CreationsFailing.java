package dev.paddock.event;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A pool has failed to make a runner five times in a row, none of which connected. It tries again by itself, but only
 * after a long wait; a person should look.
 *
 * @param at when
 * @param pool the pool
 * @param failures how many in a row; those of one burst count as one
 * @param evidence what happened, the last one last
 * @param retryAfter how long the pool waits before it creates again
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
