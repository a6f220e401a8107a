package dev.paddock.internal.capacity;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Whether the devices can hold numbers of runners, by trying: the smallest device first, each as full as it can be. Gives
 * up after some steps. Not thread-safe.
 */
final class Packer {
    private static final int STEPS = 500;

    private final Problem problem;
    private final Budget budget;
    /** Wishes, the largest first. */
    private final int[] order;
    /** By wish and device, what the devices before it hold. */
    private final long[][] before;

    private final int[] rest;
    private int[][] parts = {};
    private int[] runners = {};
    private int steps;

    Packer(Problem problem, Budget budget) {
        this.problem = problem;
        this.budget = budget;
        int count = problem.count();
        rest = new int[count];
        order = IntStream.range(0, count)
                .filter(wish -> problem.parts[wish] > 0)
                .boxed()
                .sorted(Comparator.comparingLong(wish -> -problem.size[wish]))
                .mapToInt(Integer::intValue)
                .toArray();
        before = new long[count][problem.bins.length + 1];
        for (int wish : order) {
            for (int bin = 0; bin < problem.bins.length; bin++) {
                before[wish][bin + 1] = before[wish][bin] + problem.most(problem.classOf[bin], wish);
            }
        }
    }

    /** Whether devices were found for so many runners. */
    boolean pack(int[] numbers) {
        runners = numbers;
        parts = new int[problem.bins.length][rest.length];
        double slack = 0;
        for (int of = 0; of < problem.room.length; of++) {
            slack += (double) problem.room[of] * problem.classSize[of];
        }
        for (int wish : order) {
            rest[wish] = runners[wish] * problem.parts[wish];
            slack -= (double) rest[wish] * problem.size[wish];
        }
        steps = STEPS;
        boolean packed = device(parts.length - 1, slack);
        budget.spend(STEPS - Math.max(0, steps));
        return packed;
    }

    /** What was found last. */
    Packing packing() {
        var packing = new Packing(problem);
        System.arraycopy(runners, 0, packing.runners, 0, runners.length);
        for (int bin = 0; bin < parts.length; bin++) {
            System.arraycopy(parts[bin], 0, packing.parts[bin], 0, runners.length);
        }
        return packing.measured(problem);
    }

    /** Fills the devices up to one; {@code slack} is the room that may stay empty in them. */
    private boolean device(int bin, double slack) {
        boolean done = true;
        for (int wish : order) {
            done &= rest[wish] == 0;
            if (rest[wish] > before[wish][bin + 1]) {
                return false;
            }
        }
        if (done || bin < 0 || --steps < 0) {
            return done;
        }
        int of = problem.classOf[bin];
        boolean first = bin == parts.length - 1 || problem.classOf[bin + 1] != of;
        for (int wish : order) {
            if (rest[wish] > 0
                    && problem.fit[of][wish] == Problem.TAKES
                    && (first || parts[bin + 1][wish] > 0 || isTaken(bin + 1))) {
                put(bin, wish, 1);
                if (device(bin - 1, slack - problem.room[of] + problem.size[wish])) {
                    return true;
                }
                put(bin, wish, 0);
            }
        }
        return share(bin, 0, problem.room[of], slack, !first && !isTaken(bin + 1));
    }

    private boolean isTaken(int bin) {
        byte[] fit = problem.fit[problem.classOf[bin]];
        return Arrays.stream(order).anyMatch(wish -> parts[bin][wish] > 0 && fit[wish] == Problem.TAKES);
    }

    /**
     * Fills one device from an item on.
     *
     * @param alike whether it holds what the device after it does so far, which is of its class: then it holds no more
     */
    private boolean share(int bin, int item, long room, double slack, boolean alike) {
        if (item == order.length) {
            return slack >= room && device(bin - 1, slack - room);
        }
        int wish = order[item];
        int most = 0;
        if (problem.fit[problem.classOf[bin]][wish] == Problem.SHARES) {
            most = problem.parts[wish] > 1 ? Math.min(rest[wish], runners[wish]) : rest[wish];
            most = problem.size[wish] == 0 ? most : (int) Math.min(most, room / problem.size[wish]);
        }
        int bound = alike ? Math.min(most, parts[bin + 1][wish]) : most;
        int fewest = item == order.length - 1 || problem.size[wish] == 0 ? bound : 0;
        for (int count = bound; count >= fewest && --steps >= 0; count--) {
            put(bin, wish, count);
            boolean same = alike && count == parts[bin + 1][wish];
            if (share(bin, item + 1, room - count * problem.size[wish], slack, same)) {
                return true;
            }
        }
        put(bin, wish, 0);
        return false;
    }

    private void put(int bin, int wish, int count) {
        rest[wish] += parts[bin][wish] - count;
        parts[bin][wish] = count;
    }
}
