package dev.paddock.gcp;

import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.InsertRequest;
import dev.paddock.gcp.internal.MachineFacts;
import dev.paddock.gcp.internal.TemplateFacts;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.RunnerHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One VM on its way: ranked zones are tried one after the other until one has it. Steps follow each other, so nothing here
 * is shared.
 *
 * <p>What certainly was not made may be tried elsewhere. What may have been made is not: its registration would be in two
 * places. Then the creation fails as uncertain, and the fleet looks for the VM by its name.
 */
final class Creation {
    private static final Logger LOG = LoggerFactory.getLogger(Creation.class);

    /** A VM that is not made yet. */
    static final List<String> COMING = List.of("PROVISIONING", "STAGING");

    private static final Duration LOOK = Duration.ofSeconds(5);

    private final GcpSession session;
    private final GcpLink link;
    private final GcpSettings settings;
    private final ProvisionRequest request;
    private final String name;
    private final String secret;
    private final Instant until;
    private final long sequence;
    private final List<String> story = new ArrayList<>();
    private final List<String> tried = new ArrayList<>();
    private int machine;
    private int attempts;
    /** Whether a zone was asked that has not refused: nobody can say that there is no VM. */
    private boolean asked;

    /** What the VM is made of this time, and where such a one can be. */
    private record Wanted(GcpMachine machine, MachineShape shape, TemplateFacts template, Catalogue.Facts offers) {}

    /** One zone that is asked. */
    private record Place(Wanted wanted, String zone, String region, String why, StockMemory.Attempt attempt) {}

    Creation(GcpSession session, ProvisionRequest request, long sequence) {
        this.session = session;
        this.link = session.link;
        this.settings = session.settings;
        this.request = request;
        this.name = request.runner().value();
        this.secret = request.registration().secret();
        this.sequence = sequence;
        this.until = link.scheduler.instant().plus(settings.createDeadline());
    }

    CompletionStage<RunnerHandle> run() {
        Optional<String> trouble = session.standing.begin(name);
        if (trouble.isPresent()) { // it was refused for all alike a moment ago
            return CompletableFuture.failedStage(refused(trouble.get(), false, null));
        }
        CompletionStage<Boolean> quotas = link.quotas.refresh();
        return session.template()
                .thenCombine(quotas, (template, read) -> template)
                .thenCompose(this::nextMachine)
                .<CompletionStage<RunnerHandle>>handle((handle, failure) -> {
                    session.standing.ended(name);
                    if (failure == null) {
                        return CompletableFuture.completedStage(handle);
                    }
                    Throwable told = told(Failures.cause(failure));
                    if (told instanceof ProvisioningException) { // else it may exist, and be counted late
                        link.ledger.release(name);
                    }
                    return CompletableFuture.failedStage(told);
                })
                .thenCompose(stage -> stage);
    }

    /** What failed before a zone was asked, or after the last one refused, made no VM, whatever it was. */
    private Throwable told(Throwable failure) {
        return asked || failure instanceof ProvisioningException
                ? failure
                : refused(
                        Failures.text(failure),
                        failure instanceof RunnerException known && known.isRetryable(),
                        failure);
    }

    // ---- which machine, which zone -------------------------------------------------------------------------

    private CompletionStage<RunnerHandle> nextMachine(TemplateFacts template) {
        if (machine == settings.machines().size()) {
            throw refused("no zone has a VM", true, null);
        }
        GcpMachine next = settings.machines().get(machine++);
        tried.clear();
        String type = next.machineType().orElse(template.machineType());
        return link.catalogue.facts(type).thenCompose(offers -> {
            Optional<MachineFacts> facts = offers.machine()
                    .flatMap(zones -> settings.zones().stream()
                            .filter(zones::containsKey)
                            .map(zones::get)
                            .findFirst());
            MachineShape shape = VmForm.shape(settings, next, template, facts);
            return nextZone(new Wanted(next, shape, template, offers));
        });
    }

