package dev.paddock.internal.capacity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a single device of a class holds best, if each part of a runner is worth a given number. Not thread-safe. */
final class Knapsack {
    /** What is on one device: parts by wish, and what they are worth. */
    record Pattern(int[] parts, double worth) {}

    private final Problem problem;
    private final int of;
    private final int[] most;
    private final int[] order;
    private final double[] density;
    private int items;
    private double[] worth = {};
    private final int[] now;
    private final int[] best;
    private double bestWorth;
    private double least;
    private double cost;
    private List<Pattern> found = List.of();
    private Budget budget = Budget.unlimited();

    /**
     * A class.
     *
     * @param cap by wish, the most parts on one device
     */
    Knapsack(Problem problem, int of, int[] cap) {
        this.problem = problem;
        this.of = of;
        int count = problem.count();
        most = new int[count];
        for (int wish = 0; wish < count; wish++) {
            most[wish] = Math.min(cap[wish], problem.most(of, wish));
        }
        order = new int[count];
        density = new double[count + 1];
        now = new int[count];
        best = new int[count];
        cost = problem.inUse[of] ? 0 : problem.deviceCost;
    }

    /** The most that one device can be worth; at least 0, for nothing on it. */
    double best(double[] worth) {
        this.worth = worth;
        sort(false);
        bestWorth = cost;
        Arrays.fill(best, 0);
        fill(0, problem.room[of], 0);
        for (int wish = 0; wish < most.length; wish++) {
            if (takes(wish) && worth[wish] > bestWorth) {
                bestWorth = worth[wish];
                Arrays.fill(best, 0);
                best[wish] = 1;
            }
        }
        return bestWorth - cost;
    }

    /** What the last search found. */
    int[] bestParts() {
        return best.clone();
    }

    private boolean takes(int wish) {
        return problem.fit[of][wish] == Problem.TAKES && most[wish] > 0;
    }

    /** Puts what can share the device in the order of worth by size. */
    private void sort(boolean all) {
        items = 0;
        for (int wish = 0; wish < most.length; wish++) {
            if (problem.fit[of][wish] == Problem.SHARES && most[wish] > 0 && (all || worth[wish] > 0)) {
                double ratio = ratio(wish);
                int at = items++;
                while (at > 0 && density[at - 1] < ratio) {
                    density[at] = density[at - 1];
                    order[at] = order[at - 1];
                    at--;
                }
                density[at] = ratio;
                order[at] = wish;
            }
        }
        density[items] = 0;
    }

    private double ratio(int wish) {
        if (problem.size[wish] > 0) {
            return worth[wish] / problem.size[wish];
        }
        return worth[wish] > 0 ? Double.MAX_VALUE : worth[wish];
    }

    private int fits(int wish, long room) {
        return problem.size[wish] == 0 ? most[wish] : (int) Math.min(most[wish], room / problem.size[wish]);
    }

    /** The most that the items from one on can add. */
    private double rest(int item, long room) {
        double sum = 0;
        int at = item;
        while (at < items && density[at] == Double.MAX_VALUE) {
            sum += worth[order[at]] * most[order[at]];
            at++;
        }
        return at < items && density[at] > 0 ? sum + density[at] * room : sum;
    }

    private void fill(int item, long room, double sum) {
        if (item == items) {
            if (sum > bestWorth) {
                bestWorth = sum;
                System.arraycopy(now, 0, best, 0, now.length);
            }
            return;
        }
        int wish = order[item];
        for (int count = fits(wish, room); count >= 0; count--) {
            long left = room - count * problem.size[wish];
            double with = sum + count * worth[wish];
            if (with + rest(item + 1, left) <= bestWorth) {
                break;
            }
            now[wish] = count;
            fill(item + 1, left, with);
        }
        now[wish] = 0;
    }

    /** All that is worth at least so much, the best first; incomplete if the budget ends. */
    List<Pattern> all(double[] worth, double least, Budget budget) {
        this.worth = worth;
        this.least = least;
        this.budget = budget;
        sort(true);
        found = new ArrayList<>();
        collect(0, problem.room[of], 0, false);
        for (int wish = 0; wish < most.length; wish++) {
            if (takes(wish) && worth[wish] - cost >= least) {
                var parts = new int[most.length];
                parts[wish] = 1;
                found.add(new Pattern(parts, worth[wish] - cost));
            }
        }
        found.sort((one, other) -> Double.compare(other.worth(), one.worth()));
        return found;
    }

    private void collect(int item, long room, double sum, boolean used) {
        if (item == items) {
            double all = used ? sum - cost : sum;
            if (all >= least) {
                found.add(new Pattern(now.clone(), all));
            }
            return;
        }
        int wish = order[item];
        int count = fits(wish, room);
        boolean falling = worth[wish] >= 0;
        for (int step = 0; step <= count && budget.spend(1); step++) {
            int parts = falling ? count - step : step;
            long left = room - parts * problem.size[wish];
            double with = sum + parts * worth[wish];
            if (with + rest(item + 1, left) < least) {
                break;
            }
            now[wish] = parts;
            collect(item + 1, left, with, used || parts > 0);
        }
        now[wish] = 0;
    }
}
