package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.gcp.ComputeException;
import dev.paddock.gcp.ComputeFault.Kind;
import dev.paddock.gcp.internal.Calls.Carrier;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Compute Engine over any carrier: what is asked, what the answers say, pages, deadlines. Thread-safe. */
public final class WiredCompute implements ComputeApi {
    /** New zones are rare. */
    private static final Duration ZONES_HOLD = Duration.ofHours(1);

    private final String project;
    private final ComputeWire wire;
    private final Calls calls;
    private final Limits limits;
    private final AtomicReference<@Nullable KnownZones> known = new AtomicReference<>();

    private record KnownZones(CompletableFuture<Told<ZoneFacts>> zones, long asked) {
        /** One that is not whole is good for those who asked for it together. */
        boolean isGood(long now) {
            return !zones.isDone()
                    || (!zones.isCompletedExceptionally()
                            && zones.join().unread().isEmpty()
                            && now - asked < ZONES_HOLD.toNanos());
        }
    }

    /**
     * Calls of one project.
     *
     * @param project its id
     * @param wire what carries them
     * @param calls their deadlines
     */
    public WiredCompute(String project, ComputeWire wire, Calls calls) {
        this.project = project;
        this.wire = wire;
        this.calls = calls;
        this.limits = calls.limits();
    }

    @Override
    public CompletionStage<ComputeOperation> insert(InsertRequest request) {
        Asked asked = Asked.write("make the VM " + request.name() + " in " + request.zone(), limits.insert())
                .hiding(request.metadata().values());
        ObjectNode body = Bodies.insert(project, request);
        Carrier carrier = wire.insert(
                request.zone(), TemplateName.parse(project, request.template()).address(), request.requestId(), body);
        return calls.make(asked, carrier, node -> Replies.operation(asked, node));
    }

    @Override
    public CompletionStage<ComputeOperation> bulkInsert(String region, List<String> zones, InsertRequest request) {
        Asked asked = Asked.write("make the VM " + request.name() + " in " + region, limits.insert())
                .hiding(request.metadata().values());
        String template = TemplateName.parse(project, request.template()).address();
        return knownZonesFor(asked).thenCompose(all -> {
            if (all.isPartOf(region)) {
                String why = "nothing was sent, since zones of " + region + " could not be read: "
                        + String.join(", ", all.unread());
                return CompletableFuture.failedStage(Faults.unanswered(asked, Kind.UNSENT, why, null));
            }
            List<String> others = all.zones().values().stream()
                    .filter(zone -> zone.region().equals(region) && !zones.contains(zone.name()))
                    .map(ZoneFacts::name)
                    .sorted()
                    .toList();
            ObjectNode body = Bodies.bulkInsert(template, zones, others, request);
            return calls.make(
                    asked, wire.bulkInsert(region, request.requestId(), body), node -> Replies.operation(asked, node));
        });
    }

