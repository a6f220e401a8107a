package dev.paddock.internal.engine;

import dev.paddock.scaling.PoolHistory.RunnerTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Adds up how long a pool's runners exist, by quarters of an hour of the last 25 hours. */
final class RunnerClock {
    private static final int QUARTERS = 100;
    private static final long LENGTH = RunnerTime.LENGTH.toMillis();

    private final RecentLog<RunnerTime> closed = new RecentLog<>(QUARTERS - 1);
    private int runners;
    private long last = Long.MIN_VALUE;
    private long quarter;
    private long sum;

    /** From now on there are so many. */
    void runners(int count, Instant now) {
        until(now);
        runners = count;
    }

    List<RunnerTime> times(Instant now) {
        until(now);
        return sum == 0 ? closed.recent() : closed.recentAnd(open());
    }

    private RunnerTime open() {
        return new RunnerTime(Instant.ofEpochMilli(quarter), Duration.ofMillis(sum));
    }

    private void until(Instant now) {
        long millis = now.toEpochMilli();
        if (last == Long.MIN_VALUE) {
            last = millis;
            quarter = Math.floorDiv(millis, LENGTH) * LENGTH;
        }
        if (millis <= last) {
            return; // a clock that was put back adds nothing
        }
        last = Math.max(last, Math.max(quarter, millis - QUARTERS * LENGTH));
        while (millis >= quarter + LENGTH) {
            sum += runners * Math.max(0, quarter + LENGTH - last);
            if (sum > 0) {
                closed.add(open());
            }
            sum = 0;
            quarter = runners == 0 ? Math.floorDiv(millis, LENGTH) * LENGTH : quarter + LENGTH;
            last = Math.max(last, quarter);
        }
        sum += runners * (millis - last);
        last = millis;
    }
}
