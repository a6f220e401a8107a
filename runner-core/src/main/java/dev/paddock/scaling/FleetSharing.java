package dev.paddock.scaling;

import dev.paddock.RunnerProfile;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * How the pools of a fleet share its free slots when they want more than there are. A pure function over all pools: no
 * I/O, no clock, the same answer for the same arguments.
 *
 * <p>Asked for the slots under {@code maxRunnersTotal}, both before runners are created, where each pool claims what it
 * lacks, and before capacity is advertised, where each claims what it could use. Of that, each pool without a runner is
 * given a slot before, while there are enough, so that its jobs are seen at all. While none is free and one pool would
 * be given two slots if there were two, the largest other pool advertises one runner less than it has, so that the slot
 * of its next job that ends passes on. Runners that exist are never taken away.
 */
@FunctionalInterface
public interface FleetSharing {
    /**
     * What one pool would like.
     *
     * @param view the pool
     * @param profile what each of its runners needs
     * @param priority the pool's setting
     * @param wants how many slots it can use, at least 0
     * @param pressing whether there are jobs for them; false if it merely could take jobs
     */
    record Claim(PoolView view, RunnerProfile profile, int priority, int wants, boolean pressing) {
        /** Checks for nulls. */
        public Claim {
            Objects.requireNonNull(view, "view");
            Objects.requireNonNull(profile, "profile");
        }
    }

    /**
     * Shares.
     *
     * @param free how many slots there are
     * @param claims one for each pool, always in the same order
     * @param now the fleet's time
     * @return how many each gets, in the order of the claims: from 0 to what it wants, at most {@code free} in all
     */
    int[] share(int free, List<Claim> claims, Instant now);

    /**
     * Pools of higher priority first: slots go, one by one, to the claim that presses, of those to the highest
     * priority, of those to the pool that has been given the fewest. A pool of low priority may wait for ever.
     *
     * @return the sharing
     */
    static FleetSharing byPriority() {
        return new DominantShare(Duration.ZERO);
    }

    /**
     * Fair over time, by dominant share: slots go, one by one, to the claim that presses, of those to the highest
     * priority, of those to the pool with the smallest
     * {@code (used + occupied + given) * max over r of profile[r] / total[r]}. Here {@code r} are runners, cores,
     * memory, GPUs and GPU memory, {@code total[r]} is what all pools would have of it at their maximum, and
     * {@code used} is the mean number of the pool's runners in the past, where what is {@code halfLife} ago counts
     * half: {@code ln 2 / halfLife * sum of runnerTime * 0.5 ^ (age / halfLife)}, from
     * {@link PoolHistory#runnerTime()}.
     *
     * @param halfLife 15 minutes to 12 hours
     * @return the sharing
     */
    static FleetSharing fair(Duration halfLife) {
        if (Objects.requireNonNull(halfLife, "halfLife").compareTo(Duration.ofMinutes(15)) < 0
                || halfLife.compareTo(Duration.ofHours(12)) > 0) {
            throw new IllegalArgumentException("halfLife must be 15 minutes to 12 hours: " + halfLife);
        }
        return new DominantShare(halfLife);
    }
}
