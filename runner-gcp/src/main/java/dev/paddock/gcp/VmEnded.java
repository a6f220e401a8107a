package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * A VM ended that was not asked to. What follows for its runner is in the fleet's own events; this one has the cause as a
 * value.
 *
 * @param at when that was seen
 * @param pool whose VM
 * @param runner its runner
 * @param zone where it was
 * @param cause why
 * @param detail the cause in words, for a failed boot with the end of the serial port's output
 */
public record VmEnded(Instant at, String pool, RunnerId runner, String zone, Cause cause, String detail)
        implements ExtensionEvent {
    /** Why. */
    public enum Cause {
        /** Compute Engine took a spot VM back. */
        PREEMPTED,
        /** It shut itself down, as the boot script does after the job. */
        SELF_SHUTDOWN,
        /** Its boot script said that it failed. */
        BOOT_FAILED,
        /** Nobody says why: deleted by hand, at the end of its longest run, or its host failed. */
        UNKNOWN
    }

    /** Checks for nulls. */
    public VmEnded {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(cause, "cause");
        Objects.requireNonNull(detail, "detail");
    }
}
