package dev.paddock.scaling;

import dev.paddock.spi.JobStatistics;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/**
 * A pool at one moment, as a policy sees it.
 *
 * @param pool the pool's name
 * @param minIdle the pool's setting
 * @param minTotal the pool's setting
 * @param maxRunners the pool's setting
 * @param statistics the source's last counters, with {@code assigned} as it is believed: without the
 *     {@code phantom} jobs, and at least the jobs that messages prove: those announced within the last two minutes and
 *     not started yet, and those that our runners run
 * @param phantom assigned jobs that are not believed, because runners have idled beside them in vain
 * @param starting runners planned, being made or connecting
 * @param idle runners that wait for a job
 * @param busy runners that run a job
 * @param leaving runners that are ending or being removed
 * @param pricePerHour what a runner of this pool costs an hour, if known
 * @param history what the pool has seen of late
 */
public record PoolView(
        String pool,
        int minIdle,
        int minTotal,
        int maxRunners,
        JobStatistics statistics,
        int phantom,
        int starting,
        int idle,
        int busy,
        int leaving,
        Optional<BigDecimal> pricePerHour,
        PoolHistory history) {
    /** Checks for nulls. */
    public PoolView {
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(statistics, "statistics");
        Objects.requireNonNull(pricePerHour, "pricePerHour");
        Objects.requireNonNull(history, "history");
    }

    /**
     * A pool without a minimum in total, phantom jobs, price and history.
     *
     * @param pool the pool's name
     * @param minIdle the pool's setting
     * @param maxRunners the pool's setting
     * @param statistics the source's counters
     * @param starting runners planned, being made or connecting
     * @param idle runners that wait for a job
     * @param busy runners that run a job
     * @param leaving runners that are ending or being removed
     */
    public PoolView(
            String pool,
            int minIdle,
            int maxRunners,
            JobStatistics statistics,
            int starting,
            int idle,
            int busy,
            int leaving) {
        this(
                pool,
                minIdle,
                0,
                maxRunners,
                statistics,
                0,
                starting,
                idle,
                busy,
                leaving,
                Optional.empty(),
                PoolHistory.NONE);
    }

    /**
     * Runners that answer demand.
     *
     * @return starting + idle + busy
     */
    public int serving() {
        return starting + idle + busy;
    }

    /**
     * Runners of which something may exist outside.
     *
     * @return starting + idle + busy + leaving
     */
    public int occupied() {
        return serving() + leaving;
    }
}
