package dev.paddock.internal.capacity;

/**
 * What a demand's best value can be had on with the fewest devices. Devices that are in use anyway cost nothing; of two of
 * which one holds all that the other does, the other is not tried before. Not thread-safe.
 */
final class Fewest {
    private static final long STEPS_A_TRY = 1000;

    private final Problem.Draft draft;
    private final long[] values;
    private final Problem whole;
    private final Budget budget;
    private final int[] chosen;
    private Problem problem;
    private Packing packing;
    private boolean proved = true;

    /** Begins with the best packing on all devices. */
    Fewest(Problem.Draft draft, long[] values, Problem problem, Packing packing, Budget budget) {
        this.budget = budget;
        this.draft = draft;
        this.values = values;
        this.problem = problem;
        this.packing = packing;
        whole = problem;
        chosen = new int[whole.room.length];
        int devices = devices();
        while (devices > 0 && choose(0, devices - 1)) {
            devices = devices();
        }
    }

    /** How many are put to use. */
    private int devices() {
        int devices = 0;
        for (int bin = 0; bin < packing.parts.length; bin++) {
            boolean holds = false;
            for (int parts : packing.parts[bin]) {
                holds |= parts > 0;
            }
            devices += holds && !problem.inUse[problem.classOf[bin]] ? 1 : 0;
        }
        return devices;
    }

    /** Chooses so many devices from the classes from one on, until some are enough. */
    private boolean choose(int of, int left) {
        if (of == chosen.length) {
            return left == 0 && isEnough();
        }
        int size = whole.classSize[of];
        int most = whole.inUse[of] ? size : Math.min(left, size);
        for (int other = 0; other < of; other++) {
            most = chosen[other] < whole.classSize[other] && covers(other, of) ? 0 : most;
        }
        for (int count = most; count >= (whole.inUse[of] ? size : 0); count--) {
            chosen[of] = count;
            if (choose(of + 1, whole.inUse[of] ? left : left - count)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a device of one class holds all that one of another does. */
    private boolean covers(int one, int other) {
        boolean covers = !whole.inUse[other] && whole.room[one] >= whole.room[other];
        for (int wish = 0; wish < whole.count(); wish++) {
            byte fit = whole.fit[other][wish];
            covers &= fit == Problem.NO || fit == whole.fit[one][wish];
        }
        return covers;
    }

    private boolean isEnough() {
        if (!budget.spend(STEPS_A_TRY)) {
            proved = false;
            return false;
        }
        boolean[] out = new boolean[draft.bins()];
        int at = 0;
        for (int of = 0; of < chosen.length; of++) {
            for (int device = 0; device < whole.classSize[of]; device++) {
                out[whole.bins[at++]] = device >= chosen[of];
            }
        }
        Problem fewer = draft.with(values, out);
        var solver = new Solver(fewer, packing.value - whole.step, budget);
        if (solver.best().value < packing.value) {
            proved &= solver.bound() < packing.value;
            return false;
        }
        problem = fewer;
        packing = solver.best();
        return true;
    }

    Problem problem() {
        return problem;
    }

    Packing packing() {
        return packing;
    }

    /** Whether no fewer are enough. */
    boolean isProved() {
        return proved;
    }
}
