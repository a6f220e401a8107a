package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.spi.RunnerHandle;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;

/**
 * Where VMs were asked for of which nobody said what became. A list may have shown such a VM where it was tried before:
 * Google shows one that a zone has no room for until it says so. Thread-safe.
 */
final class Places {
    /** The name of a region, or of a zone. */
    private static final Pattern PLACE = Pattern.compile("[a-z]+(-[a-z]+)+[0-9]+(-[a-z][a-z0-9]*)?");

    private final ConcurrentSkipListMap<String, List<String>> asked = new ConcurrentSkipListMap<>();

    /** It is nowhere but in one of these zones, if anywhere. */
    void asked(String name, List<String> zones) {
        asked.put(name, List.copyOf(zones));
    }

    /** It was made and its zone is known, or it was not made. */
    void settled(String name) {
        asked.remove(name);
    }

    static String zone(RunnerHandle handle) {
        return handle.data().getOrDefault("zone", handle.place());
    }

    /** Whether a VM may be in what a list could not read: a zone, a region, or something that has no such name. */
    boolean mayHold(String scope, RunnerId runner, Optional<RunnerHandle> handle) {
        List<String> zones = handle.map(this::of).orElseGet(() -> asked.getOrDefault(runner.value(), List.of()));
        return zones.isEmpty()
                || !PLACE.matcher(scope).matches()
                || zones.stream()
                        .anyMatch(zone ->
                                zone.equals(scope) || ZoneNames.region(zone).equals(scope));
    }

    /** The zones to delete a VM in: its own, unless it was asked for elsewhere after that. */
    List<String> of(RunnerHandle handle) {
        String zone = zone(handle);
        List<String> last = asked.getOrDefault(handle.runner().value(), List.of());
        return last.isEmpty() || last.contains(zone) ? List.of(zone) : last;
    }
}
