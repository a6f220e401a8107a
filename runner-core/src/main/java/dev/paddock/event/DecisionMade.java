package dev.paddock.event;

import dev.paddock.scaling.Decision;
import java.time.Instant;
import java.util.Objects;

/**
 * The coordinator decided about a pool: something changes, or something it wants is bounded.
 *
 * @param at when
 * @param decision what was decided and why
 */
public record DecisionMade(Instant at, Decision decision) implements FleetEvent {
    /** Checks for nulls. */
    public DecisionMade {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(decision, "decision");
    }
}
