package dev.paddock.spi;

/** What came of deleting a registration. */
public enum Deregistration {
    /** It does not exist (any more): the runner can take no job, its machine may go. */
    GONE,
    /** The runner is running a job; nothing was changed. */
    BUSY,
    /** Nobody can say; ask again. Never a reason to remove a machine. */
    UNKNOWN
}
