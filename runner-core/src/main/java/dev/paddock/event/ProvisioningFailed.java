package dev.paddock.event;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner could not be made. The pool tries again by itself after a wait.
 *
 * @param at when
 * @param pool the pool
 * @param runner the runner that was to be
 * @param stage what failed: REGISTERING, PROVISIONING or STARTING
 * @param reason what happened
 * @param retryAfter how long the pool waits before it creates again
 */
public record ProvisioningFailed(
        Instant at, String pool, RunnerId runner, RunnerState stage, String reason, Duration retryAfter)
        implements FleetEvent {
    /** Checks for nulls. */
    public ProvisioningFailed {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(stage, "stage");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(retryAfter, "retryAfter");
    }
}
