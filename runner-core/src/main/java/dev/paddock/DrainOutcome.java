package dev.paddock;

/** How a drain ended; see {@link RunnerCoordinator#drain()}. */
public enum DrainOutcome {
    /**
     * No runner is left, as far as the providers have shown, which each has at least once, or the journal knows. The fleet
     * goes on draining until it is resumed or closed.
     */
    EMPTY,
    /** The deadline has passed and runners are left, untouched. The fleet goes on draining. */
    DEADLINE,
    /** {@link RunnerCoordinator#resume()} undid it. */
    RESUMED,
    /** The fleet has ended with runners left, or had ended before. */
    CLOSED
}
