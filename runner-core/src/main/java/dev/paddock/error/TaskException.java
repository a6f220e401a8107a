package dev.paddock.error;

import java.util.Objects;

/** A task was not given to a runner. */
public class TaskException extends RunnerException {
    private static final long serialVersionUID = 1;

    /** Why not. */
    public enum Reason {
        /** No pool of the fleet takes the host's tasks. */
        NO_POOL,
        /** No pool that takes them has what the task needs. */
        NO_FIT,
        /** It waited for as long as it was to. */
        TIMEOUT,
        /** It was cancelled while it waited. */
        CANCELLED,
        /** A task with its id waits already. */
        DUPLICATE,
        /** Too many tasks wait, or the fleet's inbox is full. */
        QUEUE_FULL,
        /** The fleet drains, closes or has ended. */
        NOT_RUNNING
    }

    /** The task's id. */
    private final String task;

    private final Reason reason;

    /**
     * Makes an exception.
     *
     * @param task the task's id
     * @param reason why it has no runner
     * @param message what happened and what to do
     */
    public TaskException(String task, Reason reason, String message) {
        super("task " + task + ": " + message, isRetryable(reason), null);
        this.task = Objects.requireNonNull(task, "task");
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    private static boolean isRetryable(Reason reason) {
        return reason == Reason.TIMEOUT || reason == Reason.QUEUE_FULL || reason == Reason.NOT_RUNNING;
    }

    /**
     * The task.
     *
     * @return its id
     */
    public final String task() {
        return task;
    }

    /**
     * Why it has no runner.
     *
     * @return the reason
     */
    public final Reason reason() {
        return reason;
    }
}
