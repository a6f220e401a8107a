package dev.paddock.event;

import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * The labels of a pool's source were changed while its fleet runs.
 *
 * @param at when
 * @param pool the pool
 * @param labels what the source has now
 */
public record PoolRelabelled(Instant at, String pool, List<String> labels) implements FleetEvent {
    /** Copies the list and checks for nulls. */
    public PoolRelabelled {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        labels = List.copyOf(labels);
    }
}
