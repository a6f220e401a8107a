package dev.paddock.capacity;

import java.util.Objects;

/**
 * How good a plan is, as far as its planner can prove it.
 *
 * @param status whether the plan is the best there is
 * @param value what the plan reaches, in the unit of the request's objective
 * @param bound what no plan can exceed; infinite if nothing is known
 */
public record Optimality(Status status, double value, double bound) {
    /** What is proved. */
    public enum Status {
        /** No plan reaches more. */
        OPTIMAL,
        /** No plan reaches more than {@link Optimality#bound}. */
        GAP,
        /** Nothing is proved. */
        UNKNOWN
    }

    /**
     * Checks that the three agree.
     *
     * @throws IllegalArgumentException if the bound is below the value, or a number is not one
     */
    public Optimality {
        Objects.requireNonNull(status, "status");
        if (!(bound >= value)) {
            throw new IllegalArgumentException("the bound " + bound + " must be at least the value " + value);
        }
    }

    /**
     * The best there is.
     *
     * @param value what it reaches
     * @return the verdict
     */
    public static Optimality optimal(double value) {
        return new Optimality(Status.OPTIMAL, value, value);
    }

    /**
     * Not proved to be the best.
     *
     * @param value what it reaches
     * @param bound what no plan can exceed, at least the value; if they are equal the plan is the best there is
     * @return the verdict
     */
    public static Optimality within(double value, double bound) {
        return bound <= value ? optimal(value) : new Optimality(Status.GAP, value, bound);
    }

    /**
     * Nothing is proved.
     *
     * @param value what it reaches
     * @return the verdict
     */
    public static Optimality unknown(double value) {
        return new Optimality(Status.UNKNOWN, value, Double.POSITIVE_INFINITY);
    }

    /**
     * The most that a better plan could gain, as a share of the bound.
     *
     * @return 0 to 1; 0 if the plan is the best there is, 1 if nothing is known
     */
    public double gap() {
        if (status == Status.OPTIMAL || bound == 0) {
            return 0;
        }
        return Double.isInfinite(bound) ? 1 : (bound - value) / bound;
    }
}
