package dev.paddock.internal.capacity;

/** A choice of runners and the parts of them on each device. Not thread-safe. */
final class Packing {
    /** Runners of each wish. */
    final int[] runners;
    /** Parts of runners by device and wish. */
    final int[][] parts;

    long value;

    Packing(Problem problem) {
        runners = new int[problem.count()];
        parts = new int[problem.bins.length][problem.count()];
    }

    /** Works out what it is worth. */
    Packing measured(Problem problem) {
        value = 0;
        for (int wish = 0; wish < runners.length; wish++) {
            value += runners[wish] * problem.value[wish];
        }
        return this;
    }

    /** A wish for runners on several devices of which one device has more parts than there are runners; -1 for none. */
    int crowded(Problem problem) {
        for (int wish = 0; wish < runners.length; wish++) {
            for (int[] on : parts) {
                if (problem.parts[wish] > 1 && on[wish] > runners[wish]) {
                    return wish;
                }
            }
        }
        return -1;
    }
}
