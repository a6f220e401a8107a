package dev.paddock;

import java.util.Locale;
import java.util.Objects;

/**
 * How a job ended. GitHub's vocabulary is open, so the raw word is kept beside its kind.
 *
 * @param kind what we make of it
 * @param raw the word the source sent
 */
public record JobResult(Kind kind, String raw) {
    /** The kinds we tell apart. */
    public enum Kind {
        /** All steps passed. */
        SUCCEEDED,
        /** A step failed. */
        FAILED,
        /** Cancelled, or never given to a runner. */
        CANCELED,
        /** Skipped by its condition. */
        SKIPPED,
        /** Its runner was lost. */
        ABANDONED,
        /** A word we do not know. */
        OTHER
    }

    /** Checks for nulls. */
    public JobResult {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(raw, "raw");
    }

    /**
     * Reads a source's word, ignoring case and the two spellings of cancelled.
     *
     * @param raw the word, possibly empty
     * @return the result
     */
    public static JobResult of(String raw) {
        Kind kind = switch (raw.trim().toLowerCase(Locale.ROOT)) {
            case "succeeded", "success", "succeededwithissues" -> Kind.SUCCEEDED;
            case "failed", "failure" -> Kind.FAILED;
            case "canceled", "cancelled", "ignored" -> Kind.CANCELED;
            case "skipped" -> Kind.SKIPPED;
            case "abandoned" -> Kind.ABANDONED;
            default -> Kind.OTHER;
        };
        return new JobResult(kind, raw);
    }

    @Override
    public String toString() {
        return raw;
    }
}
