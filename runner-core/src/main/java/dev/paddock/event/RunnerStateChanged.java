package dev.paddock.event;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner entered another state.
 *
 * @param at when
 * @param pool its pool
 * @param runner the runner
 * @param from the state before
 * @param to the state now
 * @param detail why, in words
 */
public record RunnerStateChanged(
        Instant at, String pool, RunnerId runner, RunnerState from, RunnerState to, String detail)
        implements FleetEvent {
    /** Checks for nulls. */
    public RunnerStateChanged {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(detail, "detail");
    }
}
