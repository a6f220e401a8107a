package dev.paddock.gcp.internal;

import java.util.Objects;

/**
 * Where an operation is found.
 *
 * @param zonal whether it is one of a zone, else of a region
 * @param place the zone or region
 * @param name its name
 */
public record OperationRef(boolean zonal, String place, String name) {
    /** Checks for nulls. */
    public OperationRef {
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(name, "name");
    }
}
