package dev.paddock.internal.engine;

import java.time.Duration;

/** Durations counted by fixed upper bounds, and their sum. Confined to the serial section; copies are not. */
final class Histogram {
    /** Of what takes seconds to minutes: making a runner, waiting for one. */
    static final double[] SHORT = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600};
    /** Of what takes minutes to hours: jobs. */
    static final double[] LONG = {1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600, 86400};

    private final double[] bounds;
    private final long[] counts;
    private double sum;

    Histogram(double[] bounds) {
        this(bounds, new long[bounds.length + 1], 0);
    }

    private Histogram(double[] bounds, long[] counts, double sum) {
        this.bounds = bounds;
        this.counts = counts;
        this.sum = sum;
    }

    /** A clock that was set back makes no negative duration. */
    void record(Duration duration) {
        record(duration.toSeconds() + duration.toNanosPart() / 1e9);
    }

    /** The same in seconds. */
    void record(double time) {
        double seconds = Math.max(0, time);
        int slot = 0;
        while (slot < bounds.length && seconds > bounds[slot]) {
            slot++;
        }
        counts[slot]++;
        sum += seconds;
    }

    Histogram copy() {
        return new Histogram(bounds, counts.clone(), sum);
    }

    int buckets() {
        return bounds.length;
    }

    double bound(int bucket) {
        return bounds[bucket];
    }

    /** How many were at most as long as the bound of the bucket. */
    long upTo(int bucket) {
        long total = 0;
        for (int i = 0; i <= bucket; i++) {
            total += counts[i];
        }
        return total;
    }

    long count() {
        return upTo(bounds.length);
    }

    double sum() {
        return sum;
    }
}
