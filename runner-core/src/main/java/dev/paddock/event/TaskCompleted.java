package dev.paddock.event;

import dev.paddock.task.Assignment;
import dev.paddock.task.Outcome;
import java.time.Instant;
import java.util.Objects;

/**
 * The host said that a task has ended.
 *
 * @param at when
 * @param assignment who held what
 * @param outcome how it ended
 */
public record TaskCompleted(Instant at, Assignment assignment, Outcome outcome) implements FleetEvent {
    /** Checks for nulls. */
    public TaskCompleted {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(assignment, "assignment");
        Objects.requireNonNull(outcome, "outcome");
    }
}
