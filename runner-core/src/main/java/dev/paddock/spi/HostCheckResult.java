package dev.paddock.spi;

import java.util.Objects;

/**
 * What one {@link HostCheck} found. Immutable.
 *
 * @param id of the check, such as {@code GPU-DRIVER}
 * @param severity how much it matters
 * @param status what was found
 * @param observed what the host has, in words; why not where it could not be told
 * @param required what is wanted, in words
 * @param remedy what to do, ready to be pasted where it is a command; empty if it passed
 */
public record HostCheckResult(
        String id, Severity severity, Status status, String observed, String required, String remedy) {
    /** How much a check matters. */
    public enum Severity {
        /** Without it runners do not work: a failure makes the host unfit, and so does an answer that is not known. */
        MANDATORY,
        /** Runners work without it, but worse. */
        RECOMMENDED,
        /** For the reader only. */
        INFO
    }

    /** What was found. */
    public enum Status {
        /** As required. */
        PASS,
        /** Enough, but less than recommended. */
        WARN,
        /** Not as required. */
        FAIL,
        /** Nobody asked for it on this host. */
        SKIPPED,
        /** It could not be told, which is not a pass. */
        UNKNOWN
    }

    /** Checks for nulls. */
    public HostCheckResult {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(observed, "observed");
        Objects.requireNonNull(required, "required");
        Objects.requireNonNull(remedy, "remedy");
    }

    /**
     * Whether this result alone makes a host unfit.
     *
     * @return true if it is mandatory and failed or is unknown
     */
    public boolean isBlocking() {
        return severity == Severity.MANDATORY && (status == Status.FAIL || status == Status.UNKNOWN);
    }
}
