package dev.paddock.gcp.internal;

import java.util.Objects;

/**
 * A zone.
 *
 * @param name the zone
 * @param region its region
 * @param up whether Google says that it is
 */
public record ZoneFacts(String name, String region, boolean up) {
    /** Checks for nulls. */
    public ZoneFacts {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(region, "region");
    }
}
