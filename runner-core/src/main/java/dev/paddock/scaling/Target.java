package dev.paddock.scaling;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A policy's answer: a wish, and bounds on what may be done for it.
 *
 * @param runners how many should exist, at least 0; the coordinator applies the pool's and the fleet's bounds
 * @param late how many of the starting runners count as nothing, because they are overdue
 * @param limit the most that should exist, whoever wishes for more; no bound on the capacity that is advertised
 * @param allowed the most that may exist for now: above it nothing is created and no capacity is advertised
 * @param idleTimeout how long a runner that is not needed stays idle; empty for the pool's setting
 * @param recheck when the answer may be another one though nothing has happened; zero if never
 * @param warning what a person should know; empty if nothing. A decision is published when it changes
 * @param reason why, in a few words
 */
public record Target(
        int runners,
        int late,
        int limit,
        int allowed,
        Optional<Duration> idleTimeout,
        Duration recheck,
        String warning,
        String reason) {
    /** No bound. */
    public static final int UNBOUNDED = Integer.MAX_VALUE;

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a number or duration is negative
     */
    public Target {
        notNegative("target", "runners", runners);
        notNegative("target's late", "launches", late);
        notNegative("target's limit", "runners", limit);
        notNegative("target's allowance", "runners", allowed);
        if (idleTimeout.isPresent() && idleTimeout.get().isNegative()) {
            throw new IllegalArgumentException("a target's idleTimeout must not be negative: " + idleTimeout.get());
        }
        if (recheck.isNegative()) {
            throw new IllegalArgumentException("a target's recheck must not be negative: " + recheck);
        }
        Objects.requireNonNull(warning, "warning");
        Objects.requireNonNull(reason, "reason");
    }

    /**
     * A wish without bounds.
     *
     * @param runners how many should exist, at least 0
     * @param reason why, in a few words
     */
    public Target(int runners, String reason) {
        this(runners, 0, UNBOUNDED, UNBOUNDED, Optional.empty(), Duration.ZERO, "", reason);
    }

    private static void notNegative(String what, String unit, int value) {
        if (value < 0) {
            throw new IllegalArgumentException("a " + what + " must be at least 0 " + unit + ": " + value);
        }
    }

    /**
     * Copies with other late launches.
     *
     * @param late at least 0
     * @return the copy
     */
    public Target withLate(int late) {
        return new Target(runners, late, limit, allowed, idleTimeout, recheck, warning, reason);
    }

    /**
     * Copies with another limit.
     *
     * @param limit at least 0
     * @return the copy
     */
    public Target withLimit(int limit) {
        return new Target(runners, late, limit, allowed, idleTimeout, recheck, warning, reason);
    }

    /**
     * Copies with another allowance.
     *
     * @param allowed at least 0
     * @return the copy
     */
    public Target withAllowed(int allowed) {
        return new Target(runners, late, limit, allowed, idleTimeout, recheck, warning, reason);
    }

    /**
     * Copies with an idle timeout in place of the pool's.
     *
     * @param idleTimeout not negative
     * @return the copy
     */
    public Target withIdleTimeout(Duration idleTimeout) {
        return new Target(runners, late, limit, allowed, Optional.of(idleTimeout), recheck, warning, reason);
    }

    /**
     * Copies with a time after which the policy is asked again though nothing has happened.
     *
     * @param recheck not negative; zero for never
     * @return the copy
     */
    public Target withRecheck(Duration recheck) {
        return new Target(runners, late, limit, allowed, idleTimeout, recheck, warning, reason);
    }

    /**
     * Copies with a warning.
     *
     * @param warning what a person should know
     * @return the copy
     */
    public Target withWarning(String warning) {
        return new Target(runners, late, limit, allowed, idleTimeout, recheck, warning, reason);
    }

    /**
     * Both answers in one: the larger wish, the larger number of late launches, the smaller limit and allowance, the
     * longer idle timeout, the earlier recheck, all warnings and reasons.
     *
     * @param other the other answer
     * @return the same whichever of the two is asked, but for the order of words
     */
    public Target and(Target other) {
        return new Target(
                Math.max(runners, other.runners),
                Math.max(late, other.late),
                Math.min(limit, other.limit),
                Math.min(allowed, other.allowed),
                longer(idleTimeout, other.idleTimeout),
                earlier(recheck, other.recheck),
                joined(warning, other.warning),
                joined(reason, other.reason));
    }

    private static Optional<Duration> longer(Optional<Duration> one, Optional<Duration> two) {
        if (one.isEmpty() || two.isEmpty()) {
            return one.isEmpty() ? two : one;
        }
        return one.get().compareTo(two.get()) >= 0 ? one : two;
    }

    private static Duration earlier(Duration one, Duration two) {
        if (one.isZero() || two.isZero()) {
            return one.isZero() ? two : one;
        }
        return one.compareTo(two) <= 0 ? one : two;
    }

    private static String joined(String one, String two) {
        return one.isEmpty() || one.equals(two) ? two : two.isEmpty() ? one : one + "; " + two;
    }

    /**
     * How many runners this comes to in a pool: the wish, and one more for each late launch that is needed for it, but
     * at most the limit. In a formula: {@code min(limit, runners + min(late, max(0, runners - idle - busy)))}.
     *
     * @param pool the pool
     * @return at least 0; before the pool's and the fleet's bounds
     */
    public int wanted(PoolView pool) {
        long needed = Math.max(0L, (long) runners - pool.idle() - pool.busy());
        return (int) Math.min(limit, runners + Math.min(late, needed));
    }

    /**
     * How many more may be created in a pool now.
     *
     * @param pool the pool
     * @return {@code max(0, allowed - serving)}
     */
    public int allowance(PoolView pool) {
        return Math.max(0, allowed - pool.serving());
    }
}
