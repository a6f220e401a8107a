package dev.paddock.internal.capacity;

/** How many steps a search may take: a number and not a time, so that the same input gives the same plan. */
final class Budget {
    private long left;

    Budget(long steps) {
        left = steps;
    }

    static Budget unlimited() {
        return new Budget(Long.MAX_VALUE);
    }

    /** Takes steps; false once there are too few. */
    boolean spend(long steps) {
        left -= steps;
        return left >= 0;
    }

    boolean isSpent() {
        return left < 0;
    }
}
