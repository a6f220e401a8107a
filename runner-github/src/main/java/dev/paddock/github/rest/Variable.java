package dev.paddock.github.rest;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A variable that workflows can read. Not secret.
 *
 * @param name in upper case, as GitHub keeps it
 * @param value its value
 * @param visibility which repositories see one of an organization: {@code all}, {@code private} or {@code selected};
 *     empty for a repository's
 * @param createdAt when it was made; empty if not said
 * @param updatedAt when it was last changed; empty if not said
 */
public record Variable(
        String name,
        String value,
        Optional<String> visibility,
        Optional<Instant> createdAt,
        Optional<Instant> updatedAt) {
    /** Checks for nulls. */
    public Variable {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(visibility, "visibility");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
    }
}
