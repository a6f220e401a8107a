package dev.paddock.gcp;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A refusal of Compute Engine, classified. Google's codes are many and its HTTP statuses few; {@link #kind()} says what
 * it means to a fleet, and so how far it reaches.
 *
 * @param kind what it means
 * @param status the HTTP status, of the answer or as an operation names it; 0 if there was none
 * @param code Google's most telling code or reason, such as {@code ZONE_RESOURCE_POOL_EXHAUSTED}; empty if none was given
 * @param message what was asked, Google's words, and what to do; without secrets
 * @param metric the quota that is used up, such as {@code NVIDIA_T4_GPUS}, with {@link Kind#QUOTA} if it was named
 * @param projectWide whether it holds for all regions, as of {@code GPUS_ALL_REGIONS}
 * @param zonesAvailable zones that Google names as having room, with {@link Kind#STOCKOUT}; often none
 * @param retryAfter how long Google asks to wait, if it does
 */
public record ComputeFault(
        Kind kind,
        int status,
        String code,
        String message,
        Optional<String> metric,
        boolean projectWide,
        List<String> zonesAvailable,
        Optional<Duration> retryAfter) {
    /** What a refusal means. */
    public enum Kind {
        /** The zone has no such machine now. Another zone may. */
        STOCKOUT(true),
        /** A quota of the region or of the project is used up. */
        QUOTA(true),
        /** Too many calls. Nothing was done. */
        RATE(true),
        /** The subnetwork has no address left. Another region may. */
        IP_SPACE(true),
        /** Something of this name exists. */
        CONFLICT(false),
        /** What was named exists and is busy. */
        NOT_READY(true),
        /** What was named does not exist: an instance, a template, an image, a network. */
        NOT_FOUND(false),
        /** The call can never succeed as it is: a field, a policy. */
        CONFIGURATION(false),
        /** The call cannot succeed in this zone, which lacks the machine or accelerator type. It may in another. */
        UNSUPPORTED(false),
        /** The credentials are wrong or lack a permission. */
        AUTHORIZATION(false),
        /** The call was not sent: credentials could not be refreshed, nobody listened. Nothing was done. */
        UNSENT(true),
        /** No answer, or one that says nothing: the call may have been carried out. */
        AMBIGUOUS(true);

        private final boolean retryable;

        Kind(boolean retryable) {
            this.retryable = retryable;
        }

        /**
         * Whether the same call may succeed later without a person's help.
         *
         * @return true if so
         */
        public boolean isRetryable() {
            return retryable;
        }
    }

    /** Copies the list and checks for nulls. */
    public ComputeFault {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(metric, "metric");
        zonesAvailable = List.copyOf(zonesAvailable);
        Objects.requireNonNull(retryAfter, "retryAfter");
    }

    /**
     * A fault of which only the kind and the words are known.
     *
     * @param kind what it means
     * @param message what was asked, what happened, what to do
     * @return the fault
     */
    public static ComputeFault of(Kind kind, String message) {
        return new ComputeFault(kind, 0, "", message, Optional.empty(), false, List.of(), Optional.empty());
    }
}
