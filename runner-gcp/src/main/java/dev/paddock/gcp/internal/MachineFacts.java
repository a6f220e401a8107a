package dev.paddock.gcp.internal;

import java.util.Map;
import java.util.TreeMap;

/**
 * A machine type.
 *
 * @param cpus its virtual CPUs
 * @param accelerators what is built in, type to count; most have none
 */
public record MachineFacts(int cpus, Map<String, Integer> accelerators) {
    /** Copies the map, sorted. */
    public MachineFacts {
        accelerators = java.util.Collections.unmodifiableMap(new TreeMap<>(accelerators));
    }
}
