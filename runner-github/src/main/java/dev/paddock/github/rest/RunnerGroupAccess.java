package dev.paddock.github.rest;

import java.util.List;
import java.util.Objects;

/**
 * A runner group of an organization or enterprise, and who may use it.
 *
 * @param id GitHub's id, as {@code generateJitConfig} wants it
 * @param name the group's name
 * @param visibility {@code all}, {@code selected} or {@code private}; other words may come
 * @param isDefault whether runners that name no group are put here
 * @param inherited whether it is the enterprise's
 * @param allowsPublicRepositories whether public repositories may use it
 * @param restrictedToWorkflows whether only the selected workflows may use it
 * @param selectedWorkflows these workflows
 */
public record RunnerGroupAccess(
        long id,
        String name,
        String visibility,
        boolean isDefault,
        boolean inherited,
        boolean allowsPublicRepositories,
        boolean restrictedToWorkflows,
        List<String> selectedWorkflows) {
    /** Checks for nulls; copies the list. */
    public RunnerGroupAccess {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(visibility, "visibility");
        selectedWorkflows = List.copyOf(selectedWorkflows);
    }
}
