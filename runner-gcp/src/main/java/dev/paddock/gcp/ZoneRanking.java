package dev.paddock.gcp;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Zones in the order in which they are to be tried, and why.
 *
 * @param order those to try, the first one first
 * @param passedOver those not to try
 */
public record ZoneRanking(List<Place> order, List<Place> passedOver) {
    /**
     * A zone and why it stands where it stands.
     *
     * @param zone the zone
     * @param reason in a few words; may be empty
     */
    public record Place(String zone, String reason) {
        /** Checks for nulls. */
        public Place {
            Objects.requireNonNull(zone, "zone");
            Objects.requireNonNull(reason, "reason");
        }
    }

    /** Copies the lists. */
    public ZoneRanking {
        order = List.copyOf(order);
        passedOver = List.copyOf(passedOver);
    }

    /**
     * An order without words, for a selector that is a lambda.
     *
     * @param zones the zones to try, the first one first
     * @return the ranking
     */
    public static ZoneRanking of(List<String> zones) {
        return new ZoneRanking(zones.stream().map(zone -> new Place(zone, "")).toList(), List.of());
    }

    /**
     * The zones to try.
     *
     * @return their names, the first one first
     */
    public List<String> zones() {
        return order.stream().map(Place::zone).toList();
    }

    /**
     * The ranking in one line for a log or a person: {@code us-east1-c (5 left), us-west1-b (quota unknown); not
     * us-central1-a (quota used up: …)}.
     *
     * @return the text
     */
    public String explain() {
        String tried = order.isEmpty() ? "no zone" : text(order);
        return passedOver.isEmpty() ? tried : tried + "; not " + text(passedOver);
    }

    private static String text(List<Place> places) {
        return places.stream()
                .map(place -> place.reason().isEmpty() ? place.zone() : place.zone() + " (" + place.reason() + ")")
                .collect(Collectors.joining(", "));
    }
}