    /** Of a request that was not sent nobody need wonder what became of it. */
    private CompletionStage<Told<ZoneFacts>> knownZonesFor(Asked asked) {
        return knownZones().exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            boolean doubtful =
                    cause instanceof ComputeException known && known.fault().kind() == Kind.AMBIGUOUS;
            return CompletableFuture.failedStage(
                    doubtful
                            ? Faults.unanswered(
                                    asked, Kind.UNSENT, "nothing was sent, since " + cause.getMessage(), cause)
                            : cause);
        });
    }

    /** Google may choose any zone that a request does not forbid, so all must be known. */
    private CompletionStage<Told<ZoneFacts>> knownZones() {
        KnownZones now = known.get();
        long time = calls.scheduler().nanoTime();
        if (now != null && now.isGood(time)) {
            return now.zones();
        }
        var next = new KnownZones(new CompletableFuture<>(), time);
        if (!known.compareAndSet(now, next)) {
            return knownZones();
        }
        zones().whenComplete((zones, failure) -> {
            if (failure == null) {
                next.zones().complete(zones);
            } else {
                next.zones().completeExceptionally(failure);
            }
        });
        return next.zones();
    }

    @Override
    public CompletionStage<ComputeOperation> delete(String zone, String name, String requestId) {
        Asked asked = Asked.write("delete the VM " + name + " in " + zone, limits.call());
        return calls.make(asked, wire.delete(zone, name, requestId), node -> Replies.operation(asked, node));
    }

    @Override
    public CompletionStage<ComputeOperation> setMetadata(
            String zone, String name, String fingerprint, Map<String, String> items) {
        Asked asked = Asked.write("replace the metadata of the VM " + name + " in " + zone, limits.call())
                .hiding(items.values());
        return calls.make(
                asked,
                wire.setMetadata(zone, name, Bodies.metadata(fingerprint, items)),
                node -> Replies.operation(asked, node));
    }

    @Override
    public CompletionStage<ComputeOperation> operation(OperationRef operation) {
        Asked asked = read("look at the operation " + operation.name() + " in " + operation.place());
        return calls.make(asked, wire.operation(operation), node -> Replies.operation(asked, node));
    }

    @Override
    public CompletionStage<List<ComputeOperation>> operations(String zone, String filter) {
        Asked asked = read("list the operations of " + zone);
        return Pages.asFarAsReadable(
                        page -> calls.make(asked, wire.operations(zone, filter, page), Function.identity()))
                .thenApply(read -> read.pages().stream()
                        .flatMap(page -> Replies.operations(asked, page).stream())
                        .toList());
    }

    @Override
    public CompletionStage<Vm> instance(String zone, String name) {
        return calls.make(read("look at the VM " + name + " in " + zone), wire.instance(zone, name), Replies::vm);
    }

    @Override
    public CompletionStage<VmList> instances(String filter) {
        Asked asked = read("list the VMs of " + project);
        return Pages.asFarAsReadable(page -> calls.make(asked, wire.instances(filter, page), Function.identity()))
                .thenApply(Replies::vms);
    }

    @Override
    public CompletionStage<List<RegionFacts>> regions() {
        return pages("list the regions of " + project, wire::regions).thenApply(Replies::regions);
    }

    @Override
    public CompletionStage<Map<String, Quota>> project() {
        return calls.make(read("read the quotas of " + project), wire.project(), Replies::quotas);
    }

    @Override
    public CompletionStage<Told<ZoneFacts>> zones() {
        return pages("list the zones of " + project, wire::zones).thenApply(Replies::zones);
    }

    @Override
    public CompletionStage<Told<Map<String, Integer>>> accelerators() {
        return pages("list the accelerators of " + project, wire::accelerators).thenApply(Replies::accelerators);
    }

    @Override
    public CompletionStage<Told<MachineFacts>> machineType(String machineType) {
        return pages(
                        "find the zones of the machine type " + machineType,
                        page -> wire.machineTypes("name=" + machineType, page))
                .thenApply(read -> Replies.machines(machineType, read));
    }

    @Override
    public CompletionStage<TemplateFacts> template(String template) {
        TemplateName name = TemplateName.parse(project, template);
        return calls.make(read("read the template " + name.address()), wire.template(name), Replies::template);
    }

    @Override
    public CompletionStage<String> serialOutput(String zone, String name, int bytes) {
        return calls.make(
                read("read the serial port of the VM " + name + " in " + zone),
                wire.serialPort(zone, name, -(long) bytes),
                node -> Replies.serialOutput(node, bytes));
    }

    /** Google answers 404 until a VM has told something. */
    @Override
    public CompletionStage<Map<String, String>> guestAttributes(String zone, String name, String namespace) {
        return calls.make(
                        read("read the guest attributes of the VM " + name + " in " + zone),
                        wire.guestAttributes(zone, name, namespace + "/"),
                        Replies::guestAttributes)
                .exceptionallyCompose(failure -> isAbsent(failure)
                        ? CompletableFuture.completedStage(Map.of())
                        : CompletableFuture.failedStage(failure));
    }

    private static boolean isAbsent(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof ComputeException refused && refused.fault().kind() == Kind.NOT_FOUND;
    }

    private Asked read(String what) {
        return Asked.read(what, limits.call());
    }

    private CompletionStage<Pages.Read> pages(String what, Function<String, Carrier> page) {
        Asked asked = read(what);
        return Pages.all(token -> calls.make(asked, page.apply(token), Function.identity()));
    }

    @Override
    public CompletionStage<Void> close() {
        calls.close();
        return CompletableFuture.completedStage(null);
    }
}
