package dev.paddock.capacity;

/** What keeps a runner's work on a GPU from that of others. */
public enum Isolation {
    /** The runner uses no GPU, or nothing keeps others off it: one runner can take the memory of another. */
    NONE,
    /** An MPS server refuses memory beyond the limit in the runner's environment; a fatal fault still takes all. */
    MPS_LIMIT,
    /** A MIG device: memory and faults are its own. */
    MIG,
    /** No other runner is on the GPU. */
    EXCLUSIVE
}
