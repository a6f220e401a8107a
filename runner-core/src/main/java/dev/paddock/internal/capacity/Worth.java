package dev.paddock.internal.capacity;

import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacityRequest.Objective;

/** What runners are worth to an objective, in whole numbers: weights count to a millionth, or coarser if they are huge. */
final class Worth {
    private static final double MOST = 1L << 46;
    private static final double FINEST = 1L << 20;

    private final CapacityRequest request;
    private final double scale;
    private final long first;

    Worth(CapacityRequest request, Problem.Draft draft) {
        this.request = request;
        double heaviest = 0;
        double runners = 0;
        for (int wish = 0; wish < request.wishes().size(); wish++) {
            if (draft.limit(wish) > 0) {
                heaviest =
                        Math.max(heaviest, request.wishes().get(wish).profile().weight());
                runners += draft.limit(wish);
            }
        }
        runners = Math.max(1, Math.min(runners, (double) draft.slots()));
        boolean number = request.objective() == Objective.MOST_RUNNERS;
        double factor = number ? runners : 1;
        double finest = FINEST;
        while (finest * heaviest * runners * factor > MOST) {
            finest /= 2;
        }
        scale = finest;
        first = number ? (long) Math.ceil(heaviest * runners * scale) + 1 : 0;
    }

    /** By wish. */
    long[] values() {
        long[] values = new long[request.wishes().size()];
        for (int wish = 0; wish < values.length; wish++) {
            double weight = request.wishes().get(wish).profile().weight();
            values[wish] = request.objective() == Objective.MIX ? 1 : first + Math.max(1, Math.round(weight * scale));
        }
        return values;
    }

    /** A bound on the sum of values in the objective's unit. */
    double bound(double values) {
        return first > 0 ? Math.floor(values / first) : values / scale;
    }
}
