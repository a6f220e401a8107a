package dev.paddock.github.rest;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What GitHub leaves of one kind of calls.
 *
 * @param credential which credential it is of, as a person would say it; no secret
 * @param resource the kind, for example {@code core} or {@code actions_runner_registration}
 * @param limit calls in an hour
 * @param remaining calls left until the reset
 * @param resetsAt when the calls are given back
 */
public record RateLimit(String credential, String resource, long limit, long remaining, Optional<Instant> resetsAt) {
    /** Checks for nulls. */
    public RateLimit {
        Objects.requireNonNull(credential, "credential");
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(resetsAt, "resetsAt");
    }
}
