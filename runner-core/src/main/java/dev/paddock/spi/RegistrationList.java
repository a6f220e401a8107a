package dev.paddock.spi;

import java.util.List;
import java.util.Objects;

/**
 * The registrations of a source.
 *
 * @param complete false if a part could not be read; then absence proves nothing
 * @param entries what was read
 */
public record RegistrationList(boolean complete, List<Entry> entries) {
    /** Copies the entries. */
    public RegistrationList {
        entries = List.copyOf(entries);
    }

    /**
     * One registration.
     *
     * @param runner the runner's name
     * @param id its id at the source
     * @param presence whether it is connected
     * @param busy whether the source says it runs a job; the flag lags, so it proves nothing
     */
    public record Entry(String runner, String id, Presence presence, boolean busy) {
        /** Checks for nulls. */
        public Entry {
            Objects.requireNonNull(runner, "runner");
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(presence, "presence");
        }
    }

    /** Whether a registered runner is connected. */
    public enum Presence {
        /** Connected. */
        ONLINE,
        /** Not connected (yet, or any more). */
        OFFLINE,
        /** The source does not say. */
        UNKNOWN
    }
}
