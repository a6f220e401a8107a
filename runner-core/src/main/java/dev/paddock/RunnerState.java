package dev.paddock;

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
    /** Waiting before another attempt. */
    BACKOFF,
    /** Given up; the event says why. */
    FAILED,
    /** Found after a restart without the other half: a registration without a machine, or the reverse. */
    ORPHANED;

    /**
     * Tells whether a runner in this state may still take or is running a job, and so answers demand.
     *
     * @return true from {@link #PLANNED} to {@link #BUSY}, and while updating, reconnecting or backing off
     */
    public boolean servesDemand() {
        return switch (this) {
            case PLANNED, REGISTERING, PROVISIONING, STARTING, IDLE, BUSY, UPDATING, RECONNECTING, BACKOFF -> true;
            case DRAINING, DEREGISTERING, REMOVING, REMOVED, FAILED, ORPHANED -> false;
        };
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
