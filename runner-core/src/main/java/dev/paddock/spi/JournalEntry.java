package dev.paddock.spi;

import dev.paddock.RunnerId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One thing a fleet remembers of one runner.
 *
 * @param kind what happened
 * @param runner the runner
 * @param pool its pool
 * @param at when
 * @param handle its machine, with {@link Kind#PROVISIONED}
 */
public record JournalEntry(Kind kind, RunnerId runner, String pool, Instant at, Optional<RunnerHandle> handle) {
    /** What happened. */
    public enum Kind {
        /** A runner is about to be created; written before anything is asked of anyone. */
        CREATING,
        /** The provider took the request; the machine is the handle. */
        PROVISIONED,
        /** Nothing of the runner is left. */
        REMOVED
    }

    /** Checks for nulls. */
    public JournalEntry {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(handle, "handle");
    }
}
