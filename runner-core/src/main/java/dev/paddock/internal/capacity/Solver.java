package dev.paddock.internal.capacity;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Finds the best packing and proves it. Not thread-safe. */
final class Solver {
    /** More than any of thousands of hosts of eight GPUs needed; less than a second. */
    static final long STEPS = 15_000_000;

    private final Problem problem;
    private final Budget budget;
    private Packing best;
    private double bound;

    /**
     * Solves.
     *
     * @param floor values up to this are of no use, a multiple of the step; -1 if any is
     */
    Solver(Problem problem, long floor, Budget budget) {
        this.budget = budget;
        this.problem = problem;
        best = Greedy.fill(problem, Greedy.Rule.VALUE_BY_SHARE);
        if (best.value < floor) {
            best = new Packing(problem);
            best.value = floor;
        }
        bound = best.value;
        int[] cap = new int[problem.count()];
        Arrays.fill(cap, Integer.MAX_VALUE);
        solve(cap, new int[problem.count()]);
    }

    /** The best found; of the floor's value if nothing better was. */
    Packing best() {
        return best;
    }

    /** What no packing exceeds; the value of the best if it is proved to be the best. */
    double bound() {
        return Math.max(bound, (double) best.value);
    }

    /**
     * Finds the best packing within bounds.
     *
     * @param cap by wish, the most parts on one device
     * @param least by wish, the fewest runners
     */
    private void solve(int[] cap, int[] least) {
        var prices = new Relaxation(problem, cap);
        if (prices.bound < best.value + problem.step) {
            return;
        }
        var fill = new Fill(problem, prices, least, budget);
        if (!fills(fill, prices) || budget.isSpent()) {
            bound = Math.max(bound, budget.isSpent() ? prices.bound : 0);
            return;
        }
        pack(fill);
        if (best.value < fill.most()) {
            Packing other = Greedy.best(problem);
            best = other.value > best.value ? other : best;
        }
        Packing doubt = search(prices, fill, Math.min(prices.bound, (double) fill.most()));
        if (doubt != null && doubt.value > best.value) {
            branch(cap, least, doubt);
        }
    }

    /** Looks for numbers near the bound first: the fewer may be left out, the more are. */
    private boolean fills(Fill fill, Relaxation prices) {
        double gap = prices.bound - best.value;
        boolean found = false;
        for (double share = 1 / 64.0; !found && share <= 1; share *= 8) {
            long above = Math.max(best.value, (long) (prices.bound - gap * share) - 1);
            found = fill.fill(problem.limit, share < 1 ? above : best.value, prices.devicesWorth);
        }
        return found;
    }

    /** Looks for devices for the numbers found, or for most of them. */
    private void pack(Fill fill) {
        int[] wanted = new int[problem.count()];
        fill.copyTo(wanted);
        var packer = new Packer(problem, budget);
        Packing packed = packer.pack(wanted) ? packer.packing() : Greedy.pack(problem, wanted);
        best = packed.value > best.value ? packed : best;
    }

    /**
     * Runners on several shared devices need as many different ones: with n of them no device may hold more than n parts.
     * Where the search met a packing that fails by that, there are either more runners or no more parts than n.
     */
    private void branch(int[] cap, int[] least, Packing doubt) {
        int wish = doubt.crowded(problem);
        int[] fewer = cap.clone();
        fewer[wish] = doubt.runners[wish];
        solve(fewer, least);
        int[] more = least.clone();
        more[wish] = doubt.runners[wish] + 1;
        solve(cap, more);
    }

    /** Looks near the bound first, and farther until what is found is proved to be the best. */
    private @Nullable Packing search(Relaxation prices, Fill fill, double most) {
        Packing doubt = null;
        double proved = most;
        double slack = Math.max((double) problem.step, (most - best.value) / 16);
        while (proved >= best.value + problem.step) {
            double target = Math.max(most - slack, (double) (best.value + problem.step));
            var search = new Search(problem, prices, fill, budget);
            best = search.find(target, best);
            if (search.doubt() != null && (doubt == null || search.doubt().value > doubt.value)) {
                doubt = search.doubt();
            }
            if (budget.isSpent()) {
                bound = Math.max(bound, doubt == null ? proved : Math.max(proved, (double) doubt.value));
                return null;
            }
            proved = target <= best.value + problem.step ? best.value : target;
            slack *= 4;
        }
        return doubt;
    }
}
