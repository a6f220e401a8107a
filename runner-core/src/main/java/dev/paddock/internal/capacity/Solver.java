package dev.paddock.internal.capacity;

import java.util.Arrays;

/** Finds the best packing and proves it. Not thread-safe. */
final class Solver {
    /** Enough for any host of eight GPUs that was tried, a hundred times over; less than a second. */
    private static final long STEPS = 20_000_000;

    private final Problem problem;
    private final Budget budget = new Budget(STEPS);
    private final int[] cap;
    private final int[] least;
    private Packing best;
    private double bound;

    /**
     * Solves.
     *
     * @param floor values up to this are of no use; -1 if any is
     */
    Solver(Problem problem, long floor) {
        this.problem = problem;
        best = Greedy.best(problem);
        if (best.value < floor) {
            best = new Packing(problem);
            best.value = floor;
        }
        bound = best.value;
        cap = new int[problem.count()];
        least = new int[problem.count()];
        Arrays.fill(cap, Integer.MAX_VALUE);
        eachCap(0);
    }

    /** The best found; of the floor's value if nothing better was. */
    Packing best() {
        return best;
    }

    /** What no packing exceeds; the value of the best if it is proved to be the best. */
    double bound() {
        return Math.max(bound, best.value);
    }

    /**
     * Runners on several shared devices need as many different ones: with n of them no device may hold more than n parts.
     * Each limit is tried by itself, with no fewer runners than it.
     */
    private void eachCap(int from) {
        int wish = from;
        while (wish < cap.length && !sharesSeveral(wish)) {
            wish++;
        }
        if (wish == cap.length) {
            solve();
            return;
        }
        for (int parts = 1; parts <= mostParts(wish) && !budget.isSpent(); parts++) {
            cap[wish] = parts;
            least[wish] = parts == 1 ? 0 : parts;
            eachCap(wish + 1);
        }
    }

    private boolean sharesSeveral(int wish) {
        return problem.parts[wish] > 1 && mostParts(wish) > 1;
    }

    private int mostParts(int wish) {
        int most = 0;
        for (int of = 0; of < problem.room.length; of++) {
            most = Math.max(most, problem.most(of, wish));
        }
        return Math.min(most, problem.limit[wish]);
    }

    private void solve() {
        var prices = new Relaxation(problem, cap);
        if (prices.bound < best.value + problem.step) {
            return;
        }
        var fill = new Fill(problem, prices, least, budget);
        double devices = prices.bound - prices.base + problem.deviceCost * problem.bins.length;
        if (!fill.fill(problem.limit, best.value, devices)) {
            bound = Math.max(bound, budget.isSpent() ? prices.bound : 0);
            return;
        }
        int[] wanted = new int[problem.count()];
        fill.copyTo(wanted);
        Packing packed = Greedy.pack(problem, wanted);
        best = packed.value > best.value ? packed : best;
        double most = Math.min(prices.bound, fill.most());
        search(prices, fill, most);
    }

    /** Looks near the bound first, and farther until what is found is proved to be the best. */
    private void search(Relaxation prices, Fill fill, double most) {
        double proved = most;
        double slack = Math.max(problem.step, (most - best.value) / 16);
        while (proved >= best.value + problem.step) {
            double target = Math.max(most - slack, best.value + problem.step);
            best = new Search(problem, prices, fill, budget).find(target, best);
            if (budget.isSpent()) {
                bound = Math.max(bound, proved);
                return;
            }
            proved = target <= best.value + problem.step ? best.value : target;
            slack *= 4;
        }
    }
}
