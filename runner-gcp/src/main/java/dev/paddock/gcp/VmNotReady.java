package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;

/**
 * A VM is removed that had not yet said that its runner waits for jobs: evidence for whoever wants to know why.
 *
 * @param at when
 * @param pool whose VM
 * @param runner its runner
 * @param zone where it is
 * @param state what its boot script said last, as {@code paddock/state}; empty if nothing
 * @param serialOutput the end of its serial port's output, at most 16 KiB; empty if it could not be read
 */
public record VmNotReady(Instant at, String pool, RunnerId runner, String zone, String state, String serialOutput)
        implements ExtensionEvent {
    /** Checks for nulls. */
    public VmNotReady {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(serialOutput, "serialOutput");
    }
}
