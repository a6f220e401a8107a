package dev.paddock.testkit.internal.compute;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What is left of machines and accelerators in each zone; what is not told has no end. */
final class Stock {
    private final Map<String, Map<String, Integer>> units = new TreeMap<>();
    private final Map<String, Map<String, Integer>> taken = new TreeMap<>();

    Stock(List<ZoneSpec> zones) {
        zones.forEach(zone -> units.put(zone.name(), new TreeMap<>(zone.stock())));
    }

    void set(String zone, String resource, int count) {
        Map<String, Integer> ofZone = units.get(zone);
        if (ofZone == null) {
            throw new IllegalArgumentException("there is no zone " + zone);
        }
        ofZone.put(resource, count);
    }

    /** What an instance takes, by machine type and accelerator. */
    static Map<String, Integer> wants(InstanceForm form) {
        var wants = new LinkedHashMap<String, Integer>();
        form.accelerators().forEach((card, count) -> want(wants, card, count, form.spot()));
        want(wants, form.machine().name(), 1, form.spot());
        return wants;
    }

    private static void want(Map<String, Integer> wants, String resource, int count, boolean spot) {
        wants.put(resource, count);
        if (spot) {
            wants.put("spot/" + resource, count);
        }
    }

    /** What the zone does not have enough of. */
    Optional<String> missing(String zone, Map<String, Integer> wants) {
        Map<String, Integer> there = units.getOrDefault(zone, Map.of());
        Map<String, Integer> gone = taken.getOrDefault(zone, Map.of());
        return wants.entrySet().stream()
                .filter(want -> there.containsKey(want.getKey())
                        && gone.getOrDefault(want.getKey(), 0) + want.getValue() > there.get(want.getKey()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    void take(String zone, Map<String, Integer> wants) {
        Map<String, Integer> gone = taken.computeIfAbsent(zone, z -> new TreeMap<>());
        wants.forEach((resource, count) -> gone.merge(resource, count, Integer::sum));
    }

    void release(String zone, Map<String, Integer> wants) {
        Map<String, Integer> gone = taken.computeIfAbsent(zone, z -> new TreeMap<>());
        wants.forEach((resource, count) -> gone.merge(resource, -count, Integer::sum));
    }

    /** Which of these zones have enough. */
    List<String> zonesWith(List<String> zones, Map<String, Integer> wants) {
        var with = new ArrayList<String>();
        for (String zone : zones) {
            if (missing(zone, wants).isEmpty()) {
                with.add(zone);
            }
        }
        return with;
    }
}
