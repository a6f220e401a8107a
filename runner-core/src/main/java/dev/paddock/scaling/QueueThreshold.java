package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Grows when so many jobs wait, and keeps idle runners while more than so many do. */
record QueueThreshold(int scaleUpAt, int scaleInAt) implements ScalingPolicy {
    /** A rise that is made in steps goes on for this long after each, though fewer wait by then. */
    static final Duration RISE = Duration.ofMinutes(1);

    @Override
    public Target target(PoolView pool, Instant now) {
        int assigned = pool.statistics().assigned();
        int waiting = Math.max(0, assigned - pool.busy());
        int needed = Math.max(0, waiting - pool.idle() - pool.starting());
        boolean grows = waiting >= scaleUpAt || pool.serving() == 0 || isRising(pool, now);
        long wish = (long) pool.minIdle() + assigned;
        String reason = assigned + " assigned";
        if (needed > 0 && !grows) {
            wish = pool.serving();
            reason = waiting + " waiting, less than " + scaleUpAt + ", for the " + wish + " there are";
        }
        int there = pool.idle() + pool.busy();
        if (waiting > scaleInAt && there > wish) {
            wish = there;
            reason += ", no less while more than " + scaleInAt + " wait";
        }
        if (pool.minTotal() > wish) {
            reason += ", at least " + pool.minTotal();
        }
        return new Target(OnDemand.number(Math.max(wish, pool.minTotal())), reason);
    }

    private static boolean isRising(PoolView pool, Instant now) {
        List<Instant> launches = pool.history().launches();
        return !launches.isEmpty()
                && Duration.between(launches.get(launches.size() - 1), now).compareTo(RISE) < 0;
    }
}
