package dev.paddock.github.rest;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A job of a workflow run.
 *
 * @param id GitHub's id
 * @param runId its run
 * @param runAttempt the attempt of the run
 * @param name its name
 * @param workflowName its workflow's name, empty if not said
 * @param status for example {@code queued}, {@code in_progress}, {@code waiting}; see {@link #isCompleted}; other words
 *     may come, and it is empty if none was said
 * @param conclusion for example {@code success}, {@code failure}, {@code cancelled}; empty until it is completed
 * @param headBranch its branch, empty if not said
 * @param labels what it asks of a runner
 * @param runnerId the runner that has it, 0 until one has
 * @param runnerName the runner's name, empty until one has it
 * @param runnerGroupId the runner's group, 0 until one has it
 * @param runnerGroupName the group's name, empty until one has it
 * @param createdAt when it was made
 * @param startedAt when it began, or was queued
 * @param completedAt when it ended
 * @param steps its steps, empty until it has begun
 * @param htmlUrl its page, empty if not said
 */
public record RunJob(
        long id,
        long runId,
        long runAttempt,
        String name,
        String workflowName,
        String status,
        Optional<String> conclusion,
        String headBranch,
        List<String> labels,
        long runnerId,
        String runnerName,
        long runnerGroupId,
        String runnerGroupName,
        Optional<Instant> createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> completedAt,
        List<Step> steps,
        String htmlUrl) {
    /**
     * A step of a job.
     *
     * @param number counts from 1
     * @param name its name
     * @param status as of jobs
     * @param conclusion as of jobs
     * @param startedAt when it began
     * @param completedAt when it ended
     */
    public record Step(
            long number,
            String name,
            String status,
            Optional<String> conclusion,
            Optional<Instant> startedAt,
            Optional<Instant> completedAt) {
        /** Checks for nulls. */
        public Step {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(status, "status");
            Objects.requireNonNull(conclusion, "conclusion");
            Objects.requireNonNull(startedAt, "startedAt");
            Objects.requireNonNull(completedAt, "completedAt");
        }
    }

    /** Checks for nulls; copies the lists. */
    public RunJob {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(workflowName, "workflowName");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(conclusion, "conclusion");
        Objects.requireNonNull(headBranch, "headBranch");
        labels = List.copyOf(labels);
        Objects.requireNonNull(runnerName, "runnerName");
        Objects.requireNonNull(runnerGroupName, "runnerGroupName");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(startedAt, "startedAt");
        Objects.requireNonNull(completedAt, "completedAt");
        steps = List.copyOf(steps);
        Objects.requireNonNull(htmlUrl, "htmlUrl");
    }

    /**
     * Whether it waits for a runner.
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
     * Whether a runner has it, or had.
     *
     * @return whether a runner is named
     */
    public boolean hasRunner() {
        return runnerId > 0 || !runnerName.isEmpty();
    }
}
