package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * A runner program on this host has ended and is not started again. What follows is in the fleet's own events; this one
 * has the cause as a value.
 *
 * @param at when that was seen
 * @param pool its pool
 * @param runner the runner
 * @param cause why
 * @param exitCode its exit code; empty if nobody was there to read it
 * @param forced whether it was removed and did not end within the grace, so that it was ended by force
 * @param detail the cause in words with the last lines of the log, secrets masked
 */
public record RunnerExited(
        Instant at, String pool, RunnerId runner, ExitCause cause, OptionalInt exitCode, boolean forced, String detail)
        implements ExtensionEvent {
    /** Checks for nulls. */
    public RunnerExited {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(cause, "cause");
        Objects.requireNonNull(exitCode, "exitCode");
        Objects.requireNonNull(detail, "detail");
    }
}
