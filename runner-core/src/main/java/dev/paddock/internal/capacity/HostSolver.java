package dev.paddock.internal.capacity;

import java.util.Arrays;

/** A good packing of one of many hosts, in little time, and what none exceeds. */
final class HostSolver {
    /** A packing and what none exceeds. */
    record Solved(Packing packing, double bound) {}

    /** Steps for a proof. */
    static final long EXACT = Long.MAX_VALUE;
    /** For the first packing that comes to mind. */
    static final long NO_SEARCH = -1;

    /** What is nearer to the bound is good enough unless a proof is asked for. */
    private static final double CLOSE = 0.001;

    private HostSolver() {}

    static Solved solve(Problem problem, long steps) {
        if (steps == EXACT) {
            var solver = new Solver(problem, -1, new Budget(Solver.STEPS));
            return new Solved(solver.best(), solver.bound());
        }
        Packing best = Greedy.best(problem);
        int[] cap = new int[problem.count()];
        Arrays.fill(cap, Integer.MAX_VALUE);
        var prices = new Relaxation(problem, cap);
        double proved = prices.bound;
        double close = Math.max((double) Math.max(1, problem.step), CLOSE * proved);
        if (steps < 0 || proved < best.value + close) {
            return new Solved(best, Math.max((double) best.value, proved));
        }
        var budget = new Budget(Arrays.stream(problem.parts).anyMatch(parts -> parts > 1) ? 0 : steps);
        var fill = new Fill(problem, prices, new int[cap.length], budget);
        if (!fill.fill(problem.limit, best.value, prices.devicesWorth)) {
            return new Solved(best, budget.isSpent() ? proved : (double) best.value);
        }
        int[] wanted = new int[cap.length];
        fill.copyTo(wanted);
        var packer = new Packer(problem, budget);
        Packing packed = packer.pack(wanted) ? packer.packing() : Greedy.pack(problem, wanted);
        best = packed.value > best.value ? packed : best;
        proved = budget.isSpent() ? proved : Math.min(proved, (double) fill.most());
        var search = new Budget(budget.isSpent() ? 0 : steps);
        // Numbers that are skipped for want of steps must end the search too: else it would prove what is not so.
        var chooser = new Fill(problem, prices, new int[cap.length], search);
        double slack = close;
        double most = proved;
        while (proved >= best.value + close && !search.isSpent()) {
            double target = Math.max(most - slack, best.value + close);
            Packing found = new Search(problem, prices, chooser, search).find(target, best);
            if (!search.isSpent()) {
                proved = found.value >= target ? (double) found.value : target;
            }
            best = found;
            slack *= 4;
        }
        return new Solved(best, Math.max((double) best.value, proved));
    }
}
