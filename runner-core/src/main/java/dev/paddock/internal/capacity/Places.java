package dev.paddock.internal.capacity;

import java.util.Arrays;

/**
 * Whether there are enough devices for numbers of runners, by what a device holds of one wish and by the room of all: no
 * for many numbers that do not fit, never for any that do. Immutable.
 */
final class Places {
    private static final double EXACT = 1 + 1e-12;

    private final Problem problem;
    private final boolean[] takes;
    private final boolean[] shares;
    /** By wish and number of devices, what those hold that hold the most of it. */
    private final long[][] most;
    /** By number of devices, the room of the largest. */
    private final double[] room;

    Places(Problem problem) {
        this.problem = problem;
        int count = problem.count();
        int devices = problem.bins.length;
        takes = new boolean[count];
        shares = new boolean[count];
        most = new long[count][devices + 1];
        room = new double[devices + 1];
        for (int bin = 0; bin < devices; bin++) {
            room[bin + 1] = room[bin] + problem.room[problem.classOf[bin]];
        }
        for (int wish = 0; wish < count; wish++) {
            readWish(wish);
        }
    }

    private void readWish(int wish) {
        long[] sums = most[wish];
        for (int bin = 0; bin < problem.bins.length; bin++) {
            int of = problem.classOf[bin];
            takes[wish] |= problem.fit[of][wish] == Problem.TAKES;
            shares[wish] |= problem.fit[of][wish] == Problem.SHARES;
            sums[bin + 1] = -problem.most(of, wish);
        }
        Arrays.sort(sums);
        System.arraycopy(sums, 0, sums, 1, sums.length - 1);
        sums[0] = 0;
        for (int bin = 1; bin < sums.length; bin++) {
            sums[bin] = sums[bin - 1] - sums[bin];
        }
    }

    /** False if the devices cannot hold so many runners; of two numbers the smaller is held if the larger is. */
    boolean hold(int[] runners) {
        long free = problem.bins.length;
        double size = 0;
        for (int wish = 0; wish < runners.length; wish++) {
            long parts = (long) runners[wish] * problem.parts[wish];
            if (takes[wish] && !shares[wish]) {
                free -= parts;
            } else if (shares[wish] && !takes[wish]) {
                size += (double) parts * problem.size[wish];
            }
        }
        if (free < 0 || size > room[(int) free] * EXACT) {
            return false;
        }
        for (int wish = 0; wish < runners.length; wish++) {
            long parts = (long) runners[wish] * problem.parts[wish];
            int devices = takes[wish] && !shares[wish] ? problem.bins.length : (int) free;
            if (parts > most[wish][devices]) {
                return false;
            }
        }
        return true;
    }
}
