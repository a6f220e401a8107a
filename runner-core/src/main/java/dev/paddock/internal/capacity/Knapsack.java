package dev.paddock.internal.capacity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a single device of a class holds best, if each part of a runner is worth a given number. Not thread-safe. */
final class Knapsack {
    /** What is on one device: parts by wish, and what those that pay are worth. */
    static final class Pattern {
        private final int[] parts;
        private final double worth;

        Pattern(int[] parts, double worth) {
            this.parts = parts;
            this.worth = worth;
        }

        int[] parts() {
            return parts;
        }

        double worth() {
            return worth;
        }
    }

    private final Problem problem;
    private final int of;
    private final int[] most;
    private final int[] order;
    private final double[] density;
    private final double[] free;
    private int items;
    private double[] worth = {};
    private final int[] now;
    private final int[] best;
    private double bestWorth;
    private double least;
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
        free = new double[count + 1];
        now = new int[count];
        best = new int[count];
    }

    /** The most that one device can be worth; at least 0, for nothing on it. */
    double best(double[] worth) {
        this.worth = worth;
        sort();
        bestWorth = 0;
        Arrays.fill(best, 0);
        fill(0, problem.room[of], 0);
        for (int wish = 0; wish < most.length; wish++) {
            if (takes(wish) && worth[wish] > bestWorth) {
                bestWorth = worth[wish];
                Arrays.fill(best, 0);
                best[wish] = 1;
            }
        }
        return bestWorth;
    }

    /** What the last search found. */
    int[] bestParts() {
        return best.clone();
    }

    private boolean takes(int wish) {
        return problem.fit[of][wish] == Problem.TAKES && most[wish] > 0;
    }

    /** Puts what can share the device in the order of worth by size. */
    private void sort() {
        items = 0;
        for (int wish = 0; wish < most.length; wish++) {
            if (problem.fit[of][wish] == Problem.SHARES && most[wish] > 0 && worth[wish] > 0) {
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
        return problem.size[wish] > 0 ? worth[wish] / problem.size[wish] : Double.MAX_VALUE;
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

    /**
     * All that a device can hold to which nothing can be added, if what of it pays is worth at least
     * so much; the best first. Incomplete if the budget ends.
     */
    List<Pattern> fullest(double[] worth, double least, Budget budget) {
        this.worth = worth;
        this.least = least;
        this.budget = budget;
        sortBySize();
        found = new ArrayList<>();
        if (items > 0) {
            collect(0, problem.room[of], 0);
        }
        for (int wish = 0; wish < most.length; wish++) {
            if (takes(wish) && Math.max(0, worth[wish]) >= least) {
                var parts = new int[most.length];
                parts[wish] = 1;
                found.add(new Pattern(parts, Math.max(0, worth[wish])));
            }
        }
        if (found.isEmpty()) {
            found.add(new Pattern(new int[most.length], 0));
        }
        found.sort((one, other) -> Double.compare(other.worth(), one.worth()));
        return found;
    }

    /** Puts what can share the device in the order of size, the largest first; {@link #density} bounds the rest. */
    private void sortBySize() {
        items = 0;
        for (int wish = 0; wish < most.length; wish++) {
            if (problem.fit[of][wish] == Problem.SHARES && most[wish] > 0) {
                int at = items++;
                while (at > 0 && problem.size[order[at - 1]] < problem.size[wish]) {
                    order[at] = order[at - 1];
                    at--;
                }
                order[at] = wish;
            }
        }
        density[items] = 0;
        free[items] = 0;
        for (int at = items - 1; at >= 0; at--) {
            int wish = order[at];
            boolean sized = problem.size[wish] > 0;
            double pays = Math.max(0, worth[wish]);
            density[at] = Math.max(density[at + 1], sized ? pays / problem.size[wish] : 0);
            free[at] = free[at + 1] + (sized ? 0 : pays * most[wish]);
        }
    }

    private void collect(int item, long room, double sum) {
        if (item == items) {
            if (sum >= least && isFull(room)) {
                found.add(new Pattern(now.clone(), sum));
            }
            return;
        }
        int wish = order[item];
        int fits = fits(wish, room);
        int fewest = item == items - 1 || problem.size[wish] == 0 ? fits : 0;
        for (int count = fits; count >= fewest && budget.spend(1); count--) {
            long left = room - count * problem.size[wish];
            double with = sum + count * Math.max(0, worth[wish]);
            if (with + free[item + 1] + density[item + 1] * left >= least) {
                now[wish] = count;
                collect(item + 1, left, with);
            }
        }
        now[wish] = 0;
    }

    private boolean isFull(long room) {
        for (int item = 0; item < items; item++) {
            int wish = order[item];
            if (now[wish] < most[wish] && problem.size[wish] <= room) {
                return false;
            }
        }
        return true;
    }
}
