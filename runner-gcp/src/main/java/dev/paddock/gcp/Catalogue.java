package dev.paddock.gcp;

import dev.paddock.gcp.ZoneQuota.Offered;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.ZoneFacts;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/**
 * Which zones there are and what they really offer. It changes rarely and is kept for hours; what cannot be read is
 * unknown, never an error, and forbids nothing. Thread-safe.
 */
final class Catalogue {
    /** How long what was read is good for, by default. */
    static final Duration TTL = Duration.ofHours(6);
    /** After how long what could not be read is tried again. */
    static final Duration RETRY = Duration.ofMinutes(1);

    private final ComputeApi api;
    private final Scheduler scheduler;
    private final Duration ttl;
    private final Notices notices;
    private final Cached<Optional<Map<String, ZoneFacts>>> zones;
    private final Cached<Optional<Map<String, Map<String, Integer>>>> accelerators;
    private final ConcurrentSkipListMap<String, Cached<Optional<Map<String, MachineFacts>>>> machines =
            new ConcurrentSkipListMap<>();

    Catalogue(ComputeApi api, Scheduler scheduler, Duration ttl, Notices notices) {
        this.api = api;
        this.scheduler = scheduler;
        this.ttl = ttl;
        this.notices = notices;
        zones = cached("zones", () -> api.zones().thenApply(Catalogue::byName));
        accelerators = cached("accelerator types", api::accelerators);
    }

    /**
     * What zones offer of one shape. Each part is empty if it could not be read.
     *
     * @param zones by name
     * @param accelerators zone to accelerator type to the most cards of one VM
     * @param machine the machine type, by zone
     */
    record Facts(
            Optional<Map<String, ZoneFacts>> zones,
            Optional<Map<String, Map<String, Integer>>> accelerators,
            Optional<Map<String, MachineFacts>> machine) {
        static Facts unknown() {
            return new Facts(Optional.empty(), Optional.empty(), Optional.empty());
        }

        String region(String zone) {
            return zones.map(all -> all.get(zone)).map(ZoneFacts::region).orElseGet(() -> ZoneNames.region(zone));
        }

        boolean up(String zone) {
            return zones.map(all -> all.containsKey(zone) && all.get(zone).up()).orElse(true);
        }

        Offered offersMachine(String zone) {
            return machine.map(all -> all.containsKey(zone) ? Offered.YES : Offered.NO)
                    .orElse(Offered.UNKNOWN);
        }

        /** One that is built into the machine is offered where the machine is. */
        Offered offersAccelerator(String zone, MachineShape shape) {
            if (!shape.hasAccelerators()) {
                return Offered.YES;
            }
            boolean builtIn = machine.map(all -> all.get(zone))
                    .filter(facts ->
                            facts.accelerators().getOrDefault(shape.acceleratorType(), 0) >= shape.acceleratorCount())
                    .isPresent();
            if (builtIn) {
                return Offered.YES;
            }
            return accelerators
                    .map(all -> all.getOrDefault(zone, Map.of()).getOrDefault(shape.acceleratorType(), 0)
                                    >= shape.acceleratorCount()
                            ? Offered.YES
                            : Offered.NO)
                    .orElse(Offered.UNKNOWN);
        }
    }

    /** What zones offer of a machine type; never fails. */
    CompletionStage<Facts> facts(String machineType) {
        Cached<Optional<Map<String, MachineFacts>>> machine = machines.computeIfAbsent(
                machineType, type -> cached("machine type " + type, () -> api.machineType(type)));
        return zones.get()
                .thenCombine(
                        accelerators.get(),
                        (ofZones, ofAccelerators) -> new Facts(ofZones, ofAccelerators, Optional.empty()))
                .thenCombine(
                        machine.get(), (facts, ofMachine) -> new Facts(facts.zones(), facts.accelerators(), ofMachine));
    }

    /** The zones that offer a machine type, as last read; asks nobody. */
    Optional<Map<String, MachineFacts>> known(String machineType) {
        Cached<Optional<Map<String, MachineFacts>>> machine = machines.get(machineType);
        return machine == null ? Optional.empty() : machine.last().flatMap(facts -> facts);
    }

    /** Google refused something for what a zone offers: the next one reads anew. */
    void forget() {
        zones.forget();
        accelerators.forget();
        machines.values().forEach(Cached::forget);
    }

    /** A list that is empty is not believed: Google has zones and machines. */
    private <V> Cached<Optional<Map<String, V>>> cached(
            String what, Supplier<CompletionStage<Map<String, V>>> question) {
        return new Cached<>(
                scheduler,
                () -> question.get().handle((answer, failure) -> {
                    if (failure == null && !answer.isEmpty()) {
                        notices.clear(what);
                        return Optional.of(Collections.unmodifiableMap(new TreeMap<>(answer)));
                    }
                    String why = failure == null ? "the list is empty" : Failures.text(failure);
                    notices.raise(
                            what,
                            "catalogue unavailable: " + what + " could not be read, so each zone is taken to"
                                    + " offer what is asked: " + why);
                    return Optional.<Map<String, V>>empty();
                }),
                answer -> answer.isPresent() ? ttl : RETRY);
    }

    private static Map<String, ZoneFacts> byName(List<ZoneFacts> zones) {
        SortedMap<String, ZoneFacts> names = new TreeMap<>();
        zones.forEach(zone -> names.put(zone.name(), zone));
        return names;
    }
}
