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
 * @param kind the same as {@code reason} in one word, for counting
 */
public record ProvisioningFailed(
        Instant at, String pool, RunnerId runner, RunnerState stage, String reason, Duration retryAfter, Kind kind)
        implements FleetEvent {
    /** What kind of failure it was. */
    public enum Kind {
        /** The source or the provider refused, or could not. */
        REFUSED,
        /** The source or the provider gave no answer within the deadline. */
        NO_ANSWER,
        /** The machine ended before its runner connected. */
        EXITED,
        /** The runner did not connect within the startup deadline. */
        NEVER_CONNECTED,
        /** An exception that is not a {@link dev.paddock.error.RunnerException}: a bug, most likely. */
        BUG
    }

    /** Checks for nulls. */
    public ProvisioningFailed {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(stage, "stage");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(retryAfter, "retryAfter");
        Objects.requireNonNull(kind, "kind");
    }
}
