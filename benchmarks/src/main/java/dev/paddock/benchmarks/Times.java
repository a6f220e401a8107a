package dev.paddock.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * How long calls take that are repeated in one JVM, on one thread.
 *
 * @param processorMicros on average, which a busy machine does not change much
 */
record Times(double medianMicros, double maxMicros, double processorMicros) {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Repeats a call, then measures it as often. */
    static Times of(int times, Supplier<?> call) {
        for (int i = 0; i < times; i++) {
            Objects.requireNonNull(call.get());
        }
        long[] nanos = new long[times];
        long processor = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            Objects.requireNonNull(call.get());
            nanos[i] = System.nanoTime() - start;
        }
        processor = THREADS.getCurrentThreadCpuTime() - processor;
        Arrays.sort(nanos);
        return new Times(nanos[times / 2] / 1e3, nanos[times - 1] / 1e3, processor / 1e3 / times);
    }

    /** For a person. */
    String figure() {
        return micros(medianMicros) + " (of processor time " + micros(processorMicros) + ")";
    }

    static String micros(double micros) {
        return micros < 10_000
                ? String.format(Locale.ROOT, "%.0f µs", micros)
                : String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
    }
}