    private CompletionStage<RunnerHandle> nextZone(Wanted wanted) {
        Instant now = link.scheduler.instant();
        if (!now.isBefore(until)) {
            throw refused("no VM within " + settings.createDeadline(), true, null);
        }
        MachineShape shape = wanted.shape();
        var asked = new ZoneRequest(request.pool(), shape, settings.requireKnownQuota(), now, sequence, List.of());
        var chooser =
                new ZoneChooser(settings.zones(), settings.selector(shape), link.ledger, link.stock, settings.prices());
        ZoneChooser.Choice choice = chooser.choose(name, asked, wanted.offers(), settings.zoneFallback(), tried);
        LOG.debug(
                "{}: {} for {}: {}",
                session.fleet(),
                name,
                shape,
                choice.ranking().explain());
        if (choice.placed().isEmpty()) {
            choice.reasons().stream()
                    .filter(place -> !tried.contains(place.zone()))
                    .forEach(place -> note(place.zone(), place.reason()));
            return nextMachine(wanted.template());
        }
        ZoneChooser.Placed placed = choice.placed().get();
        String why = choice.ranking().order().stream()
                .filter(place -> place.zone().equals(placed.zone()))
                .map(ZoneRanking.Place::reason)
                .findFirst()
                .orElse("");
        return ask(new Place(wanted, placed.zone(), placed.region(), why, placed.attempt()));
    }

    /** A region was asked for all of its zones at once, and all of them had none. */
    private void noneInRegion(Place place, Instant now) {
        session.zonesOf(place.region()).stream()
                .filter(zone -> !zone.equals(place.zone()))
                .flatMap(zone -> link.stock.begin(zone, place.wanted().shape(), now).stream())
                .forEach(attempt -> link.stock.stockOut(attempt, List.of(), now));
        lose(place);
    }

    /** Gives up a region: none of its zones will do. */
    private void lose(Place place) {
        settings.zones().stream()
                .filter(zone -> place.wanted().offers().region(zone).equals(place.region()))
                .filter(zone -> !tried.contains(zone))
                .forEach(tried::add);
    }

    private void note(String zone, String what) {
        String line = zone + ": " + what;
        if (!story.contains(line)) {
            story.add(line);
        }
    }

    // ---- one zone ------------------------------------------------------------------------------------------

    private CompletionStage<RunnerHandle> ask(Place place) {
        attempts++;
        tried.add(place.zone());
        session.places.asked(name, settings.regional() ? session.zonesOf(place.region()) : List.of(place.zone()));
        String requestId = session.ownership.requestId(request.runner(), place.zone(), "insert", attempts);
        InsertRequest insert;
        try {
            insert = session.form.request(
                    request.runner(),
                    request.pool(),
                    secret,
                    place.zone(),
                    requestId,
                    place.wanted().machine(),
                    place.wanted().shape(),
                    place.wanted().template());
        } catch (IllegalArgumentException tooMuch) {
            link.stock.abandoned(place.attempt(), link.scheduler.instant());
            throw refused(String.valueOf(tooMuch.getMessage()), false, tooMuch);
        }
        asked = true;
        return link.sends
                .send(
                        "creating " + name + " in " + place.zone(),
                        () -> settings.regional()
                                ? link.api.bulkInsert(place.region(), session.zonesOf(place.region()), insert)
                                : link.api.insert(insert),
                        until)
                .thenCompose(sent -> {
                    ComputeOperation operation = sent.answer();
                    if (operation != null) {
                        session.standing.accepted();
                        return follow(place, operation);
                    }
                    ComputeFault fault = sent.fault();
                    boolean exists = fault == null || fault.kind() == ComputeFault.Kind.CONFLICT;
                    return sent.mayBeDone() || exists || fault == null
                            ? look(place, fault == null ? "no answer" : fault.message())
                            : refusedBy(place, fault);
                });
    }

    private CompletionStage<RunnerHandle> follow(Place place, ComputeOperation operation) {
        return link.polls
                .end(operation, until)
                .<CompletionStage<RunnerHandle>>handle((end, failure) -> {
                    if (failure != null) {
                        return uncertain(
                                place, "operation " + operation.ref().name() + " was left: " + Failures.text(failure));
                    }
                    if (end.isEmpty()) {
                        return uncertain(
                                place,
                                "operation " + operation.ref().name() + " has not ended within "
                                        + settings.createDeadline());
                    }
                    Optional<ComputeFault> fault = end.get().fault();
                    if (fault.isEmpty()) {
                        return settings.regional()
                                ? look(place, "")
                                : made(place, end.get().targetId());
                    }
                    return switch (fault.get().kind()) {
                        case AMBIGUOUS, CONFLICT -> look(place, fault.get().message());
                        default -> refusedBy(place, fault.get());
                    };
                })
                .thenCompose(stage -> stage);
    }

    /** Nobody said what became of it: the VM itself is looked for, where it was asked for. */
    private CompletionStage<RunnerHandle> look(Place place, String why) {
        List<String> zones = settings.regional() ? session.zonesOf(place.region()) : List.of(place.zone());
        return look(place, zones, 0, why);
    }

