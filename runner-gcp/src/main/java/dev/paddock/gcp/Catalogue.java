package dev.paddock.gcp;

import dev.paddock.gcp.ZoneQuota.Offered;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.Told;
import dev.paddock.gcp.internal.ZoneFacts;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Which zones there are and what they really offer. It changes rarely and is kept for hours; what cannot be read is
 * unknown, never an error, and forbids nothing. An answer that lacks some zones, or that says of one of the user's that it
 * is down, is asked for again after a minute. Thread-safe.
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
    private final List<String> concerned;
    private final Cached<Optional<Told<ZoneFacts>>> zones;
    private final Cached<Optional<Told<Map<String, Integer>>>> accelerators;
    private final ConcurrentSkipListMap<String, Cached<Optional<Told<MachineFacts>>>> machines =
            new ConcurrentSkipListMap<>();

    /**
     * Asks nothing yet.
     *
     * @param concerned the zones that the user has; all are read anyway
     */
    Catalogue(ComputeApi api, Scheduler scheduler, Duration ttl, Notices notices, List<String> concerned) {
        this.api = api;
        this.scheduler = scheduler;
        this.ttl = ttl;
        this.notices = notices;
        this.concerned = List.copyOf(concerned);
        zones = cached("zones", api::zones, this::allUp);
        accelerators = cached("accelerator types", api::accelerators, told -> true);
    }

    /**
     * What zones offer of one shape. Each part is empty if it could not be read.
     *
     * @param zones by name
     * @param accelerators zone to accelerator type to the most cards of one VM
     * @param machines the machine type, by zone
     */
    record Facts(
            Optional<Told<ZoneFacts>> zones,
            Optional<Told<Map<String, Integer>>> accelerators,
            Optional<Told<MachineFacts>> machines) {
        static Facts unknown() {
            return new Facts(Optional.empty(), Optional.empty(), Optional.empty());
        }

        String region(String zone) {
            return zones.map(all -> all.zones().get(zone))
                    .map(ZoneFacts::region)
                    .orElseGet(() -> ZoneNames.region(zone));
        }

        /** The machine type, by zone, where it is known to be. */
        Optional<Map<String, MachineFacts>> machine() {
            return machines.map(Told::zones);
        }

        boolean up(String zone) {
            return zones.filter(all -> !all.isUnread(zone))
                    .map(all -> Optional.ofNullable(all.zones().get(zone))
                            .filter(ZoneFacts::up)
                            .isPresent())
                    .orElse(true);
        }

        Offered offersMachine(String zone) {
            return machines.filter(all -> !all.isUnread(zone))
                    .map(all -> all.zones().containsKey(zone) ? Offered.YES : Offered.NO)
                    .orElse(Offered.UNKNOWN);
        }

        /** One that is built into the machine is offered where the machine is. */
        Offered offersAccelerator(String zone, MachineShape shape) {
            if (!shape.hasAccelerators()) {
                return Offered.YES;
            }
            boolean builtIn = machine()
                    .map(all -> all.get(zone))
                    .filter(facts ->
                            facts.accelerators().getOrDefault(shape.acceleratorType(), 0) >= shape.acceleratorCount())
                    .isPresent();
            if (builtIn) {
                return Offered.YES;
            }
            return accelerators
                    .filter(all -> !all.isUnread(zone))
                    .map(all -> all.zones().getOrDefault(zone, Map.of()).getOrDefault(shape.acceleratorType(), 0)
                                    >= shape.acceleratorCount()
                            ? Offered.YES
                            : Offered.NO)
                    .orElse(Offered.UNKNOWN);
        }
    }

    /** What zones offer of a machine type; never fails. */
    CompletionStage<Facts> facts(String machineType) {
        Cached<Optional<Told<MachineFacts>>> machine = machines.computeIfAbsent(
                machineType, type -> cached("machine type " + type, () -> api.machineType(type), told -> true));
        return zones.get()
                .thenCombine(
                        accelerators.get(),
                        (ofZones, ofAccelerators) -> new Facts(ofZones, ofAccelerators, Optional.empty()))
                .thenCombine(
                        machine.get(), (facts, ofMachine) -> new Facts(facts.zones(), facts.accelerators(), ofMachine));
    }

    /** The zones that offer a machine type, as last read; asks nobody. */
    Optional<Map<String, MachineFacts>> known(String machineType) {
        Cached<Optional<Told<MachineFacts>>> machine = machines.get(machineType);
        return machine == null ? Optional.empty() : machine.last().flatMap(told -> told.map(Told::zones));
    }

    /** Google refused something for what a zone offers: the next one reads anew. */
    void forget() {
        zones.forget();
        accelerators.forget();
        machines.values().forEach(Cached::forget);
    }

    /** A list that is empty is not believed: Google has zones and machines. */
    private <V> Cached<Optional<Told<V>>> cached(
            String what, Supplier<CompletionStage<Told<V>>> question, Predicate<Told<V>> lasting) {
        return new Cached<>(
                scheduler,
                () -> question.get().handle((answer, failure) -> {
                    if (failure == null && !answer.zones().isEmpty()) {
                        tell(what, answer);
                        return Optional.of(answer);
                    }
                    String why = failure == null ? "the list is empty" : Failures.text(failure);
                    notices.raise(
                            what,
                            "catalogue unavailable: " + what + " could not be read, so each zone is taken to"
                                    + " offer what is asked: " + why);
                    return Optional.<Told<V>>empty();
                }),
                answer -> answer.filter(told -> told.unread().isEmpty())
                                .filter(lasting)
                                .isPresent()
                        ? ttl
                        : RETRY);
    }

    private <V> void tell(String what, Told<V> answer) {
        List<String> unread = concerned.stream().filter(answer::isUnread).toList();
        if (unread.isEmpty()) {
            notices.clear(what);
        } else {
            notices.raise(
                    what,
                    "catalogue incomplete: " + what + " could not be read of " + String.join(", ", unread)
                            + ", taken to offer what is asked");
        }
    }

    /** A zone that is down comes back within minutes, not hours. */
    private boolean allUp(Told<ZoneFacts> told) {
        return told.zones().values().stream().allMatch(zone -> zone.up() || !concerned.contains(zone.name()));
    }
}
