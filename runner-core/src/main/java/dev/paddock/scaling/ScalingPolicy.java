package dev.paddock.scaling;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;

/**
 * How many runners a pool should have. A pure function: no I/O, no clock, the same answer for the same arguments.
 *
 * <p>Policies are put together with {@link #and}; the order does not matter. Some are wishes, and say how many runners
 * there should be: {@link #onDemand}, {@link #warm}, {@link #warmAfterUse}, {@link #lazy}, {@link #balanced},
 * {@link #aggressive}, {@link #queueThreshold}. The largest wish counts, and each but the last is at least that of {@code onDemand}. The others wish for
 * nothing, so that alone they make no runner; they bound or time what others wish for:
 *
 * <pre>{@code
 * ScalingPolicy.onDemand()
 *         .and(ScalingPolicy.warm(4, WeeklySchedule.weekdays(LocalTime.of(9, 0), LocalTime.of(18, 0), berlin)))
 *         .and(ScalingPolicy.createRate(30, Duration.ofMinutes(1), 10))
 *         .and(ScalingPolicy.launchCredit());
 * }</pre>
 *
 * <p>In the formulas, {@code assigned} is {@link PoolView#statistics()}'s, {@code minIdle}, {@code minTotal} and the
 * counts of runners are the view's. The coordinator bounds what comes of them ({@link Target#wanted}) by the pool's
 * and the fleet's maximum and by the provider's room, creates what is missing and retires idle runners that are too
 * many for longer than the idle timeout. A policy never removes a busy runner. Thread-safe if the lambda is; the
 * factories' are. {@code docs/scaling.md} shows what each does to waits and cost.
 */
@FunctionalInterface
public interface ScalingPolicy {
    /**
     * Decides.
     *
     * @param pool what is and what is asked for
     * @param now the fleet's time
     * @return how many runners should exist, and why
     */
    Target target(PoolView pool, Instant now);

    /**
     * Both policies in one, by {@link Target#and}: the larger wish, the tighter bounds.
     *
     * @param other the other policy
     * @return the same whichever of the two is asked
     */
    default ScalingPolicy and(ScalingPolicy other) {
        return new Both(this, Objects.requireNonNull(other, "other"));
    }

    // ---- wishes --------------------------------------------------------------------------------------------

    /**
     * One runner for each assigned job, {@code minIdle} more that wait, and {@code minTotal} in any case:
     * {@code runners = max(minTotal, minIdle + assigned)}.
     *
     * @return the default policy
     */
    static ScalingPolicy onDemand() {
        return OnDemand.PLAIN;
    }

    /**
     * Keeps runners warm while a window is open: {@code runners = max(onDemand, idle + assigned)} then, else
     * {@code onDemand}. Of several such policies whose windows overlap the largest counts; nothing is added up.
     *
     * @param idle how many wait beside the assigned jobs, at least 0
     * @param windows when; none is always
     * @return the policy
     */
    static ScalingPolicy warm(int idle, WeeklySchedule... windows) {
        return new Warm(notNegative("idle", idle), List.of(windows));
    }

    /**
     * Keeps runners warm for a while after a runner took a job, since jobs come in bunches:
     * {@code runners = max(onDemand, idle + assigned)} if {@code now - lastJobStart < keep}, else {@code onDemand}.
     *
     * @param idle how many wait beside the assigned jobs, at least 0
     * @param keep how long, positive
     * @return the policy
     */
    static ScalingPolicy warmAfterUse(int idle, Duration keep) {
        return new WarmAfterUse(notNegative("idle", idle), positive("keep", keep));
    }

    /**
     * As few as possible: {@code onDemand} with an idle timeout of 1 minute, in which a job that is on its way still
     * finds the runner that was made for it.
     *
     * @return the policy
     */
    static ScalingPolicy lazy() {
        return onDemand().and(idleTimeout(Duration.ofMinutes(1)));
    }

    /**
     * A quarter more than is assigned: {@code runners = max(minTotal, minIdle + assigned + ceil(assigned / 4))}, an idle
     * timeout of 5 minutes and a {@link #cooldown} of 2.
     *
     * @return the policy
     */
    static ScalingPolicy balanced() {
        return new OnDemand(25).and(idleTimeout(Duration.ofMinutes(5))).and(cooldown(Duration.ofMinutes(2)));
    }

