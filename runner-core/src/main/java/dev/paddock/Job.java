package dev.paddock;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A job as its source described it. Immutable.
 *
 * @param key what identifies it
 * @param name the name a person reads, possibly empty
 * @param repository {@code owner/name}, or empty if unknown
 * @param workflow the workflow file and ref, or empty if unknown
 * @param runId the workflow run, 0 if unknown
 * @param labels the labels it asks for, in the source's order
 * @param queuedAt when it was queued
 * @param startedAt when a runner took it
 * @param finishedAt when it ended
 */
public record Job(
        JobKey key,
        String name,
        String repository,
        String workflow,
        long runId,
        List<String> labels,
        Optional<Instant> queuedAt,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt) {
    /** Copies the labels and checks for nulls. */
    public Job {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(repository, "repository");
        Objects.requireNonNull(workflow, "workflow");
        labels = List.copyOf(labels);
        Objects.requireNonNull(queuedAt, "queuedAt");
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(finishedAt, "finishedAt");
    }

    /**
     * A job of which only the key and name are known.
     *
     * @param key what identifies it
     * @param name the name a person reads
     * @return the job
     */
    public static Job of(JobKey key, String name) {
        return new Job(key, name, "", "", 0, List.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }
}
