package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Takes launches that are older than nearly all others ever were for nothing. */
record LaunchCredit() implements ScalingPolicy {
    /** With fewer known, nobody can tell what is late. */
    static final int ENOUGH = 20;

    @Override
    public Target target(PoolView pool, Instant now) {
        PoolHistory history = pool.history();
        Target nothing = new Target(0, "");
        if (history.starting().isEmpty() || history.timesToReady().size() < ENOUGH) {
            return nothing;
        }
        Duration usual = p99(history.timesToReady());
        int late = 0;
        for (Instant planned : history.starting()) {
            Duration left = usual.minus(Duration.between(planned, now));
            if (!left.isNegative()) {
                Target next = nothing.withRecheck(left.plusMillis(1));
                return late == 0 ? next : credit(next, late, usual);
            }
            late++;
        }
        return credit(nothing, late, usual);
    }

    private static Target credit(Target nothing, int late, Duration usual) {
        String why = late + " starting for longer than " + usual.toSeconds() + " s";
        return new Target(0, why).withLate(late).withRecheck(nothing.recheck());
    }

    /** By nearest rank. */
    static Duration p99(List<Duration> times) {
        List<Duration> sorted = times.stream().sorted().toList();
        return sorted.get((sorted.size() * 99 + 99) / 100 - 1);
    }
}
