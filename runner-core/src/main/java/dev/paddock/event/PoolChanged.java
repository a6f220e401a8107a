package dev.paddock.event;

import dev.paddock.PoolSettings;
import java.time.Instant;
import java.util.Objects;

/**
 * The settings of a pool were changed while its fleet runs.
 *
 * @param at when
 * @param pool the pool
 * @param before what held
 * @param after what holds now
 */
public record PoolChanged(Instant at, String pool, PoolSettings before, PoolSettings after) implements FleetEvent {
    /** Checks for nulls. */
    public PoolChanged {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(before, "before");
        Objects.requireNonNull(after, "after");
    }
}
