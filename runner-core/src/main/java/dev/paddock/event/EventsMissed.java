package dev.paddock.event;

import java.time.Instant;
import java.util.Objects;

/**
 * This subscriber was too slow and missed events; others may have seen them.
 *
 * @param at when
 * @param from number of the first event missed
 * @param to number of the last event missed
 */
public record EventsMissed(Instant at, long from, long to) implements FleetEvent {
    /** Checks for nulls. */
    public EventsMissed {
        Objects.requireNonNull(at, "at");
    }
}
