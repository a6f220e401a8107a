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
    private final ProjectFacts shared;
    private final Cached<Answer<ZoneFacts>> zones;
    private final Cached<Answer<Map<String, Integer>>> accelerators;
    private final ConcurrentSkipListMap<String, Cached<Answer<MachineFacts>>> machines = new ConcurrentSkipListMap<>();

    /**
     * Asks nothing yet.
     *
     * @param concerned the zones that the user has; all are read anyway
     * @param shared where answers are kept
     */
    Catalogue(
            ComputeApi api,
            Scheduler scheduler,
            Duration ttl,
            Notices notices,
            List<String> concerned,
            ProjectFacts shared) {
        this.api = api;
        this.scheduler = scheduler;
        this.ttl = ttl;
        this.notices = notices;
        this.concerned = List.copyOf(concerned);
        this.shared = shared;
        zones = cached(api::zones, this::allUp, shared.zones);
        accelerators = cached(api::accelerators, told -> true, shared.accelerators);
    }

    /** What came of asking for a list; {@code why} it is not there, or empty. */
    record Answer<V>(Optional<Told<V>> told, String why) {}

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

        /** Whether all lists could be read. */
        boolean isWhole() {
            return zones.isPresent() && accelerators.isPresent() && machines.isPresent();
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
        Cached<Answer<MachineFacts>> machine = machines.computeIfAbsent(
                machineType, type -> cached(() -> api.machineType(type), told -> true, shared.machine(type)));
        return ask("zones", zones)
                .thenCombine(
                        ask("accelerator types", accelerators),
                        (ofZones, ofAccelerators) -> new Facts(ofZones, ofAccelerators, Optional.empty()))
                .thenCombine(
                        ask("machine type " + machineType, machine),
                        (facts, ofMachine) -> new Facts(facts.zones(), facts.accelerators(), ofMachine));
    }

    /** The zones that offer a machine type, as last read; asks nobody. */
    Optional<Map<String, MachineFacts>> known(String machineType) {
        Cached<Answer<MachineFacts>> machine = machines.get(machineType);
        return machine == null
                ? Optional.empty()
                : machine.last().flatMap(Answer::told).map(Told::zones);
    }

    /** Google refused something for what a zone offers: the next one reads anew. */
    void forget() {
        zones.forget();
        accelerators.forget();
        machines.values().forEach(Cached::forget);
    }

    /** A list that is empty is not believed: Google has zones and machines. */
    private <V> Cached<Answer<V>> cached(
            Supplier<CompletionStage<Told<V>>> question, Predicate<Told<V>> lasting, Cached.Shelf<Answer<V>> shelf) {
        return new Cached<>(
                scheduler,
                () -> question.get().handle((told, failure) -> {
                    if (failure != null) {
                        return new Answer<>(Optional.empty(), Failures.text(failure));
                    }
                    return told.zones().isEmpty()
                            ? new Answer<V>(Optional.empty(), "the list is empty")
                            : new Answer<>(Optional.of(told), "");
                }),
                answer -> answer.told()
                                .filter(told -> told.unread().isEmpty())
                                .filter(lasting)
                                .isPresent()
                        ? ttl
                        : RETRY,
                shelf);
    }

    /** Whoever asked: each user tells its own what is wrong. */
    private <V> CompletionStage<Optional<Told<V>>> ask(String what, Cached<Answer<V>> list) {
        return list.get().thenApply(answer -> {
            answer.told()
                    .ifPresentOrElse(
                            told -> tell(what, told),
                            () -> notices.raise(
                                    what,
                                    "catalogue unavailable: " + what + " could not be read, so each zone is taken to"
                                            + " offer what is asked: " + answer.why()));
            return answer.told();
        });
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
