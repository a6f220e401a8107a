package dev.paddock.internal.capacity;

import java.util.Arrays;

/** A good packing of one of many hosts, in little time, and what none exceeds. */
final class HostSolver {
    /** A packing and what none exceeds. */
    record Solved(Packing packing, double bound) {}

    /** Better than this share of the bound is good enough. */
    private static final double CLOSE = 0.001;

    private HostSolver() {}

    static Solved solve(Problem problem, long steps) {
        Packing best = Greedy.best(problem);
        int[] cap = new int[problem.count()];
        Arrays.fill(cap, Integer.MAX_VALUE);
        var prices = new Relaxation(problem, cap);
        double proved = prices.bound;
        double close = Math.max(Math.max(1, problem.step), CLOSE * proved);
        var budget = new Budget(Arrays.stream(problem.parts).anyMatch(parts -> parts > 1) ? -1 : steps);
        var fill = new Fill(problem, prices, new int[cap.length], budget);
        double slack = close;
        while (proved >= best.value + close && !budget.isSpent()) {
            double target = Math.max(prices.bound - slack, best.value + close);
            Packing found = new Search(problem, prices, fill, budget).find(target, best);
            if (!budget.isSpent()) {
                proved = found.value >= target ? found.value : target;
            }
            best = found;
            slack *= 4;
        }
        return new Solved(best, Math.max(best.value, proved));
    }
}
