package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;

/** A time in place of the pool's. */
record IdleTimeout(Duration timeout) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        return new Target(0, "").withIdleTimeout(timeout);
    }
}
