package dev.paddock;

import java.util.Objects;

/**
 * How a runner is. Immutable.
 *
 * @param status in one word
 * @param evidence what was seen, for a person; without secrets; may be empty if it is well
 */
public record Health(Status status, String evidence) {
    /** How it is, the worse the later. */
    public enum Status {
        /** It is well. */
        HEALTHY,
        /** Something is amiss, and it still works. */
        DEGRADED,
        /** Nobody can tell. Such a runner is taken to be neither idle nor dead. */
        UNKNOWN,
        /** It is not fit for a job. */
        FAILED
    }

    /** Checks for nulls. */
    public Health {
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(evidence, "evidence");
    }

    /**
     * A runner that is well.
     *
     * @return the health
     */
    public static Health healthy() {
        return new Health(Status.HEALTHY, "");
    }

    /**
     * A runner with something amiss that still works.
     *
     * @param evidence what was seen
     * @return the health
     */
    public static Health degraded(String evidence) {
        return new Health(Status.DEGRADED, evidence);
    }

    /**
     * A runner that cannot be looked at.
     *
     * @param evidence why
     * @return the health
     */
    public static Health unknown(String evidence) {
        return new Health(Status.UNKNOWN, evidence);
    }

    /**
     * A runner that is not fit for a job.
     *
     * @param evidence what was seen
     * @return the health
     */
    public static Health failed(String evidence) {
        return new Health(Status.FAILED, evidence);
    }

    /**
     * The worse of two.
     *
     * @param other another look at the same runner
     * @return this one, if both are alike
     */
    public Health worse(Health other) {
        return other.status.compareTo(status) > 0 ? other : this;
    }
}