    private CompletionStage<RunnerHandle> look(Place place, List<String> zones, int at, String why) {
        if (at == zones.size()) {
            return uncertain(place, why);
        }
        String zone = zones.get(at);
        return link.api
                .instance(zone, name)
                .<CompletionStage<RunnerHandle>>handle((vm, failure) -> {
                    if (failure != null) {
                        return look(place, zones, at + 1, why.isEmpty() ? Failures.text(failure) : why);
                    }
                    if (!session.ownership.owns(vm, request.runner())) {
                        if (zones.size() > 1) { // ours may be in another of them
                            return look(place, zones, at + 1, "one of that name in " + zone + " is somebody else's");
                        }
                        asked = false;
                        link.stock.abandoned(place.attempt(), link.scheduler.instant());
                        session.places.settled(name);
                        throw refused("a VM of that name in " + zone + " belongs to somebody else", false, null);
                    }
                    boolean coming = COMING.contains(vm.status())
                            && link.scheduler.instant().plus(LOOK).isBefore(until);
                    if (coming) { // nor is it counted yet, and its zone may still say that it has none
                        return link.pauses
                                .after(LOOK)
                                .<CompletionStage<RunnerHandle>>handle((nothing, closed) -> closed == null
                                        ? look(place, zones, at, why)
                                        : uncertain(place, Failures.text(closed)))
                                .thenCompose(stage -> stage);
                    }
                    return made(new Place(place.wanted(), zone, place.region(), place.why(), place.attempt()), vm.id());
                })
                .thenCompose(stage -> stage);
    }

    private CompletionStage<RunnerHandle> made(Place place, String id) {
        Instant now = link.scheduler.instant();
        link.stock.succeeded(place.attempt(), now);
        session.places.settled(name);
        link.ledger.made(name);
        session.standing.worked();
        session.told(request, place.zone(), place.wanted().shape(), Optional.empty(), place.why());
        return CompletableFuture.completedStage(session.handle(request.runner(), request.pool(), place.zone(), id));
    }

    private <T> CompletionStage<T> uncertain(Place place, String why) {
        link.stock.abandoned(place.attempt(), link.scheduler.instant());
        return CompletableFuture.failedStage(new RunnerException(
                name + " may exist in " + place.zone() + ": " + why + "; it is looked for by its name", true, null));
    }

    // ---- refusals ------------------------------------------------------------------------------------------

    private CompletionStage<RunnerHandle> refusedBy(Place place, ComputeFault fault) {
        asked = false;
        Instant now = link.scheduler.instant();
        session.places.settled(name);
        note(place.zone(), fault.kind() + ": " + fault.message());
        session.told(request, place.zone(), place.wanted().shape(), Optional.of(fault.kind()), fault.message());
        if (fault.kind() == ComputeFault.Kind.STOCKOUT) {
            link.stock.stockOut(place.attempt(), fault.zonesAvailable(), now);
            if (settings.regional()) {
                noneInRegion(place, now);
            }
            return nextZone(place.wanted());
        }
        link.stock.abandoned(place.attempt(), now);
        switch (fault.kind()) {
            case QUOTA -> {
                link.ledger.usedUp(place.region(), place.wanted().shape(), fault, now);
                link.quotas.forget();
                if (fault.projectWide()) {
                    throw refused(fault.message(), true, new ComputeException(fault, null));
                }
                lose(place);
            }
            case IP_SPACE -> lose(place);
            case UNSUPPORTED -> link.catalogue.forget();
            case NOT_FOUND -> {
                if (isEverywhere(fault)) {
                    throw stop(fault);
                }
                if (fault.message().contains("/regions/")) {
                    lose(place);
                }
                link.catalogue.forget();
            }
            default -> throw stop(fault);
        }
        return nextZone(place.wanted());
    }

    /** What is not there is the template, or an image or a network of all zones: another zone has no other. */
    private static boolean isEverywhere(ComputeFault fault) {
        return fault.message().contains("instanceTemplates") || fault.message().contains("/global/");
    }

    private ProvisioningException stop(ComputeFault fault) {
        session.standing.refused(fault);
        return refused(fault.message(), fault.kind().isRetryable(), new ComputeException(fault, null));
    }

    private ProvisioningException refused(String why, boolean retryable, @Nullable Throwable cause) {
        String all =
                story.isEmpty() || (cause != null && story.size() == 1) ? "" : " (" + String.join("; ", story) + ")";
        return new ProvisioningException(request.runner(), why + all, retryable, cause);
    }

    /** What is kept of a VM beside its name and place. */
    static Map<String, String> data(String project, String zone, String id) {
        return Map.of("project", project, "zone", zone, "id", id);
    }
}
