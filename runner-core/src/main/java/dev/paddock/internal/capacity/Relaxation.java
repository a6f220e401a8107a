package dev.paddock.internal.capacity;

import java.util.Arrays;

/**
 * A bound that no packing exceeds, and the prices that prove it. Devices may hold fractions of whole patterns (the
 * configuration bound), found by the simplex method with patterns added as they pay. Whatever prices it ends with, the
 * bound is evaluated anew with them, so that an inexact end makes it loose and never wrong.
 */
final class Relaxation {
    private static final int MOST_PIVOTS = 400;
    private static final double TINY = 1e-9;

    private final Problem problem;
    private final Knapsack[] devices;
    private final int[] rowOfDimension = new int[HostModel.DIMENSIONS];
    private final int[] rowOfWish;
    private final int firstClass;
    private final int rows;
    private final double unit;
    private final double[] cost;
    private final double[][] inverse;
    private final double[] x;
    private final double[] y;
    private final double[] column;

    /** The price of one unit of each dimension. */
    final double[] price = new double[HostModel.DIMENSIONS];
    /** What one part of each wish is worth beyond the prices; negative if it is not worth them. */
    final double[] gain;
    /** What one device of each class is worth. */
    final double[] device;
    /** What all devices are worth. */
    double devicesWorth;
    /** The bound, less the devices. */
    double base;
    /** The bound. */
    double bound;

    /**
     * Finds the bound.
     *
     * @param cap by wish, the most parts on one device
     */
    Relaxation(Problem problem, int[] cap) {
        this.problem = problem;
        int count = problem.count();
        devices = new Knapsack[problem.room.length];
        Arrays.setAll(devices, of -> new Knapsack(problem, of, cap));
        gain = new double[count];
        device = new double[devices.length];
        rowOfWish = new int[count];
        firstClass = numberRows();
        rows = firstClass + devices.length;
        unit = Arrays.stream(problem.value).max().orElse(1);
        x = new double[rows];
        cost = new double[rows];
        inverse = new double[rows][rows];
        y = new double[rows];
        column = new double[rows];
        for (int i = 0; i < rows; i++) {
            inverse[i][i] = 1;
            x[i] = i < firstClass ? 1 : problem.classSize[i - firstClass];
        }
        solve();
        settle();
    }

    /** Gives a row to each dimension and each number of runners that can bind. */
    private int numberRows() {
        int row = 0;
        for (int dimension = 0; dimension < rowOfDimension.length; dimension++) {
            rowOfDimension[dimension] = problem.canBind(dimension) ? row++ : -1;
        }
        for (int wish = 0; wish < rowOfWish.length; wish++) {
            rowOfWish[wish] = problem.bounded[wish] ? row++ : -1;
        }
        return row;
    }

    Knapsack device(int of) {
        return devices[of];
    }

    private void solve() {
        for (int pivot = 0; pivot < MOST_PIVOTS; pivot++) {
            for (int row = 0; row < rows; row++) {
                double sum = 0;
                for (int i = 0; i < rows; i++) {
                    sum += cost[i] * inverse[i][row];
                }
                y[row] = sum;
            }
            double enters = enter();
            if (Double.isNaN(enters) || !pivot(enters)) {
                return;
            }
        }
    }

    /** Chooses what pays most into {@link #column} and returns what it is worth; NaN if nothing pays. */
    private double enter() {
        double most = TINY;
        int chosen = -1;
        for (int row = 0; row < rows; row++) {
            if (-y[row] > most) {
                most = -y[row];
                chosen = row;
            }
        }
        gains(y);
        for (int wish = 0; wish < gain.length; wish++) {
            if (problem.parts[wish] == 0 && gain[wish] > most) {
                most = gain[wish];
                chosen = rows + wish;
            }
        }
        scale(unit);
        for (int of = 0; of < devices.length; of++) {
            double pays = devices[of].best(gain) / unit - y[firstClass + of];
            if (pays > most) {
                most = pays;
                chosen = rows + gain.length + of;
            }
        }
        if (chosen < 0) {
            return Double.NaN;
        }
        Arrays.fill(column, 0);
        if (chosen < rows) {
            column[chosen] = 1;
            return 0;
        }
        if (chosen < rows + gain.length) {
            return add(chosen - rows, 1);
        }
        return pattern(chosen - rows - gain.length);
    }

