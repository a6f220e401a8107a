package dev.paddock.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * How much of the time a pool's runners have been there, in the window under way. Immutable.
 *
 * <p>At each moment of the scheduled hours there is a number of runners that should be there: as many as the pool's
 * policy wants, within {@code maxRunners} and {@code maxRunnersTotal}. Those of them that are {@code IDLE} or
 * {@code BUSY} are there, the others are missing. If all are missing, the time is outage; if a part is, that part of
 * the time is.
 *
 * <p>Not missing is what nobody could expect: a runner that has been wanted for less than the provider's
 * {@code startupDeadline}, and for as long the successor of one that ended after its job, was not to be used again, or
 * was retired. A pool that wants no runner lacks none, so one that scales to zero is available. While a pool is paused
 * and while a fleet drains or closes nothing is wanted of it. A runner whose health is {@code UNKNOWN} is there as long
 * as its state says so: doubt is no outage. A source that is not connected, a provider that has no room, and a wait
 * after failures excuse nothing.
 *
 * <p>Nothing of it outlasts the coordinator: a restart begins a new window.
 *
 * @param goal the pool's goal
 * @param since when the window began
 * @param scheduled how many hours of the schedule have passed in it
 * @param outage how much of them is outage
 * @param budget how much outage the whole window allows
 * @param missing how many runners are missing now, scheduled or not
 */
public record Availability(
        AvailabilityGoal goal, Instant since, Duration scheduled, Duration outage, Duration budget, int missing) {
    /** Checks for nulls. */
    public Availability {
        Objects.requireNonNull(goal, "goal");
        Objects.requireNonNull(since, "since");
        Objects.requireNonNull(scheduled, "scheduled");
        Objects.requireNonNull(outage, "outage");
        Objects.requireNonNull(budget, "budget");
    }

    /**
     * The share of the scheduled hours without outage.
     *
     * @return from 0 to 100; 100 before the first scheduled hour
     */
    public double percent() {
        return scheduled.isZero() ? 100 : 100.0 * scheduled.minus(outage).toNanos() / scheduled.toNanos();
    }

    /**
     * Whether there was more outage than the window allows.
     *
     * @return true once the budget is exceeded, until the window ends
     */
    public boolean isSpent() {
        return outage.compareTo(budget) > 0;
    }

    /**
     * How much more outage the window allows.
     *
     * @return negative if the budget is exceeded
     */
    public Duration budgetLeft() {
        return budget.minus(outage);
    }
}
