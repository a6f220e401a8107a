package dev.paddock.error;

import java.util.Objects;

/** A verb of the multi-runner was refused; nothing has changed. The message names the value, the bound and the way out. */
public class MultiRunnerException extends RunnerException {
    private static final long serialVersionUID = 1;

    /** Why. */
    public enum Reason {
        /** There is no state yet. */
        NOT_INITIALISED,
        /** Tasks run or wait that would be lost. */
        TASKS_PRESENT,
        /** There is no runner of that id. */
        UNKNOWN_RUNNER,
        /** The runner has no task. */
        NOT_RUNNING,
        /** No runner of the pool has what the task needs, busy or not. */
        NO_FIT,
        /** As many tasks wait as may. */
        QUEUE_FULL,
        /** The host cannot hold so many runners. */
        NOT_FEASIBLE,
        /** More runners than the bound allows. */
        TOO_MANY
    }

    private final Reason reason;

    /**
     * Makes an exception.
     *
     * @param reason why
     * @param message what was refused, why, and what would do
     */
    public MultiRunnerException(Reason reason, String message) {
        super(message, reason == Reason.NOT_FEASIBLE || reason == Reason.QUEUE_FULL, null);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    /**
     * Why.
     *
     * @return the reason
     */
    public final Reason reason() {
        return reason;
    }
}