    private void scale(double factor) {
        for (int wish = 0; wish < gain.length; wish++) {
            gain[wish] *= factor;
        }
    }

    private double pattern(int of) {
        int[] parts = devices[of].bestParts();
        column[firstClass + of] = 1;
        double worth = 0;
        for (int wish = 0; wish < parts.length; wish++) {
            if (parts[wish] > 0) {
                worth += add(wish, (double) parts[wish] / problem.parts[wish]);
            }
        }
        return worth;
    }

    private double add(int wish, double runners) {
        for (int dimension = 0; dimension < price.length; dimension++) {
            if (rowOfDimension[dimension] >= 0) {
                column[rowOfDimension[dimension]] +=
                        runners * problem.need[wish][dimension] / problem.capacity[dimension];
            }
        }
        if (rowOfWish[wish] >= 0) {
            column[rowOfWish[wish]] += runners / problem.limit[wish];
        }
        return runners * problem.value[wish] / unit;
    }

    /** What each part of a wish is worth beyond the prices of the rows, in {@link #unit}s. */
    private void gains(double[] prices) {
        for (int wish = 0; wish < gain.length; wish++) {
            double worth = problem.value[wish] / unit;
            for (int dimension = 0; dimension < price.length; dimension++) {
                if (rowOfDimension[dimension] >= 0) {
                    worth -= prices[rowOfDimension[dimension]]
                            * problem.need[wish][dimension]
                            / problem.capacity[dimension];
                }
            }
            if (rowOfWish[wish] >= 0) {
                worth -= prices[rowOfWish[wish]] / problem.limit[wish];
            }
            gain[wish] = worth / Math.max(1, problem.parts[wish]);
        }
    }

    /** Brings {@link #column} into the basis. */
    private boolean pivot(double worth) {
        double[] direction = new double[rows];
        int leaves = -1;
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int i = 0; i < rows; i++) {
                sum += inverse[row][i] * column[i];
            }
            direction[row] = sum;
            if (sum > TINY && (leaves < 0 || x[row] * direction[leaves] < x[leaves] * sum)) {
                leaves = row;
            }
        }
        if (leaves < 0) {
            return false;
        }
        double by = direction[leaves];
        x[leaves] /= by;
        for (int i = 0; i < rows; i++) {
            inverse[leaves][i] /= by;
        }
        for (int row = 0; row < rows; row++) {
            if (row != leaves && direction[row] != 0) {
                x[row] = Math.max(0, x[row] - direction[row] * x[leaves]);
                for (int i = 0; i < rows; i++) {
                    inverse[row][i] -= direction[row] * inverse[leaves][i];
                }
            }
        }
        cost[leaves] = worth;
        return true;
    }

    /** Evaluates the bound at the prices reached. */
    private void settle() {
        base = 0;
        for (int row = 0; row < firstClass; row++) {
            y[row] = Math.max(0, y[row]) * unit;
            base += y[row];
        }
        for (int dimension = 0; dimension < price.length; dimension++) {
            int row = rowOfDimension[dimension];
            price[dimension] = row < 0 ? 0 : y[row] / problem.capacity[dimension];
        }
        scaleRows();
        for (int wish = 0; wish < gain.length; wish++) {
            if (problem.parts[wish] == 0 && gain[wish] > 0) {
                base += gain[wish] * problem.limit[wish];
            }
        }
        for (int of = 0; of < devices.length; of++) {
            device[of] = devices[of].best(gain);
            devicesWorth += device[of] * problem.classSize[of];
        }
        bound = base + devicesWorth;
    }

    private void scaleRows() {
        for (int row = 0; row < firstClass; row++) {
            y[row] /= unit;
        }
        gains(y);
        scale(unit);
    }
}
