package dev.paddock.internal.capacity;

import java.util.stream.IntStream;

/** Finds the most valuable numbers of runners that the devices can hold and that fit what all share. Not thread-safe. */
final class Fill {
    private static final double EXACT = 1 + 1e-12;

    private final Problem problem;
    private final double[] price;
    private final int[] least;
    private final Budget budget;
    private final int[] wishes;
    /** Those that can bind. */
    private final int[] dimensions;

    private final double[] gain;
    private final double[][] density;
    private final double[] later;
    private final double[] unshared;
    private final double[] deviceGain;
    private final double[] wanted;
    private final Places places;
    private double devices;
    private final int[] now;
    private final int[] best;
    private final long[] left = new long[HostModel.DIMENSIONS];
    private int[] limit = {};
    private long most;
    private boolean found;

    /**
     * Prepares.
     *
     * @param least by wish, the fewest runners
     */
    Fill(Problem problem, Relaxation prices, int[] least, Budget budget) {
        this.problem = problem;
        this.budget = budget;
        this.least = least;
        price = prices.price;
        int count = problem.count();
        gain = new double[count];
        for (int wish = 0; wish < count; wish++) {
            gain[wish] = problem.value[wish];
            for (int dimension = 0; dimension < price.length; dimension++) {
                gain[wish] -= price[dimension] * problem.need[wish][dimension];
            }
        }
        wishes = IntStream.range(0, count)
                .boxed()
                .sorted((one, other) -> Double.compare(gain[other], gain[one]))
                .mapToInt(Integer::intValue)
                .toArray();
        dimensions = IntStream.range(0, price.length).filter(problem::canBind).toArray();
        places = new Places(problem);
        now = new int[count];
        best = new int[count];
        later = new double[count + 1];
        unshared = new double[count + 1];
        deviceGain = new double[count];
        wanted = new double[count];
        for (int wish = 0; wish < count; wish++) {
            if (problem.parts[wish] > 0) {
                deviceGain[wish] = Math.max(0, prices.gain[wish]) * problem.parts[wish];
                wanted[wish] = Math.max(0, gain[wish] - deviceGain[wish]);
            }
        }
        density = new double[count + 1][price.length];
        readDensities();
    }

    /** For wishes from one on, the most value that any makes of one unit of a dimension. */
    private void readDensities() {
        for (int at = wishes.length - 1; at >= 0; at--) {
            for (int dimension = 0; dimension < price.length; dimension++) {
                long need = problem.need[wishes[at]][dimension];
                double by = need == 0 ? Double.POSITIVE_INFINITY : (double) problem.value[wishes[at]] / need;
                density[at][dimension] = Math.max(density[at + 1][dimension], by);
            }
        }
    }

    /**
     * Whether there are numbers up to the limits that are worth more than {@code above}.
     *
     * @param devices what all devices are worth at most
     */
    boolean fill(int[] limit, long above, double devices) {
        this.limit = limit;
        this.devices = devices;
        for (int at = wishes.length - 1; at >= 0; at--) {
            int wish = wishes[at];
            double most = Math.max(0, gain[wish]) * limit[wish];
            later[at] = later[at + 1] + most;
            unshared[at] = unshared[at + 1] + (problem.parts[wish] > 0 ? wanted[wish] * limit[wish] : most);
        }
        System.arraycopy(problem.capacity, 0, left, 0, left.length);
        most = above;
        found = false;
        search(0, 0, 0);
        return found;
    }

    void copyTo(int[] runners) {
        System.arraycopy(best, 0, runners, 0, runners.length);
    }

    /** What the numbers found are worth. */
    long most() {
        return most;
    }

    private void search(int at, long sum, double gained) {
        if (at == wishes.length) {
            if (sum > most) {
                most = sum;
                found = true;
                System.arraycopy(now, 0, best, 0, now.length);
            }
            return;
        }
        int wish = wishes[at];
        int fits = limit[wish];
        for (int dimension : dimensions) {
            if (problem.need[wish][dimension] > 0) {
                fits = (int) Math.min(fits, left[dimension] / problem.need[wish][dimension]);
            }
        }
        fits = held(wish, fits, gained);
        boolean last = at == wishes.length - 1;
        boolean down = last || gain[wish] >= 0;
        for (int step = 0; step <= fits - least[wish] && budget.spend(1); step++) {
            int count = down ? fits - step : least[wish] + step;
            now[wish] = count;
            double used = gained + count * deviceGain[wish];
            long with = sum + count * problem.value[wish];
            take(wish, count);
            double bound = bound(at + 1, with, used);
            if (bound * EXACT >= most + problem.step && with + single(at + 1) >= most + problem.step) {
                search(at + 1, with, used);
            }
            take(wish, -count);
            if (last || bound * EXACT < most + problem.step) {
                break;
            }
        }
        now[wish] = 0;
    }

    /** The most runners of a wish that there may be devices for beside those chosen, by halves. */
    private int held(int wish, int most, double gained) {
        if (devices == Double.POSITIVE_INFINITY || problem.parts[wish] == 0) {
            return most;
        }
        int held = least[wish] - 1;
        int count = most;
        int not = most + 1;
        while (held < not - 1) {
            now[wish] = count;
            if (gained + count * deviceGain[wish] <= devices * EXACT && places.hold(now)) {
                held = count;
            } else {
                not = count;
            }
            count = (held + not) / 2;
        }
        return held;
    }

    /** What the wishes from one on can bring the sum to, by the prices. */
    private double bound(int at, long sum, double gained) {
        double bound = sum + Math.min(later[at], Math.max(0, devices - gained) + unshared[at]);
        for (int dimension : dimensions) {
            bound += price[dimension] * left[dimension];
        }
        return bound;
    }

    /** What they can add if a single dimension is short. */
    private double single(int at) {
        double single = at == wishes.length ? 0 : Double.POSITIVE_INFINITY;
        for (int dimension : dimensions) {
            if (density[at][dimension] < Double.POSITIVE_INFINITY) {
                single = Math.min(single, density[at][dimension] * left[dimension] * EXACT);
            }
        }
        return single;
    }

    private void take(int wish, int count) {
        for (int dimension : dimensions) {
            left[dimension] -= count * problem.need[wish][dimension];
        }
    }
}
