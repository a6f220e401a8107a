package dev.paddock.gcp;

import java.util.Objects;

/** What is known of a quota. What is not known is not 0: a VM may be tried on it. */
public sealed interface QuotaReading {
    /** From this limit on Google means that there is none: it writes 2 to the power of 63. */
    double NO_LIMIT = 9.2e18;

    /**
     * A quota that was read.
     *
     * @param limit how much is allowed
     * @param usage how much is used, as Google tells; what was asked for a moment ago is not in it
     */
    record Known(double limit, double usage) implements QuotaReading {
        /**
         * What is left.
         *
         * @return limit less usage, at least 0
         */
        public double free() {
            return Math.max(0, limit - usage);
        }

        @Override
        public String toString() {
            return number(usage) + " of " + number(limit) + " used";
        }

        private static String number(double value) {
            return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        }
    }

    /** A quota without a limit. */
    record Unlimited() implements QuotaReading {
        @Override
        public String toString() {
            return "unlimited";
        }
    }

    /**
     * A quota that could not be read.
     *
     * @param reason why, in a few words
     */
    record Unknown(String reason) implements QuotaReading {
        /** Checks for null. */
        public Unknown {
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public String toString() {
            return "unknown: " + reason;
        }
    }

    /**
     * A quota as Google tells it.
     *
     * @param limit how much is allowed; from {@link #NO_LIMIT} on there is no limit
     * @param usage how much is used
     * @return known, or unlimited; unknown if either is not a number
     */
    static QuotaReading of(double limit, double usage) {
        if (Double.isNaN(limit) || Double.isNaN(usage)) {
            return unknown("not a number");
        }
        return limit >= NO_LIMIT ? new Unlimited() : new Known(limit, usage);
    }

    /**
     * A quota without a limit.
     *
     * @return the reading
     */
    static QuotaReading unlimited() {
        return new Unlimited();
    }

    /**
     * A quota that could not be read.
     *
     * @param reason why, in a few words
     * @return the reading
     */
    static QuotaReading unknown(String reason) {
        return new Unknown(reason);
    }
}