    /**
     * Half as many again as are assigned: {@code runners = max(minTotal, minIdle + assigned + ceil(assigned / 2))}, an
     * idle timeout of 15 minutes and a {@link #cooldown} of 10.
     *
     * @return the policy
     */
    static ScalingPolicy aggressive() {
        return new OnDemand(50).and(idleTimeout(Duration.ofMinutes(15))).and(cooldown(Duration.ofMinutes(10)));
    }

    /**
     * Grows once so many jobs wait; below that, those that wait are left to the runners there are, and to one where there
     * is none, so that no job waits for ever. With {@code waiting = max(0, assigned - busy)} and
     * {@code needed = max(0, waiting - idle - starting)}: {@code runners = max(minTotal, minIdle + assigned)} if
     * {@code needed = 0}, if {@code waiting >= scaleUpAt}, if no runner serves, or within a minute of the last launch, so
     * that a rise that a rate makes in steps is not cut; else {@code max(minTotal, serving)}. While
     * {@code waiting > scaleInAt} also {@code runners >= idle + busy}. With {@code scaleUpAt = 1} it grows as
     * {@code onDemand} does. Its wish may be less than {@code onDemand}'s: together with another wish it has no effect.
     *
     * @param scaleUpAt how many must wait, at least 1
     * @param scaleInAt at how many that wait runners may go, at least 0
     * @return the policy
     */
    static ScalingPolicy queueThreshold(int scaleUpAt, int scaleInAt) {
        return new QueueThreshold(atLeastOne("scaleUpAt", scaleUpAt), notNegative("scaleInAt", scaleInAt));
    }

    // ---- when idle runners go --------------------------------------------------------------------------------

    /**
     * Retires no runner for a while after the last launch, so that a fleet that has just grown does not shrink at once.
     * Growing is never delayed: {@code runners >= idle + busy} if {@code now - lastLaunch < keep}.
     *
     * @param keep how long, positive
     * @return a policy without a wish of its own
     */
    static ScalingPolicy cooldown(Duration keep) {
        return new Cooldown(positive("keep", keep));
    }

    /**
     * Another idle timeout than the pool's. Of several the longest counts.
     *
     * @param timeout how long a runner that is not needed stays idle, not negative
     * @return a policy without a wish of its own
     */
    static ScalingPolicy idleTimeout(Duration timeout) {
        if (Objects.requireNonNull(timeout, "timeout").isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative: " + timeout);
        }
        return new IdleTimeout(timeout);
    }

    /**
     * Holds a runner that is not needed until it has cost as much as making the next one, waiting included, would:
     * {@code idleTimeout * price = boot * price + boot * waitPrice}, so
     * {@code idleTimeout = boot * (1 + waitPrice / price)}, at most a day, where {@code boot} is the mean of the
     * view's {@link PoolHistory#timesToReady()}. Whatever comes, this costs at most twice as much as knowing it
     * (ski rental). Until a runner has become ready the pool's idle timeout holds; without a price, or if it is 0, it is
     * {@code boot}.
     *
     * @param waitPricePerHour what an hour of a waiting job costs, in the currency of the prices, at least 0
     * @return a policy without a wish of its own
     */
    static ScalingPolicy breakEven(BigDecimal waitPricePerHour) {
        return new BreakEven(notNegative("waitPricePerHour", waitPricePerHour));
    }

    // ---- bounds ----------------------------------------------------------------------------------------------

    /**
     * Limits how fast runners are made, by a token bucket: it holds at most {@code burst} tokens, is full at first,
     * gains {@code launches} tokens in each {@code per}, and each launch takes one.
     * {@code allowed = serving + floor(tokens)}: what the rate forbids is not advertised either. In any time
     * {@code t} there are at most {@code burst + launches * t / per} launches of one coordinator.
     *
     * @param launches at least 1
     * @param per positive, at most a day, and at least 1 ms for each launch
     * @param burst 1 to {@value PoolHistory#LAUNCHES}
     * @return a policy without a wish of its own
     */
    static ScalingPolicy createRate(int launches, Duration per, int burst) {
        positive("per", per);
        if (launches < 1 || per.compareTo(Duration.ofDays(1)) > 0 || per.toMillis() < launches) {
            throw new IllegalArgumentException("a create rate must be at least 1 launch a day and at most 1 a"
                    + " millisecond: " + launches + " in " + per);
        }
        if (burst < 1 || burst > PoolHistory.LAUNCHES) {
            throw new IllegalArgumentException("burst must be 1 to " + PoolHistory.LAUNCHES + ": " + burst);
        }
        return new CreateRate(launches, per, burst);
    }

