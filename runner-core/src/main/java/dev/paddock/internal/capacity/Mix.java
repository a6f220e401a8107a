package dev.paddock.internal.capacity;

import dev.paddock.capacity.CapacityRequest.Wish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How often a mix fits: the largest factor such that for each wish there are at least factor times share runners. Not
 * thread-safe.
 */
final class Mix {
    private final HostModel model;
    private final List<Wish> wishes;
    private final WishCounts held;
    private final Occupancy before;
    private @Nullable Problem problem;
    private @Nullable Packing packing;
    private final double value;
    private final double bound;

    private enum Answer {
        YES,
        NO,
        UNKNOWN
    }

    /** A factor as a fraction, so that it is exact. */
    private record Factor(long runners, long share) implements Comparable<Factor> {
        @Override
        public int compareTo(Factor other) {
            return Long.compare(runners * other.share, other.runners * share);
        }

        double value() {
            return (double) runners / share;
        }

        /** The fewest runners of a share that reach it. */
        long of(long other) {
            return (runners * other + share - 1) / share;
        }
    }

    Mix(HostModel model, List<Wish> wishes, WishCounts held) {
        this.model = model;
        this.wishes = wishes;
        this.held = held;
        before = model.occupancy();
        List<Factor> factors = factors();
        int fits = -1;
        int exceeds = factors.size();
        int disproved = exceeds;
        while (exceeds - fits > 1) {
            int middle = (fits + exceeds) / 2;
            Answer answer = fits(factors.get(middle));
            if (answer == Answer.YES) {
                fits = middle;
            } else {
                exceeds = middle;
                disproved = answer == Answer.UNKNOWN ? disproved : middle;
            }
        }
        value = fits < 0 ? 0 : factors.get(fits).value();
        bound = disproved - 1 == fits ? value : factors.get(disproved - 1).value();
    }

    /** All that a wish alone could reach, none that another cannot. */
    private List<Factor> factors() {
        int[] wanted = new int[wishes.size()];
        Arrays.fill(wanted, Integer.MAX_VALUE / 2);
        var draft = new Problem.Draft(model, before, wishes, wanted);
        List<Factor> factors = new ArrayList<>();
        Factor most = new Factor(Integer.MAX_VALUE, 1);
        for (int wish = 0; wish < wanted.length; wish++) {
            var alone = new Factor(
                    held.placed(wish) + draft.limit(wish), wishes.get(wish).count());
            most = alone.compareTo(most) < 0 ? alone : most;
        }
        for (Wish wish : wishes) {
            for (long runners = 1; ; runners++) {
                var factor = new Factor(runners, wish.count());
                if (factor.compareTo(most) > 0) {
                    break;
                }
                factors.add(factor);
            }
        }
        factors.sort(null);
        return factors;
    }

    /** Whether a factor can be reached. */
    private Answer fits(Factor factor) {
        int[] wanted = new int[wishes.size()];
        long all = 0;
        for (int wish = 0; wish < wanted.length; wish++) {
            long runners = factor.of(wishes.get(wish).count()) - held.placed(wish);
            wanted[wish] = (int) Math.max(0, Math.min(Integer.MAX_VALUE / 2, runners));
            all += wanted[wish];
        }
        var draft = new Problem.Draft(model, before, wishes, wanted);
        for (int wish = 0; wish < wanted.length; wish++) {
            if (draft.limit(wish) < wanted[wish]) {
                return Answer.NO;
            }
        }
        long[] one = new long[wanted.length];
        Arrays.fill(one, 1);
        Problem asked = draft.with(one, new boolean[draft.bins()]);
        var solver = new Solver(asked, all - 1, new Budget(Solver.STEPS / 16));
        if (solver.best().value >= all) {
            problem = asked;
            packing = solver.best();
            return Answer.YES;
        }
        return solver.bound() >= all ? Answer.UNKNOWN : Answer.NO;
    }

    /** Null if nothing fits. */
    @Nullable
    Packing packing() {
        return packing;
    }

    Problem problem() {
        return Objects.requireNonNull(problem);
    }

    double value() {
        return value;
    }

    double bound() {
        return bound;
    }
}
