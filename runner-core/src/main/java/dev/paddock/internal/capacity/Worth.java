package dev.paddock.internal.capacity;

import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacityRequest.Objective;

/**
 * What runners are worth to an objective, in whole numbers: weights count to a millionth, of themselves if they are less
 * than 1, or coarser if they are too far apart for that.
 */
final class Worth {
    private static final double MOST = 1L << 46;
    private static final double FINEST = 1L << 20;
    private static final double PRECISION = 1e-6;

    private final CapacityRequest request;
    private final double scale;
    private final long first;
    private final double runners;
    private final boolean exact;

    Worth(CapacityRequest request, Problem.Draft draft) {
        this.request = request;
        double heaviest = 0;
        double lightest = 1;
        double most = 0;
        for (int wish = 0; wish < request.wishes().size(); wish++) {
            if (draft.limit(wish) > 0) {
                double weight = request.wishes().get(wish).profile().weight();
                heaviest = Math.max(heaviest, weight);
                lightest = Math.min(lightest, weight);
                most += draft.limit(wish);
            }
        }
        runners = Math.max(1, Math.min(most, (double) draft.slots()));
        boolean number = request.objective() == Objective.MOST_RUNNERS;
        double factor = number ? runners : 1;
        double finest = FINEST / Math.scalb(1.0, Math.getExponent(lightest));
        while (finest * heaviest * runners * factor > MOST) {
            finest /= 2;
        }
        scale = finest;
        exact = isExact(draft);
        first = number ? first(heaviest, draft) : 0;
    }

    /** More than all weights together; a multiple of what divides them all, so that sums are as far apart as weights. */
    private long first(double heaviest, Problem.Draft draft) {
        long unit = 0;
        for (int wish = 0; wish < request.wishes().size(); wish++) {
            double weight = request.wishes().get(wish).profile().weight();
            unit = draft.limit(wish) > 0 ? Problem.divisor(unit, (long) units(weight)) : unit;
        }
        unit = Math.max(1, unit);
        return ((long) Math.ceil(heaviest * runners * scale) / unit + 1) * unit;
    }

    private boolean isExact(Problem.Draft draft) {
        for (int wish = 0; wish < request.wishes().size(); wish++) {
            double weight = request.wishes().get(wish).profile().weight();
            if (draft.limit(wish) > 0 && Math.abs(units(weight) / scale - weight) > PRECISION * weight) {
                return false;
            }
        }
        return true;
    }

    private double units(double weight) {
        return Math.max(1, (double) Math.round(weight * scale));
    }

    /** Whether the whole numbers are as far apart as the weights; if not, the best by them is not proved to be the best. */
    boolean isExact() {
        return exact;
    }

    /** By wish. */
    long[] values() {
        long[] values = new long[request.wishes().size()];
        for (int wish = 0; wish < values.length; wish++) {
            double weight = request.wishes().get(wish).profile().weight();
            values[wish] = request.objective() == Objective.MIX ? 1 : first + (long) units(weight);
        }
        return values;
    }

    /** A bound on the sum of values in the objective's unit. */
    double bound(double values) {
        return first > 0 ? Math.floor(values / first) : values / scale + (exact ? 0 : runners / scale);
    }
}
