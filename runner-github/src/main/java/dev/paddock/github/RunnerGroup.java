package dev.paddock.github;

import java.util.Objects;

/**
 * A runner group of an organization or enterprise.
 *
 * @param id the group's id; 1 is the default group
 * @param name the group's name
 * @param isDefault whether it is the group that takes runners not put elsewhere
 */
public record RunnerGroup(long id, String name, boolean isDefault) {
    /** Checks for null. */
    public RunnerGroup {
        Objects.requireNonNull(name, "name");
    }
}
