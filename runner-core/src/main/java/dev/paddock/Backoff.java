package dev.paddock;

import java.time.Duration;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt. A pure function of the attempt and a source of chance.
 *
 * <p>Thread-safe if the lambda is; the factories' are.
 */
@FunctionalInterface
public interface Backoff {
    /**
     * The wait before an attempt.
     *
     * @param failures failures in a row so far, at least 1
     * @param random the fleet's source of chance
     * @return not negative
     */
    Duration after(int failures, RandomGenerator random);

    /**
     * Doubling waits: {@code min(cap, first * 2^(failures-1))}.
     *
     * @param first the wait after the first failure, positive
     * @param cap the longest wait, at least {@code first}
     * @return the back-off, without jitter
     */
    static Backoff exponential(Duration first, Duration cap) {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(cap, "cap");
        if (first.isNegative() || first.isZero() || cap.compareTo(first) < 0) {
            throw new IllegalArgumentException("a back-off needs 0 < first <= cap: first " + first + ", cap " + cap);
        }
        return (failures, random) -> {
            int doublings = Math.min(Math.max(failures, 1) - 1, 40);
            long millis = first.toMillis();
            long limit = cap.toMillis();
            for (int i = 0; i < doublings && millis < limit; i++) {
                millis *= 2;
            }
            return Duration.ofMillis(Math.min(millis, limit));
        };
    }

    /**
     * Full jitter: a wait drawn evenly between zero and this back-off's, so that many clients do not return
     * together.
     *
     * @return the jittered back-off
     */
    default Backoff withFullJitter() {
        return (failures, random) ->
                Duration.ofNanos(random.nextLong(after(failures, random).toNanos() + 1));
    }

    /**
     * Never waits less than this.
     *
     * @param floor the shortest wait
     * @return the bounded back-off
     */
    default Backoff atLeast(Duration floor) {
        Objects.requireNonNull(floor, "floor");
        return (failures, random) -> {
            Duration wait = after(failures, random);
            return wait.compareTo(floor) < 0 ? floor : wait;
        };
    }
}
