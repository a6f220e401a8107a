package dev.paddock.task;

import java.util.Objects;

/**
 * How a task ended, as the host says.
 *
 * @param kind the kind of end
 * @param text words for a person; possibly empty, without secrets
 * @param reusable whether the runner may hold another task; if not it is removed
 */
public record Outcome(Kind kind, String text, boolean reusable) {
    /** The kinds of end. */
    public enum Kind {
        /** It did what it was to do. */
        SUCCEEDED,
        /** It did not. */
        FAILED,
        /** Nobody wants it any more. */
        CANCELLED
    }

    private static final Outcome SUCCEEDED = new Outcome(Kind.SUCCEEDED, "", true);

    /** Checks for nulls. */
    public Outcome {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(text, "text");
    }

    /**
     * It did what it was to do.
     *
     * @return the outcome
     */
    public static Outcome succeeded() {
        return SUCCEEDED;
    }

    /**
     * It did not do what it was to do.
     *
     * @param text why
     * @return the outcome
     */
    public static Outcome failed(String text) {
        return new Outcome(Kind.FAILED, text, true);
    }

    /**
     * Nobody wants it any more.
     *
     * @param text why
     * @return the outcome
     */
    public static Outcome cancelled(String text) {
        return new Outcome(Kind.CANCELLED, text, true);
    }

    /**
     * A copy that says that the runner must not be used again: it is removed, and replaced if the pool wants.
     *
     * @return the copy
     */
    public Outcome withoutReuse() {
        return new Outcome(kind, text, false);
    }
}
