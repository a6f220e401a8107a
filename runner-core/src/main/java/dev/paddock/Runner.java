package dev.paddock;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One runner as it was when the snapshot was taken. Immutable.
 *
 * @param id its name, everywhere
 * @param pool the pool it belongs to
 * @param state where it stands
 * @param createdAt when the intent to create it was taken
 * @param stateSince when it entered {@code state}
 * @param place where it runs (a zone, a host, a slot) once the provider has said so
 * @param job the job it runs or ran, if known
 * @param health how it is; empty until something has looked at it
 * @param detail why it is in this state, in words
 */
public record Runner(
        RunnerId id,
        String pool,
        RunnerState state,
        Instant createdAt,
        Instant stateSince,
        Optional<String> place,
        Optional<JobKey> job,
        Optional<Health> health,
        String detail) {
    /** Checks for nulls. */
    public Runner {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(stateSince, "stateSince");
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(detail, "detail");
    }
}
