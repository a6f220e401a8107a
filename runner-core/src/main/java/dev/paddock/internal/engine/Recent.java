package dev.paddock.internal.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** The last durations of a kind, for their median. Confined to the serial section. */
final class Recent {
    private static final int KEPT = 32;

    private final long[] millis = new long[KEPT];
    private int written;

    void record(Duration duration) {
        millis[written % KEPT] = Math.max(0, duration.toMillis());
        written = written == 2 * KEPT - 1 ? KEPT : written + 1;
    }

    /** The lower one of two in the middle; empty before the first. */
    Optional<Duration> median() {
        int count = Math.min(written, KEPT);
        if (count == 0) {
            return Optional.empty();
        }
        long[] sorted = Arrays.copyOf(millis, count);
        Arrays.sort(sorted);
        return Optional.of(Duration.ofMillis(sorted[(count - 1) / 2]));
    }
}
