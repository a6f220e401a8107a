package dev.paddock.github.rest;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A short-lived secret for the runner's {@code config.sh}: to register runners, or to remove one. {@code toString} is
 * redacted.
 *
 * @param token the secret; good for many runners until it expires
 * @param expiresAt an hour after it was made; empty if not said
 */
public record RunnerToken(String token, Optional<Instant> expiresAt) {
    /** Checks for nulls. */
    public RunnerToken {
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(expiresAt, "expiresAt");
    }

    @Override
    public String toString() {
        return "RunnerToken[token=***, expiresAt=" + expiresAt + "]";
    }
}
