package dev.paddock.gcp;

import dev.paddock.gcp.Cached.Shelf;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.ZoneFacts;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What was last read of a project and its zones, for all who make VMs in it: who needs it first asks, and the others take
 * the same answer. Thread-safe.
 */
final class ProjectFacts {
    final Shelf<QuotaWatch.Reading> quotas = new Shelf<>();
    final Shelf<Catalogue.Answer<ZoneFacts>> zones = new Shelf<>();
    final Shelf<Catalogue.Answer<Map<String, Integer>>> accelerators = new Shelf<>();
    private final Map<String, Shelf<Catalogue.Answer<MachineFacts>>> machines = new ConcurrentSkipListMap<>();

    Shelf<Catalogue.Answer<MachineFacts>> machine(String type) {
        return machines.computeIfAbsent(type, name -> new Shelf<>());
    }
}
