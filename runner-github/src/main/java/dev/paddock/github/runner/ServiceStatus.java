package dev.paddock.github.runner;

import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the service manager of a host says of a service. Immutable.
 *
 * @param name of the service
 * @param state what it does
 * @param detail the manager's own words, such as {@code active/running, success}
 * @param exitStatus the exit code of its last process that ended; empty if none has, or it is not told
 * @param restarts how often the manager has restarted it by itself; empty if that is not told
 * @param user whom it runs as; empty if that is not told
 * @param pid of its process; empty if there is none
 * @param logHint a command that shows its log
 */
public record ServiceStatus(
        String name,
        State state,
        String detail,
        OptionalInt exitStatus,
        OptionalInt restarts,
        String user,
        OptionalLong pid,
        String logHint) {

    /** What a service does. */
    public enum State {
        /** There is no such service. */
        NOT_INSTALLED,
        /** It is there and does not run. */
        STOPPED,
        /** It is on its way up or down. */
        CHANGING,
        /** It runs. */
        RUNNING,
        /** It has ended badly, or could not be started. */
        FAILED
    }

    /** Checks for nulls. */
    public ServiceStatus {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(detail, "detail");
        Objects.requireNonNull(exitStatus, "exitStatus");
        Objects.requireNonNull(restarts, "restarts");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(pid, "pid");
        Objects.requireNonNull(logHint, "logHint");
    }

    /** {@return whether the manager knows the service} */
    public boolean isInstalled() {
        return state != State.NOT_INSTALLED;
    }

    /** {@return whether it runs} */
    public boolean isRunning() {
        return state == State.RUNNING;
    }

    /** {@return whether it has failed} */
    public boolean isFailed() {
        return state == State.FAILED;
    }

    /** {@return one line for a person, which ends with where its log is unless all is well} */
    @Override
    public String toString() {
        var text =
                new StringBuilder(name).append(": ").append(state).append(" (").append(detail);
        pid.ifPresent(id -> text.append(", pid ").append(id));
        exitStatus.ifPresent(code -> text.append(", exit ").append(code));
        restarts.ifPresent(count -> text.append(", restarts ").append(count));
        if (!user.isEmpty()) {
            text.append(", as ").append(user);
        }
        text.append(')');
        return isInstalled() && !isRunning()
                ? text.append("; log: ").append(logHint).toString()
                : text.toString();
    }
}
