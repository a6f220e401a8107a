package dev.paddock.github;

import dev.paddock.github.rest.RunProgress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a workflow run is watched: how often GitHub is asked, for how long, and who hears of what changed. For
 * {@link GitHubRepository#watch}. Immutable.
 */
public final class RunWatch {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);
    /** GitHub ends a run after 35 days (docs: usage limits of Actions). */
    private static final Duration LONGEST_RUN = Duration.ofDays(35);

    private final Duration interval;
    private final Duration deadline;
    private final Consumer<RunProgress> progress;

    private RunWatch(Duration interval, Duration deadline, Consumer<RunProgress> progress) {
        this.interval = interval;
        this.deadline = deadline;
        this.progress = progress;
    }

    /**
     * Asks at an interval, for up to a day, and tells nobody until it is over. A look is two calls; what has not changed
     * does not count against the rate limit.
     *
     * @param interval from the end of a look to the next, 1 second to 1 hour
     * @return to be refined by the {@code with…} methods
     * @throws IllegalArgumentException if the interval is out of its bounds
     */
    public static RunWatch every(Duration interval) {
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "a run is looked at every " + SHORTEST + " to " + LONGEST + ", not every " + interval);
        }
        return new RunWatch(interval, Duration.ofDays(1), change -> {});
    }

    /**
     * A copy that gives up after a while. The run goes on. Default a day.
     *
     * @param value positive, 35 days at most, after which GitHub itself ends a run
     * @return the copy
     * @throws IllegalArgumentException if it is out of its bounds
     */
    public RunWatch withDeadline(Duration value) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST_RUN) > 0) {
            throw new IllegalArgumentException(
                    "the deadline of a watch must be positive and at most " + LONGEST_RUN + ": " + value);
        }
        return new RunWatch(interval, value, progress);
    }

    /**
     * A copy that tells what changed. Called for one change after the other, on {@code Scheduler.effects()}; what it
     * throws is logged and ends nothing. Default nobody is told.
     *
     * @param hearer is told; takes the place of the one before
     * @return the copy
     */
    public RunWatch withProgress(Consumer<RunProgress> hearer) {
        return new RunWatch(interval, deadline, Objects.requireNonNull(hearer, "hearer"));
    }

    /**
     * How long from one look to the next.
     *
     * @return 1 second to 1 hour
     */
    public Duration interval() {
        return interval;
    }

    /**
     * How long the watch lasts at most.
     *
     * @return positive
     */
    public Duration deadline() {
        return deadline;
    }

    Consumer<RunProgress> progress() {
        return progress;
    }

    @Override
    public String toString() {
        return "RunWatch[every " + interval + ", deadline " + deadline + "]";
    }
}
