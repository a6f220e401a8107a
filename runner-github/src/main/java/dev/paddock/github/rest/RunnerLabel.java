package dev.paddock.github.rest;

import java.util.Objects;

/**
 * A label of a self-hosted runner.
 *
 * @param id GitHub's id, 0 if not said
 * @param name what jobs ask for
 * @param type {@code read-only} or {@code custom}; other words may come
 */
public record RunnerLabel(long id, String name, String type) {
    /** Checks for nulls. */
    public RunnerLabel {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
    }

    /**
     * Whether GitHub set it, and nobody can remove it.
     *
     * @return true for {@code read-only}
     */
    public boolean isReadOnly() {
        return type.equalsIgnoreCase("read-only");
    }
}
