package dev.paddock.internal.capacity;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the best packing whose value is at least a target, device by device. Of all ways to the same numbers of runners
 * one is kept, and none that the prices of the {@link Relaxation} show to end below the target. Not thread-safe.
 */
final class Search {
    private static final double EXACT = 1e-12;

    private final Problem problem;
    private final Relaxation prices;
    private final Budget budget;
    private final int[] shared;
    private final Fill fill;
    private double target;
    private double tolerance;
    private @Nullable Packing doubt;
    private Layer[] layers = {};

    /**
     * Begins.
     *
     * @param fill chooses from what the devices hold
     */
    Search(Problem problem, Relaxation prices, Fill fill, Budget budget) {
        this.problem = problem;
        this.prices = prices;
        this.budget = budget;
        int[] all = new int[problem.count()];
        int count = 0;
        for (int wish = 0; wish < all.length; wish++) {
            if (problem.parts[wish] > 0) {
                all[count++] = wish;
            }
        }
        shared = Arrays.copyOf(all, count);
        this.fill = fill;
    }

    /** The best packing of at least the target and above the incumbent's value, or the incumbent. */
    Packing find(double target, Packing incumbent) {
        this.target = target;
        tolerance = EXACT * Math.max(1, prices.bound);
        layers = new Layer[problem.bins.length + 1];
        layers[0] = new Layer(shared.length, List.of());
        layers[0].add(new int[shared.length], 0, -1, -1);
        double rest = prices.bound - prices.base;
        List<Knapsack.Pattern> patterns = List.of();
        for (int bin = 0; bin < problem.bins.length; bin++) {
            int of = problem.classOf[bin];
            if (bin == 0 || of != problem.classOf[bin - 1]) {
                patterns = prices.device(of)
                        .fullest(prices.gain, prices.device[of] - (prices.bound - target) - tolerance, budget);
            }
            rest -= prices.device[of];
            layers[bin + 1] = next(layers[bin], patterns, prices.base + rest);
            if (budget.isSpent()) {
                return incumbent;
            }
        }
        return finish(incumbent);
    }

    /** What the devices so far hold at most, with one device more. */
    private Layer next(Layer from, List<Knapsack.Pattern> patterns, double rest) {
        var layer = new Layer(shared.length, patterns);
        int[] key = new int[shared.length];
        for (int at : from.frontier(budget)) {
            if (from.worth[at] + patterns.get(0).worth() + rest < target - tolerance) {
                break;
            }
            for (int by = 0; by < patterns.size(); by++) {
                Knapsack.Pattern pattern = patterns.get(by);
                double worth = from.worth[at] + pattern.worth();
                if (worth + rest < target - tolerance || !budget.spend(1)) {
                    break;
                }
                for (int i = 0; i < key.length; i++) {
                    int wish = shared[i];
                    int sum = from.counts[at * key.length + i] + pattern.parts()[wish];
                    key[i] = Math.min(sum, problem.limit[wish] * problem.parts[wish]);
                    worth -= (sum - key[i]) * Math.max(0, prices.gain[wish]);
                }
                if (worth + rest >= target - tolerance) {
                    layer.add(key, worth, at, by);
                }
            }
        }
        return layer;
    }

    /** Chooses from what the devices hold at most, beginning with what promises most, until nothing can be better. */
    private Packing finish(Packing incumbent) {
        Layer last = layers[layers.length - 1];
        Packing best = incumbent;
        int[] limit = problem.limit.clone();
        for (int at : last.frontier(budget)) {
            double most = prices.base + last.worth[at];
            if (most + tolerance < Math.max(target, (double) (best.value + problem.step)) || budget.isSpent()) {
                continue;
            }
            for (int i = 0; i < shared.length; i++) {
                limit[shared[i]] = last.counts[at * shared.length + i] / problem.parts[shared[i]];
            }
            if (fill.fill(limit, Math.max(best.value, (long) Math.ceil(target) - 1), Double.POSITIVE_INFINITY)) {
                Packing other = end(at);
                if (other.crowded(problem) < 0) {
                    best = other;
                } else if (doubt == null || other.value > doubt.value) {
                    doubt = other;
                }
            }
        }
        return best;
    }

    /** The best packing whose parts cannot be made runners, or null. */
    @Nullable
    Packing doubt() {
        return doubt;
    }

    private Packing end(int end) {
        var packing = new Packing(problem);
        fill.copyTo(packing.runners);
        int at = end;
        for (int bin = layers.length - 1; bin > 0; bin--) {
            Layer layer = layers[bin];
            System.arraycopy(
                    layer.patterns.get(layer.pattern[at]).parts(), 0, packing.parts[bin - 1], 0, problem.count());
            at = layer.parent[at];
        }
        for (int wish : shared) {
            trim(packing, wish);
        }
        return packing.measured(problem);
    }

    /** Leaves out parts that belong to no runner: of runners on several devices where most are, else from the end. */
    private void trim(Packing packing, int wish) {
        int spare = -packing.runners[wish] * problem.parts[wish];
        for (int[] parts : packing.parts) {
            spare += parts[wish];
        }
        for (int bin = packing.parts.length - 1; problem.parts[wish] == 1 && bin >= 0 && spare > 0; bin--) {
            int out = Math.min(spare, packing.parts[bin][wish]);
            packing.parts[bin][wish] -= out;
            spare -= out;
        }
        for (; spare > 0; spare--) {
            int most = 0;
            for (int bin = 1; bin < packing.parts.length; bin++) {
                most = packing.parts[bin][wish] > packing.parts[most][wish] ? bin : most;
            }
            packing.parts[most][wish]--;
        }
    }
}
