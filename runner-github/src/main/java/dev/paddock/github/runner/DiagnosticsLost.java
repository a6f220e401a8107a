package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * A {@link dev.paddock.spi.DiagnosticsSink} did not keep what there was of a runner, and the runner's folder was deleted
 * nevertheless. Told at the first of several in a row.
 *
 * @param at when
 * @param pool the runner's pool
 * @param runner the runner
 * @param reason why
 */
public record DiagnosticsLost(Instant at, String pool, RunnerId runner, String reason) implements ExtensionEvent {
    /** Checks for nulls. */
    public DiagnosticsLost {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(reason, "reason");
    }
}
