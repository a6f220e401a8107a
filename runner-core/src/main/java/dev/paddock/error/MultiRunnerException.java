package dev.paddock.error;

import dev.paddock.multirunner.TaskPlace;
import java.util.List;
import java.util.Objects;

/**
 * A verb of the multi-runner was refused; nothing has changed but what was due. The message names the value, the bound and
 * the way out.
 */
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
    private final transient List<TaskPlace> started;

    /**
     * Makes an exception.
     *
     * @param reason why
     * @param message what was refused, why, and what would do
     */
    public MultiRunnerException(Reason reason, String message) {
        this(reason, message, List.of());
    }

    /**
     * Makes an exception.
     *
     * @param reason why
     * @param message what was refused, why, and what would do
     * @param started tasks that waited and were given to runners nevertheless
     */
    public MultiRunnerException(Reason reason, String message, List<TaskPlace> started) {
        super(message, reason == Reason.NOT_FEASIBLE || reason == Reason.QUEUE_FULL, null);
        this.reason = Objects.requireNonNull(reason, "reason");
        this.started = List.copyOf(started);
    }

    /**
     * Why.
     *
     * @return the reason
     */
    public final Reason reason() {
        return reason;
    }

    /**
     * Tasks that waited and were given to runners nevertheless: it was due, whatever became of the verb.
     *
     * @return in order; unmodifiable
     */
    @SuppressWarnings("NullAway") // of one that was serialized
    public final List<TaskPlace> started() {
        return started == null ? List.of() : started;
    }
}
