package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner program on this host has ended and is started again with what it was started with. A runner that is replaced
 * by one of another name is not told here: that is an end and a creation.
 *
 * @param at when
 * @param pool its pool
 * @param runner the runner
 * @param cause why it ended
 * @param exitCode its exit code
 * @param times how often it has been started again, this time included
 */
public record RunnerRestarted(Instant at, String pool, RunnerId runner, ExitCause cause, int exitCode, int times)
        implements ExtensionEvent {
    /** Checks for nulls. */
    public RunnerRestarted {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(cause, "cause");
    }
}
