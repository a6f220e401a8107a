package dev.paddock;

import dev.paddock.scaling.ScalingPolicy;
import java.time.Duration;
import java.util.Objects;

/**
 * What of a pool can change while its fleet runs; see {@link PoolControl#change}. Immutable.
 *
 * @param minIdle how many runners wait beyond the assigned jobs, at least 0
 * @param maxRunners the most runners the pool may have at once, at least 0
 * @param idleTimeout how long a runner that is not needed stays idle before it is removed, not negative
 * @param policy how many runners there should be
 * @param paused whether the pool takes no new jobs and makes no runners
 */
public record PoolSettings(int minIdle, int maxRunners, Duration idleTimeout, ScalingPolicy policy, boolean paused) {
    /**
     * Checks each value by itself.
     *
     * @throws IllegalArgumentException naming the value and its bound
     */
    public PoolSettings {
        if (minIdle < 0) {
            throw new IllegalArgumentException("minIdle must be at least 0: " + minIdle);
        }
        if (maxRunners < 0) {
            throw new IllegalArgumentException("maxRunners must be at least 0: " + maxRunners);
        }
        if (Objects.requireNonNull(idleTimeout, "idleTimeout").isNegative()) {
            throw new IllegalArgumentException("idleTimeout must not be negative: " + idleTimeout);
        }
        Objects.requireNonNull(policy, "policy");
    }

    /**
     * These settings with another {@link #minIdle()}.
     *
     * @param minIdle at least 0
     * @return a copy
     */
    public PoolSettings withMinIdle(int minIdle) {
        return new PoolSettings(minIdle, maxRunners, idleTimeout, policy, paused);
    }

    /**
     * These settings with another {@link #maxRunners()}.
     *
     * @param maxRunners at least 0
     * @return a copy
     */
    public PoolSettings withMaxRunners(int maxRunners) {
        return new PoolSettings(minIdle, maxRunners, idleTimeout, policy, paused);
    }

    /**
     * These settings with another {@link #idleTimeout()}.
     *
     * @param idleTimeout not negative
     * @return a copy
     */
    public PoolSettings withIdleTimeout(Duration idleTimeout) {
        return new PoolSettings(minIdle, maxRunners, idleTimeout, policy, paused);
    }

    /**
     * These settings with another {@link #policy()}.
     *
     * @param policy the policy
     * @return a copy
     */
    public PoolSettings withPolicy(ScalingPolicy policy) {
        return new PoolSettings(minIdle, maxRunners, idleTimeout, policy, paused);
    }

    /**
     * These settings, {@link #paused()} or not.
     *
     * @param paused whether the pool takes no new jobs
     * @return a copy
     */
    public PoolSettings withPaused(boolean paused) {
        return new PoolSettings(minIdle, maxRunners, idleTimeout, policy, paused);
    }
}
