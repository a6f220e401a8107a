package dev.paddock.scaling;

import dev.paddock.spi.JobStatistics;
import java.util.Objects;

/**
 * A pool at one moment, as a policy sees it.
 *
 * @param pool the pool's name
 * @param minIdle the pool's setting
 * @param maxRunners the pool's setting
 * @param statistics the source's last counters; if they say that none is assigned, the jobs announced within the last
 *     two minutes and not started yet
 * @param starting runners planned, being made or connecting
 * @param idle runners that wait for a job
 * @param busy runners that run a job
 * @param leaving runners that are ending or being removed
 */
public record PoolView(
        String pool,
        int minIdle,
        int maxRunners,
        JobStatistics statistics,
        int starting,
        int idle,
        int busy,
        int leaving) {
    /** Checks for nulls. */
    public PoolView {
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(statistics, "statistics");
    }

    /**
     * Runners that answer demand.
     *
     * @return starting + idle + busy
     */
    public int serving() {
        return starting + idle + busy;
    }
}
