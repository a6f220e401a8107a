package dev.paddock.gcp.internal;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A region's quotas.
 *
 * @param name the region
 * @param quotas by metric, names that Google's client does not know included; empty means that they are unknown
 * @param warning why Google could not tell them; empty if it could
 */
public record RegionFacts(String name, Map<String, Quota> quotas, String warning) {
    /** Copies the map, sorted, and checks for nulls. */
    public RegionFacts {
        Objects.requireNonNull(name, "name");
        quotas = java.util.Collections.unmodifiableMap(new TreeMap<>(quotas));
        Objects.requireNonNull(warning, "warning");
    }
}
