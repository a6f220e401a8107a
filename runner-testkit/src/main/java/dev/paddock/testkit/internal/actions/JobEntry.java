package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.WorkflowJob;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One attempt of one job. */
final class JobEntry {
    final String id;
    final long requestId;
    final RunEntry run;
    final WorkflowJob spec;
    final int attempt;

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

    @Nullable
    Instant queuedAt;

    @Nullable
    Instant assignedAt;

    @Nullable
    Instant startedAt;

    @Nullable
    Instant finishedAt;

    private Cancellable timer = () -> {};

    JobEntry(String id, long requestId, RunEntry run, WorkflowJob spec, int attempt) {
        this.id = id;
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

    JobRecord view() {
        return new JobRecord(
                id,
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
