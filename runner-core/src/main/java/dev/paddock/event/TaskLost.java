package dev.paddock.event;

import dev.paddock.task.Assignment;
import java.time.Instant;
import java.util.Objects;

/**
 * A runner with a task of the host's is gone, or the task held it for too long: the lease has ended. The task is not
 * given to another runner by itself.
 *
 * @param at when
 * @param assignment who held what
 * @param reason why, in words
 */
public record TaskLost(Instant at, Assignment assignment, String reason) implements FleetEvent {
    /** Checks for nulls. */
    public TaskLost {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(assignment, "assignment");
        Objects.requireNonNull(reason, "reason");
    }
}
