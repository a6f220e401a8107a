package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** More idle runners while a window is open. */
record Warm(int idle, List<WeeklySchedule> windows) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        boolean open = windows.isEmpty();
        Instant next = Instant.MAX;
        for (WeeklySchedule window : windows) {
            open |= window.isOpen(now);
            Instant change = window.nextChange(now);
            next = change.isBefore(next) ? change : next;
        }
        Target demand = OnDemand.PLAIN.target(pool, now);
        Target target = open ? demand.and(warm(idle, pool, "kept warm")) : demand;
        return next.equals(Instant.MAX) ? target : target.withRecheck(Duration.between(now, next));
    }

    static Target warm(int idle, PoolView pool, String why) {
        return new Target(
                OnDemand.number((long) idle + pool.statistics().assigned()),
                idle <= pool.minIdle() ? "" : idle + " " + why);
    }
}
