package dev.paddock.task;

/** What came of completing an assignment. */
public enum Completion {
    /** The runner held the task, and is free of it now. */
    COMPLETED,
    /** This very assignment was completed before; nothing was changed. */
    ALREADY,
    /**
     * The runner did not hold the task any more: it was lost, or the task ran too long. Nothing was changed. A lease
     * that was lost before a restart of the coordinator is {@link #ALREADY} or {@link #UNKNOWN} after it, for the
     * journal keeps who holds what, and not how it ended.
     */
    LEASE_LOST,
    /** Not an assignment of this fleet, or its runner has been gone for so long that it is forgotten. */
    UNKNOWN
}
