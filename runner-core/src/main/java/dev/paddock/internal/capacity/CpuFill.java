package dev.paddock.internal.capacity;

import java.util.stream.IntStream;

/** Finds the most valuable runners without GPU for what is left of the rest. Not thread-safe. */
final class CpuFill {
    private final Problem problem;
    private final double[] price;
    private final Budget budget;
    private final int[] wishes;
    private final double[] later;
    private final int[] now;
    private final int[] best;
    private final long[] left = new long[HostModel.DIMENSIONS];
    private long most;

    CpuFill(Problem problem, Relaxation prices, Budget budget) {
        this.problem = problem;
        this.budget = budget;
        price = prices.price;
        wishes = IntStream.range(0, problem.count())
                .filter(wish -> problem.parts[wish] == 0)
                .boxed()
                .sorted((one, other) -> Double.compare(gain(other), gain(one)))
                .mapToInt(Integer::intValue)
                .toArray();
        now = new int[wishes.length];
        best = new int[wishes.length];
        later = new double[wishes.length + 1];
        for (int i = wishes.length - 1; i >= 0; i--) {
            later[i] = later[i + 1] + Math.max(0, gain(wishes[i])) * problem.limit[wishes[i]];
        }
    }

    /** What one is worth beyond the prices of what all share. */
    private double gain(int wish) {
        double gain = problem.value[wish];
        for (int dimension = 0; dimension < price.length; dimension++) {
            gain -= price[dimension] * problem.need[wish][dimension];
        }
        return gain;
    }

    /** The most value that exceeds a bound, or -1 if none does. */
    long fill(long[] room, long above) {
        System.arraycopy(room, 0, left, 0, left.length);
        most = Math.max(above, -1);
        boolean found = search(0, 0);
        return found ? most : -1;
    }

    void copyTo(int[] runners) {
        for (int i = 0; i < wishes.length; i++) {
            runners[wishes[i]] = best[i];
        }
    }

    private boolean search(int at, long sum) {
        if (at == wishes.length) {
            if (sum <= most) {
                return false;
            }
            most = sum;
            System.arraycopy(now, 0, best, 0, now.length);
            return true;
        }
        double bound = sum + later[at];
        for (int dimension = 0; dimension < left.length; dimension++) {
            bound += price[dimension] * left[dimension];
        }
        if (bound * (1 + 1e-12) < most + 1 || !budget.spend(1)) {
            return false;
        }
        int wish = wishes[at];
        int fits = problem.limit[wish];
        for (int dimension = 0; dimension < left.length; dimension++) {
            if (problem.need[wish][dimension] > 0) {
                fits = (int) Math.min(fits, left[dimension] / problem.need[wish][dimension]);
            }
        }
        boolean found = false;
        int fewest = at == wishes.length - 1 ? fits : 0;
        for (int count = fits; count >= fewest; count--) {
            take(wish, count);
            now[at] = count;
            found |= search(at + 1, sum + count * problem.value[wish]);
            take(wish, -count);
        }
        return found;
    }

    private void take(int wish, int count) {
        for (int dimension = 0; dimension < left.length; dimension++) {
            left[dimension] -= count * problem.need[wish][dimension];
        }
    }
}