    /**
     * Starts another runner beside one that is overdue. A launch that is older than the 99th percentile (by nearest
     * rank) of the pool's last {@value PoolHistory#TIMES_TO_READY} times to ready counts as nothing:
     * {@code late = |{launch : now - planned > p99}|}, and {@link Target#wanted} asks for one more for each that is
     * needed, so that there are never more than twice the launches that are. Once one of the two is connected the
     * other is cancelled, if it is not connected by then. With fewer than 20 times known nothing is late.
     *
     * @return a policy without a wish of its own
     */
    static ScalingPolicy launchCredit() {
        return new LaunchCredit();
    }

    /**
     * Makes no more runners for one repository than this: jobs above it wait for those before them.
     * {@code limit = max(within, assigned - excess)}, where {@code excess} and {@code within} add up, over the
     * repositories, the known jobs above and within {@code most}; there is no limit while {@code excess = 0}.
     *
     * <p>Only jobs that messages have told of can be counted by repository; those that the counters alone tell of are
     * nobody's and not capped. GitHub gives any job to any idle runner of a pool, so the cap bounds the runners made
     * for a repository, and not which jobs take them; while it binds, no runner is kept idle, for the repository's jobs
     * would take it.
     *
     * @param most at least 1
     * @return a policy without a wish of its own
     */
    static ScalingPolicy repositoryCap(int most) {
        return new JobCap(atLeastOne("most", most), false);
    }

    /**
     * As {@link #repositoryCap}, by the owner of the repository.
     *
     * @param most at least 1
     * @return a policy without a wish of its own
     */
    static ScalingPolicy ownerCap(int most) {
        return new JobCap(atLeastOne("most", most), true);
    }

    /**
     * Makes no runner that a day's money does not pay for:
     * {@code allowed = serving + max(0, floor((perDay - spent) / price) - occupied)}. {@code spent} is the price of the
     * runners' time since midnight; each runner there is, and each that is made, is taken to live for an hour more, so
     * that what is committed counts. Nothing is removed; what may not be made is not advertised. If the price is
     * unknown nothing is made. What an earlier coordinator spent is not known.
     *
     * @param perDay in the currency of the {@link dev.paddock.spi.PriceCatalog}, at least 0
     * @param zone where the day begins
     * @return a policy without a wish of its own
     */
    static ScalingPolicy hardBudget(BigDecimal perDay, ZoneId zone) {
        return new Budget(notNegative("perDay", perDay), Objects.requireNonNull(zone, "zone"), true);
    }

    /**
     * Tells once more than this was spent since midnight, by {@link Target#warning()}, and forbids nothing.
     *
     * @param perDay in the currency of the {@link dev.paddock.spi.PriceCatalog}, at least 0
     * @param zone where the day begins
     * @return a policy without a wish of its own
     */
    static ScalingPolicy softBudget(BigDecimal perDay, ZoneId zone) {
        return new Budget(notNegative("perDay", perDay), Objects.requireNonNull(zone, "zone"), false);
    }

    private static int notNegative(String what, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " must be at least 0: " + value);
        }
        return value;
    }

    private static int atLeastOne(String what, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be at least 1: " + value);
        }
        return value;
    }

    private static BigDecimal notNegative(String what, BigDecimal value) {
        if (Objects.requireNonNull(value, what).signum() < 0) {
            throw new IllegalArgumentException(what + " must be at least 0: " + value);
        }
        return value;
    }

    private static Duration positive(String what, Duration value) {
        if (Objects.requireNonNull(value, what).isNegative() || value.isZero()) {
            throw new IllegalArgumentException(what + " must be positive: " + value);
        }
        return value;
    }
}
