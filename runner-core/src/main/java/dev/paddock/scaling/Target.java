package dev.paddock.scaling;

import java.util.Objects;

/**
 * A policy's answer.
 *
 * @param runners how many should exist, at least 0; the coordinator applies the bounds
 * @param reason why, in a few words
 */
public record Target(int runners, String reason) {
    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if negative
     */
    public Target {
        if (runners < 0) {
            throw new IllegalArgumentException("a target must be at least 0 runners: " + runners);
        }
        Objects.requireNonNull(reason, "reason");
    }
}
