package dev.paddock.spi;

import java.time.Duration;
import java.util.Objects;

/**
 * A provider's bounds.
 *
 * @param concurrentCreations how many creations may be under way at once, at least 1
 * @param provisionDeadline when {@code provision} counts as lost, and the machine is looked up by name
 * @param startupDeadline how long after that a runner may take to connect
 * @param removeDeadline when {@code remove} counts as lost, and is repeated
 * @param finishDeadline how long a runner for one job may take to end by itself after the job, before its machine is
 *     removed; a process has its log to write, a VM only costs
 */
public record ProviderLimits(
        int concurrentCreations,
        Duration provisionDeadline,
        Duration startupDeadline,
        Duration removeDeadline,
        Duration finishDeadline) {
    private static final Duration FINISHING = Duration.ofMinutes(2);

    /**
     * Bounds with two minutes to end after a job.
     *
     * @param concurrentCreations how many creations may be under way at once, at least 1
     * @param provisionDeadline when {@code provision} counts as lost
     * @param startupDeadline how long after that a runner may take to connect
     * @param removeDeadline when {@code remove} counts as lost
     */
    public ProviderLimits(
            int concurrentCreations, Duration provisionDeadline, Duration startupDeadline, Duration removeDeadline) {
        this(concurrentCreations, provisionDeadline, startupDeadline, removeDeadline, FINISHING);
    }

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a bound is not positive
     */
    public ProviderLimits {
        if (concurrentCreations < 1) {
            throw new IllegalArgumentException("concurrentCreations must be at least 1: " + concurrentCreations);
        }
        positive("provisionDeadline", provisionDeadline);
        positive("startupDeadline", startupDeadline);
        positive("removeDeadline", removeDeadline);
        positive("finishDeadline", finishDeadline);
    }

    private static void positive(String what, Duration value) {
        if (Objects.requireNonNull(value, what).isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + " must be positive: " + value);
        }
    }
}
