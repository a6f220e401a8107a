package dev.paddock.scaling;

import java.time.Instant;

/** Two policies in one. */
record Both(ScalingPolicy one, ScalingPolicy two) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        return one.target(pool, now).and(two.target(pool, now));
    }
}
