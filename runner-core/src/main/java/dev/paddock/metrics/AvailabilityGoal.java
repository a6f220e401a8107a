package dev.paddock.metrics;

import dev.paddock.scaling.WeeklySchedule;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How much of the time a pool's runners are to be there. Immutable.
 *
 * <pre>{@code
 * RunnerPool.builder("gpu", jobs, machines)
 *         .minIdle(2)
 *         .availability(AvailabilityGoal.percent(99.5)
 *                 .withHours(WeeklySchedule.weekdays(LocalTime.of(8, 0), LocalTime.of(18, 0), zone)))
 * }</pre>
 *
 * <p>What is left to 100 percent of a window's scheduled hours is its error budget: with 220 scheduled hours and 99.5
 * percent it is 66 minutes. {@link Availability} says what counts against it.
 *
 * @param percent the target, from 0 to 100
 * @param hours the hours that count; empty for all
 * @param window how long a budget lasts, at least an hour; the first window begins with the fleet's start, each other
 *     with the end of the one before
 */
public record AvailabilityGoal(double percent, Optional<WeeklySchedule> hours, Duration window) {
    private static final Duration SHORTEST = Duration.ofHours(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException naming the value and its bound
     */
    public AvailabilityGoal {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("an availability must be from 0 to 100 percent: " + percent);
        }
        Objects.requireNonNull(hours, "hours");
        if (Objects.requireNonNull(window, "window").compareTo(SHORTEST) < 0 || window.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("an availability's window must be from 1 hour to 366 days: " + window);
        }
    }

    /**
     * A target for all hours, in windows of 30 days.
     *
     * @param percent from 0 to 100; 99.5 is the default of a pool
     * @return the goal
     */
    public static AvailabilityGoal percent(double percent) {
        return new AvailabilityGoal(percent, Optional.empty(), Duration.ofDays(30));
    }

    /**
     * This goal for some hours only.
     *
     * @param hours what is outside does not count
     * @return a copy
     */
    public AvailabilityGoal withHours(WeeklySchedule hours) {
        return new AvailabilityGoal(percent, Optional.of(hours), window);
    }

    /**
     * This goal with another window.
     *
     * @param window from 1 hour to 366 days
     * @return a copy
     */
    public AvailabilityGoal withWindow(Duration window) {
        return new AvailabilityGoal(percent, hours, window);
    }
}
