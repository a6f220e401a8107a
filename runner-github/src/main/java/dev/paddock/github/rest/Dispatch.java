package dev.paddock.github.rest;

import java.net.URI;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A workflow that was told to start.
 *
 * @param workflow its file name or id, as given
 * @param ref the branch or tag, as given
 * @param startedAt GitHub's time when it took the request; empty if it did not say
 * @param runId the run; empty where GitHub says only that it took the request, as older servers do
 * @param htmlUrl the run's page, where GitHub says so
 */
public record Dispatch(
        String workflow, String ref, Optional<Instant> startedAt, OptionalLong runId, Optional<URI> htmlUrl) {
    /** Checks for nulls. */
    public Dispatch {
        Objects.requireNonNull(workflow, "workflow");
        Objects.requireNonNull(ref, "ref");
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(runId, "runId");
        Objects.requireNonNull(htmlUrl, "htmlUrl");
    }
}
