package dev.paddock.event;

import dev.paddock.spi.SourceState;
import java.time.Instant;
import java.util.Objects;

/**
 * A job source reports how it is doing.
 *
 * @param at when
 * @param pool the pool it feeds
 * @param state how it is doing
 * @param detail in words, with what to do
 */
public record SourceStateChanged(Instant at, String pool, SourceState state, String detail) implements FleetEvent {
    /** Checks for nulls. */
    public SourceStateChanged {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(detail, "detail");
    }
}
