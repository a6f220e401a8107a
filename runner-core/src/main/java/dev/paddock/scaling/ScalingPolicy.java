package dev.paddock.scaling;

import java.time.Instant;

/**
 * How many runners a pool should have. A pure function: no I/O, no clock, the same answer for the same arguments.
 *
 * <p>The coordinator bounds the answer by the pool's and the fleet's maximum and by the provider's room, creates what
 * is missing and retires idle runners that are too many for longer than the pool's idle timeout. A policy never
 * removes a busy runner. Thread-safe if the lambda is; the factories' are.
 */
@FunctionalInterface
public interface ScalingPolicy {
    /**
     * Decides.
     *
     * @param pool what is and what is asked for
     * @param now the fleet's time
     * @return how many runners should exist, and why
     */
    Target target(PoolView pool, Instant now);

    /**
     * One runner for each assigned job, and {@link PoolView#minIdle()} more that wait: {@code minIdle + assigned}.
     *
     * @return the default policy
     */
    static ScalingPolicy onDemand() {
        return (pool, now) -> {
            int assigned = pool.statistics().assigned();
            return new Target(
                    (int) Math.min(Integer.MAX_VALUE, (long) pool.minIdle() + assigned),
                    pool.minIdle() == 0
                            ? assigned + " assigned"
                            : pool.minIdle() + " idle + " + assigned + " assigned");
        };
    }
}
