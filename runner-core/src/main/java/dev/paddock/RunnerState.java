package dev.paddock;

import dev.paddock.internal.engine.StateTable;
import java.util.Set;

/**
 * Where one runner stands in its life. Each state but {@link #REMOVED} has a timed exit; the table of states,
 * transitions and timeouts is in {@code docs/architecture.md}.
 */
public enum RunnerState {
    /** The intent is journalled; nothing has been asked of anyone. */
    PLANNED,
    /** A registration (a JIT configuration) is being made at the job source. */
    REGISTERING,
    /** The provider is creating the process or VM. */
    PROVISIONING,
    /** The process or VM exists; the runner has not connected yet. */
    STARTING,
    /** Connected and waiting for a job. */
    IDLE,
    /** Running a job. */
    BUSY,
    /** Its job is over and its process is expected to end by itself. */
    DRAINING,
    /** Its registration is being deleted; the point of no return of a removal. */
    DEREGISTERING,
    /** Its process or VM is being removed. */
    REMOVING,
    /** Gone. */
    REMOVED,
    /** Replacing itself by a newer version. */
    UPDATING,
    /** Lost its connection to GitHub and is reconnecting by itself. */
    RECONNECTING,
    /** Waiting before another attempt to deregister or remove it. */
    BACKOFF,
    /** Could not be made; its remains are cleaned up. */
    FAILED,
    /** Found again after a restart, or by a list; both its halves are being looked up. */
    ORPHANED;

    /**
     * Tells whether a runner in this state may still take or is running a job, and so answers demand.
     *
     * @return true from {@link #PLANNED} to {@link #BUSY}, while updating or reconnecting, and while in doubt
     */
    public boolean servesDemand() {
        return switch (this) {
            case PLANNED, REGISTERING, PROVISIONING, STARTING, IDLE, BUSY, UPDATING, RECONNECTING, ORPHANED -> true;
            case DRAINING, DEREGISTERING, REMOVING, REMOVED, FAILED, BACKOFF -> false;
        };
    }

    /**
     * The states that may follow this one.
     *
     * @return none for {@link #REMOVED}
     */
    public Set<RunnerState> next() {
        return StateTable.of(this).next();
    }

    /**
     * Tells whether something of the runner may exist outside, and so counts against a maximum.
     *
     * @return false only for {@link #REMOVED}
     */
    public boolean occupiesSlot() {
        return this != REMOVED;
    }
}
