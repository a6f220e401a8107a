package dev.paddock.event;

import dev.paddock.CoordinatorState;
import java.time.Instant;
import java.util.Objects;

/**
 * The coordinator entered another state.
 *
 * @param at when
 * @param from the state before
 * @param to the state now
 * @param detail why, in words
 */
public record CoordinatorStateChanged(Instant at, CoordinatorState from, CoordinatorState to, String detail)
        implements FleetEvent {
    /** Checks for nulls. */
    public CoordinatorStateChanged {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(detail, "detail");
    }
}
