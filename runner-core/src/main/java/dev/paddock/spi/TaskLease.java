package dev.paddock.spi;

import dev.paddock.ByteSize;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * That a runner holds a task of the host's, and what a later life must know of it.
 *
 * @param task the task's id; not blank
 * @param number counts the leases of a fleet, so that no two of them, of one task or of one runner, are alike; at
 *     least 1
 * @param exclusiveGpu whether the task shares its runner's GPU with no other
 * @param gpuMemory what it takes of that GPU's memory
 * @param endsBy when its longest run time is over; empty if it has none
 */
public record TaskLease(String task, long number, boolean exclusiveGpu, ByteSize gpuMemory, Optional<Instant> endsBy) {
    /**
     * The lease of a task that shares its GPU, takes none of its memory and runs as long as it likes.
     *
     * @param task the task's id; not blank
     * @param number at least 1
     */
    public TaskLease(String task, long number) {
        this(task, number, false, ByteSize.ZERO, Optional.empty());
    }

    /** Checks all of them. */
    public TaskLease {
        if (Objects.requireNonNull(task, "task").isBlank()) {
            throw new IllegalArgumentException("a task's id must not be blank");
        }
        if (number < 1) {
            throw new IllegalArgumentException("a lease's number must be at least 1: " + number);
        }
        Objects.requireNonNull(gpuMemory, "gpuMemory");
        Objects.requireNonNull(endsBy, "endsBy");
    }
}
