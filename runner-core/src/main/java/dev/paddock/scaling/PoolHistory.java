package dev.paddock.scaling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a pool has seen of late, bounded. All of it is of this coordinator's life; an earlier one's is not known.
 *
 * <p>The lists are unmodifiable and are not copied, because a view is made at each step of the fleet.
 *
 * @param starting when each runner that is still starting was planned, the oldest first, {@value #STARTING} at most;
 *     adopted ones are left out
 * @param launches when the last {@value #LAUNCHES} runners were planned, the oldest first
 * @param timesToReady how long the last {@value #TIMES_TO_READY} runners took from being planned to being connected, in
 *     the order they connected; those that never did are not in it
 * @param lastJobStart when a runner last took a job
 * @param runnerTime how long runners have existed, all added up, in each quarter of an hour of the last 25 hours, the
 *     oldest first; quarters without runners are left out
 * @param jobsByRepository jobs known one by one, announced or running, by repository as {@code owner/name}; in the
 *     order of the names
 */
public record PoolHistory(
        List<Instant> starting,
        List<Instant> launches,
        List<Duration> timesToReady,
        Optional<Instant> lastJobStart,
        List<RunnerTime> runnerTime,
        Map<String, Integer> jobsByRepository) {
    /** Of how many runners that are starting it is told when they were planned. */
    public static final int STARTING = 1024;
    /** How many launches are remembered. */
    public static final int LAUNCHES = 1024;
    /** How many times to ready are remembered. */
    public static final int TIMES_TO_READY = 256;
    /** Nothing has been seen. */
    public static final PoolHistory NONE =
            new PoolHistory(List.of(), List.of(), List.of(), Optional.empty(), List.of(), Map.of());

    /**
     * A quarter of an hour.
     *
     * @param from its beginning
     * @param time how long runners existed in it, all added up
     */
    public record RunnerTime(Instant from, Duration time) {
        /** How long a quarter of an hour is. */
        public static final Duration LENGTH = Duration.ofMinutes(15);

        /** Checks for nulls. */
        public RunnerTime {
            Objects.requireNonNull(from, "from");
            Objects.requireNonNull(time, "time");
        }
    }

    /** Checks for nulls. */
    public PoolHistory {
        Objects.requireNonNull(starting, "starting");
        Objects.requireNonNull(launches, "launches");
        Objects.requireNonNull(timesToReady, "timesToReady");
        Objects.requireNonNull(lastJobStart, "lastJobStart");
        Objects.requireNonNull(runnerTime, "runnerTime");
        Objects.requireNonNull(jobsByRepository, "jobsByRepository");
    }

    /** Counts instead of contents: the contents may be long. */
    @Override
    public String toString() {
        return "PoolHistory[starting=" + starting.size() + ", launches=" + launches.size() + ", timesToReady="
                + timesToReady.size() + ", lastJobStart="
                + lastJobStart.map(Instant::toString).orElse("never") + ", jobsByRepository=" + jobsByRepository + "]";
    }
}
