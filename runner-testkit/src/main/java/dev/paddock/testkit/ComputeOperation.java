package dev.paddock.testkit;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An operation of the {@link ComputeEngineSimulator} at one moment.
 *
 * @param name such as {@code operation-1716733412345-61958f1a2b3c4-1a2b3c4d-5e6f7a8b}
 * @param type such as {@code insert}, {@code delete}, {@code bulkInsert}, {@code compute.instances.preempted}
 * @param location the zone, or the region
 * @param target the name of what it changes
 * @param status {@code RUNNING} or {@code DONE}
 * @param errors the codes of what went wrong
 * @param requestId of the request that began it
 * @param insertedAt when it began
 * @param endedAt when it was done
 */
public record ComputeOperation(
        String name,
        String type,
        String location,
        String target,
        String status,
        List<String> errors,
        Optional<String> requestId,
        Instant insertedAt,
        Optional<Instant> endedAt) {
    /** Copies the errors. */
    public ComputeOperation {
        errors = List.copyOf(errors);
    }
}
