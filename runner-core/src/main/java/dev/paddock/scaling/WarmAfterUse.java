package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;

/** More idle runners for a while after a job began. */
record WarmAfterUse(int idle, Duration keep) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        Target demand = OnDemand.PLAIN.target(pool, now);
        Duration left = pool.history()
                .lastJobStart()
                .map(start -> keep.minus(Duration.between(start, now)))
                .orElse(Duration.ZERO);
        return left.isNegative() || left.isZero()
                ? demand
                : demand.and(Warm.warm(idle, pool, "kept warm after use")).withRecheck(left);
    }
}
