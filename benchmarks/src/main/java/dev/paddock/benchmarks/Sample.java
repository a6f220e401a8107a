package dev.paddock.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/** Times measured by repeating something. Not thread-safe. */
final class Sample {
    private long[] nanos = {};

    void add(long nanoseconds) {
        nanos = Arrays.copyOf(nanos, nanos.length + 1);
        nanos[nanos.length - 1] = nanoseconds;
        Arrays.sort(nanos);
    }

    Duration median() {
        return Duration.ofNanos(nanos[nanos.length / 2]);
    }

    Duration max() {
        return Duration.ofNanos(nanos[nanos.length - 1]);
    }

    /** For a person: both, and over how many. */
    String figure() {
        return "median " + millis(median()) + ", max " + millis(max()) + " over " + nanos.length;
    }

    private static String millis(Duration duration) {
        double millis = duration.toNanos() / 1e6;
        return String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : "%.0f ms", millis);
    }
}
