package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Keeps the connected runners for a while after the last launch. */
record Cooldown(Duration keep) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        List<Instant> launches = pool.history().launches();
        if (launches.isEmpty()) {
            return new Target(0, "");
        }
        Duration left = keep.minus(Duration.between(launches.get(launches.size() - 1), now));
        // Starting runners are not counted: they are not retired anyway, and a hedge is to remain a surplus one.
        return left.isNegative() || left.isZero()
                ? new Target(0, "")
                : new Target(pool.idle() + pool.busy(), "cooling down").withRecheck(left);
    }
}
