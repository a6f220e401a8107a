package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A token bucket, worked out anew from the launches that the view remembers. */
record CreateRate(int launches, Duration per, int burst) implements ScalingPolicy {
    @Override
    public Target target(PoolView pool, Instant now) {
        long token = (per.toNanos() + launches - 1) / launches;
        long full = token * burst;
        List<Instant> past = pool.history().launches();
        // What is forgotten may have emptied it all but the oldest launch's token; more could let too many through.
        long filled = past.size() < PoolHistory.LAUNCHES ? full : token;
        Instant before = past.isEmpty() ? now : past.get(0);
        for (Instant launch : past) {
            filled = Math.min(full, filled + nanos(before, launch)) - token;
            before = launch;
        }
        filled = Math.min(full, filled + nanos(before, now));
        int tokens = (int) Math.max(0, filled / token);
        Target target =
                new Target(0, tokens == 0 ? "the create rate is used up" : "").withAllowed(pool.serving() + tokens);
        return tokens == burst ? target : target.withRecheck(Duration.ofNanos(token * (tokens + 1) - filled));
    }

    private static long nanos(Instant from, Instant to) {
        Duration between = Duration.between(from, to);
        return between.compareTo(Duration.ofDays(1)) > 0
                ? Duration.ofDays(1).toNanos()
                : Math.max(0, between.toNanos());
    }
}
