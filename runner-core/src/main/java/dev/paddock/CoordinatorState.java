package dev.paddock;

/** The life of a coordinator. */
public enum CoordinatorState {
    /** Running: jobs are listened for and runners follow them. */
    RUNNING,
    /** No new jobs are taken; running ones are let finish. */
    DRAINING,
    /** Removing what is left and letting go of the sources and providers. */
    CLOSING,
    /** Ended in order. */
    STOPPED,
    /** Ended because no source can work; see the exception of {@link RunnerCoordinator#awaitTermination()}. */
    FAILED
}
