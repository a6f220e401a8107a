package dev.paddock.gcp.internal;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a list told of zones, and of which places it could not: what is not found there may exist.
 *
 * @param <V> what is told of a zone
 * @param zones what was told, by zone
 * @param unread zones or regions that could not be read, and {@link #REST} if that is not known either
 */
public record Told<V>(Map<String, V> zones, Set<String> unread) {
    /** Stands for whatever a list did not name. */
    public static final String REST = "the rest of the list";

    /** Copies both, sorted. */
    public Told {
        zones = Collections.unmodifiableMap(new TreeMap<>(zones));
        unread = Collections.unmodifiableSet(new TreeSet<>(unread));
    }

    /**
     * A list that told all there is.
     *
     * @param <V> what is told of a zone
     * @param zones what was told, by zone
     * @return the list
     */
    public static <V> Told<V> whole(Map<String, V> zones) {
        return new Told<>(zones, Set.of());
    }

    /**
     * Whether zones of a region may be missing.
     *
     * @param region the region
     * @return true if they may
     */
    public boolean isPartOf(String region) {
        return unread.stream()
                .anyMatch(place -> place.equals(region) || place.equals(REST) || place.startsWith(region + "-"));
    }

    /**
     * Whether a zone was not told, and nobody can say that there is nothing to tell.
     *
     * @param zone the zone
     * @return true if it is unknown
     */
    public boolean isUnread(String zone) {
        return !zones.containsKey(zone)
                && unread.stream()
                        .anyMatch(place -> place.equals(zone) || place.equals(REST) || zone.startsWith(place + "-"));
    }
}
