package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A zone was asked for a VM, and answered.
 *
 * @param at when it had answered
 * @param pool whose VM
 * @param runner its runner
 * @param zone the zone
 * @param machine what was asked for
 * @param refused why the zone has none; empty if it made the VM
 * @param detail why this zone, or Google's words
 */
public record ZoneTried(
        Instant at,
        String pool,
        RunnerId runner,
        String zone,
        String machine,
        Optional<ComputeFault.Kind> refused,
        String detail)
        implements ExtensionEvent {
    /** Checks for nulls. */
    public ZoneTried {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(refused, "refused");
        Objects.requireNonNull(detail, "detail");
    }
}
