package dev.paddock.event;

import dev.paddock.metrics.Availability;
import java.time.Instant;
import java.util.Objects;

/**
 * A pool has spent the error budget of its availability goal, told once in a window; or the next window has begun after
 * one whose budget was spent.
 *
 * @param at when
 * @param pool the pool
 * @param spent true if the budget is spent, false if there is a new one
 * @param availability how it stands
 */
public record AvailabilityBudget(Instant at, String pool, boolean spent, Availability availability)
        implements FleetEvent {
    /** Checks for nulls. */
    public AvailabilityBudget {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(availability, "availability");
    }
}
