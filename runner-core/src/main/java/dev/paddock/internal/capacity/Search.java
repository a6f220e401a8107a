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
    private final int[] least;
    private final Budget budget;
    private final int[] shared;
    private final CpuFill cpu;
    private double target;
    private double tolerance;
    private Layer[] layers = {};

    /**
     * Begins.
     *
     * @param least by wish, the fewest runners
     */
    Search(Problem problem, Relaxation prices, int[] least, Budget budget) {
        this.problem = problem;
        this.prices = prices;
        this.least = least;
        this.budget = budget;
        int[] all = new int[problem.count()];
        int count = 0;
        for (int wish = 0; wish < all.length; wish++) {
            if (problem.parts[wish] > 0) {
                all[count++] = wish;
            }
        }
        shared = Arrays.copyOf(all, count);
        cpu = new CpuFill(problem, prices, budget);
    }

    /** All the numbers of runners that a row of devices can be brought to, and how. */
    private static final class Layer {
        private final int width;
        private int[] counts;
        private double[] worth;
        private int[] parent;
        private int[] pattern;
        private int[] table;
        private int size;
        private final List<Knapsack.Pattern> patterns;

        Layer(int width, List<Knapsack.Pattern> patterns) {
            this.width = width;
            this.patterns = patterns;
            counts = new int[16 * width];
            worth = new double[16];
            parent = new int[16];
            pattern = new int[16];
            table = new int[64];
        }

        /** Adds what {@code key} says, or replaces the same numbers reached with less worth. */
        void add(int[] key, double value, int from, int by) {
            if (size == worth.length) {
                grow();
            }
            int slot = slot(key, 0);
            int at = table[slot] - 1;
            if (at >= 0 && worth[at] >= value) {
                return;
            }
            if (at < 0) {
                at = size++;
                table[slot] = at + 1;
                System.arraycopy(key, 0, counts, at * width, width);
            }
            worth[at] = value;
            parent[at] = from;
            pattern[at] = by;
        }

        private int slot(int[] key, int offset) {
            int hash = 1;
            for (int i = 0; i < width; i++) {
                hash = hash * 0x9E3779B1 + key[offset + i];
            }
            int slot = (hash ^ hash >>> 15) & table.length - 1;
            while (table[slot] != 0 && !same(table[slot] - 1, key, offset)) {
                slot = slot + 1 & table.length - 1;
            }
            return slot;
        }

        private boolean same(int at, int[] key, int offset) {
            for (int i = 0; i < width; i++) {
                if (counts[at * width + i] != key[offset + i]) {
                    return false;
                }
            }
            return true;
        }

        private void grow() {
            int more = size * 2;
            counts = Arrays.copyOf(counts, more * width);
            worth = Arrays.copyOf(worth, more);
            parent = Arrays.copyOf(parent, more);
            pattern = Arrays.copyOf(pattern, more);
            table = new int[more * 4];
            for (int at = 0; at < size; at++) {
                table[slot(counts, at * width)] = at + 1;
            }
        }
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
                        .all(prices.gain, prices.device[of] - (prices.bound - target) - tolerance, budget);
            }
            rest -= prices.device[of];
            layers[bin + 1] = next(layers[bin], patterns, prices.base + rest);
            if (budget.isSpent()) {
                return incumbent;
            }
        }
        return finish(incumbent);
    }

    private Layer next(Layer from, List<Knapsack.Pattern> patterns, double rest) {
        var layer = new Layer(shared.length, patterns);
        int[] key = new int[shared.length];
        for (int at = 0; at < from.size; at++) {
            for (int by = 0; by < patterns.size(); by++) {
                Knapsack.Pattern pattern = patterns.get(by);
                double worth = from.worth[at] + pattern.worth();
                if (worth + rest < target - tolerance || !budget.spend(1)) {
                    break;
                }
                for (int i = 0; i < key.length; i++) {
                    key[i] = from.counts[at * key.length + i] + pattern.parts()[shared[i]];
                }
                if (fits(key)) {
                    layer.add(key, worth, at, by);
                }
            }
        }
        return layer;
    }

    private boolean fits(int[] key) {
        for (int i = 0; i < key.length; i++) {
            if (key[i] > problem.limit[shared[i]] * problem.parts[shared[i]]) {
                return false;
            }
        }
        for (int dimension = 0; dimension < HostModel.DIMENSIONS; dimension++) {
            long left = problem.capacity[dimension];
            for (int i = 0; i < key.length; i++) {
                left -= key[i] / problem.parts[shared[i]] * problem.need[shared[i]][dimension];
            }
            if (left < 0) {
                return false;
            }
        }
        return true;
    }

    /** Adds runners without GPU to the ends that promise most, until none can be better than what is found. */
    private Packing finish(Packing incumbent) {
        Layer last = layers[layers.length - 1];
        Integer[] order = new Integer[last.size];
        Arrays.setAll(order, at -> at);
        Arrays.sort(order, (one, other) -> Double.compare(last.worth[other], last.worth[one]));
        Packing best = incumbent;
        for (int at : order) {
            double most = prices.base + last.worth[at];
            if (most + tolerance < best.value + problem.step || budget.isSpent()) {
                break;
            }
            Packing other = enough(last, at) ? end(last, at, best.value) : null;
            best = other == null ? best : other;
        }
        return best;
    }

    private boolean enough(Layer last, int at) {
        for (int i = 0; i < shared.length; i++) {
            int wish = shared[i];
            if (last.counts[at * shared.length + i] / problem.parts[wish] < least[wish]) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Packing end(Layer last, int at, long above) {
        var packing = new Packing(problem);
        long[] left = problem.capacity.clone();
        for (int i = 0; i < shared.length; i++) {
            int wish = shared[i];
            packing.runners[wish] = last.counts[at * shared.length + i] / problem.parts[wish];
            for (int dimension = 0; dimension < left.length; dimension++) {
                left[dimension] -= packing.runners[wish] * problem.need[wish][dimension];
            }
        }
        trace(packing, at);
        long sure = packing.measured(problem).value;
        long added = cpu.fill(left, above - sure);
        if (added < 0) {
            return null;
        }
        cpu.copyTo(packing.runners);
        packing.value = sure + added;
        return packing;
    }

    /** What is on each device, less parts that make no whole runner. */
    private void trace(Packing packing, int end) {
        int at = end;
        for (int bin = layers.length - 1; bin > 0; bin--) {
            Layer layer = layers[bin];
            System.arraycopy(
                    layer.patterns.get(layer.pattern[at]).parts(), 0, packing.parts[bin - 1], 0, problem.count());
            at = layer.parent[at];
        }
        for (int wish : shared) {
            int spare = -packing.runners[wish] * problem.parts[wish];
            for (int[] parts : packing.parts) {
                spare += parts[wish];
            }
            while (spare-- > 0) {
                int most = 0;
                for (int bin = 1; bin < packing.parts.length; bin++) {
                    most = packing.parts[bin][wish] > packing.parts[most][wish] ? bin : most;
                }
                packing.parts[most][wish]--;
            }
        }
    }
}
