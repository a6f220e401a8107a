package dev.paddock.spi;

import java.util.Objects;

/**
 * That a runner holds a task of the host's.
 *
 * @param task the task's id; not blank
 * @param number counts the leases of a fleet, so that no two of them, of one task or of one runner, are alike; at
 *     least 1
 * @param exclusiveGpu whether the task shares its runner's GPU with no other, so that a later life keeps others off it
 */
public record TaskLease(String task, long number, boolean exclusiveGpu) {
    /**
     * The lease of a task that shares its GPU.
     *
     * @param task the task's id; not blank
     * @param number at least 1
     */
    public TaskLease(String task, long number) {
        this(task, number, false);
    }

    /** Checks both. */
    public TaskLease {
        if (Objects.requireNonNull(task, "task").isBlank()) {
            throw new IllegalArgumentException("a task's id must not be blank");
        }
        if (number < 1) {
            throw new IllegalArgumentException("a lease's number must be at least 1: " + number);
        }
    }
}
