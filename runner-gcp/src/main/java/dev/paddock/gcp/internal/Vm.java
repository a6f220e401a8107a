package dev.paddock.gcp.internal;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A VM as Compute Engine tells of it. Its metadata may hold a secret, which {@code toString} hides.
 *
 * @param name its name
 * @param zone its zone
 * @param id its number, decimal; empty if not told
 * @param status as Google names it: {@code RUNNING}, {@code TERMINATED} or a word that is new
 * @param labels its labels
 * @param metadata its metadata, empty in lists
 * @param fingerprint of the metadata
 */
public record Vm(
        String name,
        String zone,
        String id,
        String status,
        Map<String, String> labels,
        Map<String, String> metadata,
        String fingerprint) {
    /** Copies the maps, sorted, and checks for nulls. */
    public Vm {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(status, "status");
        labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
        metadata = java.util.Collections.unmodifiableMap(new TreeMap<>(metadata));
        Objects.requireNonNull(fingerprint, "fingerprint");
    }

    /** The VM, without what its metadata says. */
    @Override
    public String toString() {
        return "Vm[" + name + " in " + zone + ", " + status + ", labels " + labels + "]";
    }
}
