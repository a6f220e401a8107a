package dev.paddock.examples.demo;

import dev.paddock.gcp.ComputeFault;
import dev.paddock.gcp.ZoneTried;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts what zones answered, from the fleet's events. Used on the events thread, read after it. */
final class ZonesTold {
    private static final class Count {
        private int made;
        private int outOfStock;
        private int refusedElse;
    }

    private final Map<String, Count> counts = new LinkedHashMap<>();

    /** Of zones that are not asked it tells that too. */
    ZonesTold(String... zones) {
        for (String zone : zones) {
            counts.put(zone, new Count());
        }
    }

    synchronized void tried(ZoneTried event) {
        Count count = counts.computeIfAbsent(event.zone(), zone -> new Count());
        if (event.refused().isEmpty()) {
            count.made++;
        } else if (event.refused().get() == ComputeFault.Kind.STOCKOUT) {
            count.outOfStock++;
        } else {
            count.refusedElse++;
        }
    }

    /** A line for each zone. */
    synchronized List<String> lines() {
        return counts.entrySet().stream()
                .map(zone -> "zone " + zone.getKey() + ": made " + zone.getValue().made + " VMs, was out of stock "
                        + zone.getValue().outOfStock + " times"
                        + (zone.getValue().refusedElse == 0
                                ? ""
                                : ", refused " + zone.getValue().refusedElse + " for another reason"))
                .toList();
    }
}
