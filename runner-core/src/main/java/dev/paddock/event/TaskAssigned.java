package dev.paddock.event;

import dev.paddock.task.Assignment;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner was given a task of the host's.
 *
 * @param at when
 * @param assignment who holds what
 */
public record TaskAssigned(Instant at, Assignment assignment) implements FleetEvent {
    /** Checks for nulls. */
    public TaskAssigned {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(assignment, "assignment");
    }
}
