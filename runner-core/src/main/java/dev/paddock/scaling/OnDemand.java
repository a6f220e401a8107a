package dev.paddock.scaling;

import java.time.Instant;

/** The assigned jobs, what is to idle beside them, and a share of them more; at least the pool's minimum in total. */
record OnDemand(int sparePercent) implements ScalingPolicy {
    static final OnDemand PLAIN = new OnDemand(0);

    @Override
    public Target target(PoolView pool, Instant now) {
        int assigned = pool.statistics().assigned();
        long spare = ((long) assigned * sparePercent + 99) / 100;
        var reason = new StringBuilder();
        if (pool.minIdle() > 0) {
            reason.append(pool.minIdle()).append(" idle + ");
        }
        reason.append(assigned).append(" assigned");
        if (spare > 0) {
            reason.append(" + ").append(spare).append(" spare");
        }
        long wish = pool.minIdle() + assigned + spare;
        if (pool.minTotal() > wish) {
            reason.append(", at least ").append(pool.minTotal());
        }
        return new Target(number(Math.max(wish, pool.minTotal())), reason.toString());
    }

    /** As an int, at most the largest. */
    static int number(long runners) {
        return (int) Math.min(Integer.MAX_VALUE, runners);
    }
}
