package dev.paddock.event;

import dev.paddock.Health;
import dev.paddock.RunnerId;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner's health is another than it was.
 *
 * @param at when
 * @param pool its pool
 * @param runner the runner
 * @param from how it was
 * @param to how it is, with the evidence
 */
public record RunnerHealthChanged(Instant at, String pool, RunnerId runner, Health.Status from, Health to)
        implements FleetEvent {
    /** Checks for nulls. */
    public RunnerHealthChanged {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
    }
}
