package dev.paddock.github.rest;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A run of a workflow.
 *
 * @param id GitHub's id
 * @param name the workflow's name
 * @param displayTitle what its page is headed with
 * @param workflowId the workflow's id, 0 if not said
 * @param path the workflow's file in the repository
 * @param runNumber counts the workflow's runs
 * @param runAttempt counts the attempts of this run
 * @param event what started it, for example {@code push}
 * @param status for example {@code queued}, {@code in_progress}, {@code completed}; other words may come, and it is
 *     empty if none was said
 * @param conclusion for example {@code success}, {@code failure}, {@code cancelled}; empty until it is completed
 * @param headBranch its branch, empty if it has none
 * @param headSha its commit
 * @param actor who started it, empty if not said
 * @param createdAt when it was made
 * @param updatedAt when it last changed
 * @param startedAt when this attempt began
 * @param htmlUrl its page, empty if not said
 */
public record WorkflowRun(
        long id,
        String name,
        String displayTitle,
        long workflowId,
        String path,
        long runNumber,
        long runAttempt,
        String event,
        String status,
        Optional<String> conclusion,
        String headBranch,
        String headSha,
        String actor,
        Optional<Instant> createdAt,
        Optional<Instant> updatedAt,
        Optional<Instant> startedAt,
        String htmlUrl) {
    /** Checks for nulls. */
    public WorkflowRun {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(displayTitle, "displayTitle");
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(event, "event");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(conclusion, "conclusion");
        Objects.requireNonNull(headBranch, "headBranch");
        Objects.requireNonNull(headSha, "headSha");
        Objects.requireNonNull(actor, "actor");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(htmlUrl, "htmlUrl");
    }

    /**
     * Whether it waits for runners.
     *
     * @return whether the status is {@code queued}
     */
    public boolean isQueued() {
        return status.equalsIgnoreCase("queued");
    }

    /**
     * Whether it runs.
     *
     * @return whether the status is {@code in_progress}
     */
    public boolean isInProgress() {
        return status.equalsIgnoreCase("in_progress");
    }

    /**
     * Whether it is over.
     *
     * @return whether the status is {@code completed}; false where none was said
     */
    public boolean isCompleted() {
        return status.equalsIgnoreCase("completed");
    }

    /**
     * Whether it is over and went well.
     *
     * @return whether it is completed with {@code success}
     */
    public boolean isSuccess() {
        return isCompleted() && conclusion.orElse("").equalsIgnoreCase("success");
    }
}
