package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.WorkflowJob;
import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One attempt of one job. */
final class JobEntry {
    final String id;
    /** Its id in REST and webhooks. */
    final long number;

    final long requestId;
    final RunEntry run;
    final WorkflowJob spec;
    final int attempt;
    final Instant createdAt;

    State state = State.BLOCKED;
    int round;

    @Nullable
    ScaleSetEntry scaleSet;

    @Nullable
    AgentEntry agent;

    boolean cancelRequested;

    @Nullable
    String result;

    @Nullable
    String runner;

    /** Of {@link #runner}; 0 without one. */
    long runnerId;

    /** Of {@link #runner}. */
    @Nullable
    RunnerGroup runnerGroup;

    /** When its state changed last, as REST sees it. */
    Instant changedAt;

    @Nullable
    Instant queuedAt;

    @Nullable
    Instant assignedAt;

    @Nullable
    Instant startedAt;

    @Nullable
    Instant finishedAt;

    private Cancellable timer = () -> {};

    JobEntry(String id, long number, long requestId, RunEntry run, WorkflowJob spec, int attempt, Instant createdAt) {
        this.id = id;
        this.number = number;
        this.createdAt = createdAt;
        changedAt = createdAt;
        this.requestId = requestId;
        this.run = run;
        this.spec = spec;
        this.attempt = attempt;
    }

    /** Replaces the one timer a job has: of its offer, its assignment or its lease. */
    void timer(Cancellable next) {
        timer.cancel();
        timer = next;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** In REST's words. A job that needs others counts as waiting. */
    String status() {
        return switch (state) {
            case BLOCKED -> "waiting";
            case QUEUED, AVAILABLE, ASSIGNED -> "queued";
            case RUNNING -> "in_progress";
            case DONE -> "completed";
        };
    }

    /** In REST's words; null until it is over. A job whose runner was lost has failed. */
    @Nullable
    String conclusion() {
        return result == null
                ? null
                : switch (result) {
                    case "succeeded" -> "success";
                    case "failed" -> "failure";
                    case "canceled" -> "cancelled";
                    case "abandoned" -> startedAt == null ? "cancelled" : "failure";
                    default -> result;
                };
    }

    JobRecord view() {
        return new JobRecord(
                id,
                number,
                requestId,
                run.id(),
                attempt,
                run.workflow().name(),
                spec.name(),
                run.workflow().repository(),
                spec.labels(),
                state,
                round,
                Optional.ofNullable(result),
                Optional.ofNullable(scaleSet).map(set -> set.name),
                Optional.ofNullable(runner),
                Optional.ofNullable(queuedAt),
                Optional.ofNullable(assignedAt),
                Optional.ofNullable(startedAt),
                Optional.ofNullable(finishedAt));
    }
}
