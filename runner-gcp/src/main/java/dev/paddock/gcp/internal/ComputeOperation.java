package dev.paddock.gcp.internal;

import dev.paddock.gcp.ComputeFault;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * An operation, as it was when it was asked for.
 *
 * @param ref where it is found
 * @param type such as {@code insert} or {@code compute.instances.preempted}
 * @param target the name of what it works on, the last part of its link; empty if it names none
 * @param targetId the number of what it works on; empty until it is known
 * @param done whether it has ended; one that is not done may already carry an error, which proves nothing
 * @param fault why it failed, classified; also looked for where no HTTP status is given
 * @param began when it was inserted, if told
 */
public record ComputeOperation(
        OperationRef ref,
        String type,
        String target,
        String targetId,
        boolean done,
        Optional<ComputeFault> fault,
        Optional<Instant> began) {
    /** Checks for nulls. */
    public ComputeOperation {
        Objects.requireNonNull(ref, "ref");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(targetId, "targetId");
        Objects.requireNonNull(fault, "fault");
        Objects.requireNonNull(began, "began");
    }
}
