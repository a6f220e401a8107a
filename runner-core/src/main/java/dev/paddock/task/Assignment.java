package dev.paddock.task;

import dev.paddock.RunnerId;
import java.time.Instant;
import java.util.Objects;

/**
 * That a runner holds a task, until it is completed or the runner is lost.
 *
 * @param task the task; after a restart of the coordinator only its id, what it takes of a GPU and its longest run time are
 *     known, and all else is a default
 * @param runner who holds it
 * @param pool the runner's pool
 * @param lease tells this holding from every other of the fleet, also over restarts; at least 1
 * @param place where the runner is, as its provider says; empty if it has not said yet
 * @param at when it was assigned
 */
public record Assignment(Task task, RunnerId runner, String pool, long lease, String place, Instant at) {
    /** Checks for nulls and the bound. */
    public Assignment {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(at, "at");
        if (lease < 1) {
            throw new IllegalArgumentException("a lease's number must be at least 1: " + lease);
        }
    }
}
