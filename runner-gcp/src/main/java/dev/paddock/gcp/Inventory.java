package dev.paddock.gcp;

import dev.paddock.RunnerId;
import dev.paddock.gcp.internal.ComputeOperation;
import dev.paddock.gcp.internal.Vm;
import dev.paddock.gcp.internal.VmList;
import dev.paddock.spi.Listing;
import dev.paddock.spi.RunnerHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The fleet's VMs, by one aggregated list of all zones. What could not be read proves nothing, and a list may slip: one that
 * it leaves out is looked for by itself, and has ended if it is not there. Of those that ended without being asked to,
 * Google's operations are asked once for the reason.
 */
final class Inventory {
    private static final String PREEMPTED = "compute.instances.preempted";
    private static final String GUEST = "compute.instances.guestTerminate";

    private final GcpSession session;
    private final GcpLink link;
    private final SharedLists lists;
    private final long provider;
    /** Those seen alive whose end was not seen. */
    private final ConcurrentMap<String, RunnerHandle> alive = new ConcurrentSkipListMap<>();

    /** Those that are to go, until a list is without them. */
    private final ConcurrentMap<String, RunnerHandle> leaving = new ConcurrentSkipListMap<>();

    /** Those of which nobody said whether they were made, and since when. */
    private final ConcurrentMap<String, Instant> doubts = new ConcurrentSkipListMap<>();

    Inventory(GcpSession session, SharedLists lists, long provider) {
        this.session = session;
        this.lists = lists;
        this.provider = provider;
        this.link = session.link;
    }

    /** It is asked for anew, whatever became of one of its name. */
    void asked(String name) {
        doubts.remove(name);
    }

    void made(RunnerHandle handle) {
        lists.forget();
        leaving.remove(handle.runner().value());
        alive.put(handle.runner().value(), handle);
    }

    /** It may have been made: the next list is to show it if it was, and until then its quota stays promised. */
    void uncertain(String name) {
        lists.forget();
        doubts.put(name, link.scheduler.instant());
    }

    /** Nobody looks for it any more: a reading counts it if it is there. */
    void settled(String name) {
        if (doubts.remove(name) != null) {
            link.ledger.made(name);
        }
    }

    /** Its removal is over. */
    void removed() {
        lists.forget();
    }

    /** It was removed on purpose: its end is no news. */
    void removing(RunnerHandle handle) {
        lists.forget();
        leaving.put(handle.runner().value(), handle);
        alive.remove(handle.runner().value());
    }

    CompletionStage<Listing> list() {
        List<RunnerHandle> before = List.copyOf(alive.values());
        List<RunnerHandle> left = List.copyOf(leaving.values());
        Instant asked = link.scheduler.instant();
        SortedSet<String> making = session.making();
        String filter = session.ownership.filter();
        return lists.get(filter, provider, link.scheduler, () -> link.api.instances(filter))
                .thenApply(list -> {
                    making.addAll(session.making());
                    doubts.forEach((name, since) -> settle(name, since, list, asked));
                    return read(list, before, left, making);
                });
    }

    /** Of one that was being made meanwhile a list tells little: it may show one that a zone has no room for. */
    private Listing read(VmList list, List<RunnerHandle> before, List<RunnerHandle> left, Set<String> making) {
        List<Listing.Machine> machines = new ArrayList<>();
        SortedSet<String> seen = new TreeSet<>();
        for (Vm vm : list.vms()) {
            if (!session.ownership.owns(vm)) {
                continue; // whatever the list was asked for
            }
            RunnerHandle handle = session.handle(
                    new RunnerId(vm.name()), vm.labels().getOrDefault(Ownership.POOL, ""), vm.zone(), vm.id());
            boolean live = making.contains(vm.name()) || VmStatus.of(vm.status()) == VmStatus.LIVE;
            machines.add(new Listing.Machine(handle, live, Ownership.epoch(vm)));
            seen.add(vm.name());
            if (!live) {
                explain(handle, "it is " + vm.status());
            } else if (session.serves(handle.pool())
                    && !making.contains(vm.name())
                    && !leaving.containsKey(vm.name())
                    && alive.putIfAbsent(vm.name(), handle) == null) {
                session.found(handle);
            }
        }
        absent(list, seen, left)
                .forEach(handle -> leaving.remove(handle.runner().value(), handle));
        absent(list, seen, before).forEach(this::missing);
        return new Listing(machines, list.unreachable());
    }

    /** Seen and made, Google counts it; one that is shown nowhere so long after it was asked for does not come. */
    private void settle(String name, Instant since, VmList list, Instant asked) {
        Optional<String> status = list.vms().stream()
                .filter(vm -> vm.name().equals(name) && session.ownership.owns(vm))
                .map(Vm::status)
                .findFirst();
        if (status.isPresent()) {
            if (!Creation.COMING.contains(status.get()) && doubts.remove(name, since)) {
                link.ledger.made(name);
            }
        } else if (!asked.isBefore(since.plus(session.settings.createDeadline()))
                && provesAbsent(list, new RunnerId(name), Optional.empty())
                && doubts.remove(name, since)) {
            link.ledger.release(name);
        }
    }

    /** Those that a list would have shown: their own places were read, whatever others were not. */
    private List<RunnerHandle> absent(VmList list, SortedSet<String> seen, List<RunnerHandle> handles) {
        return handles.stream()
                .filter(handle -> !seen.contains(handle.runner().value()))
                .filter(handle -> provesAbsent(list, handle.runner(), Optional.of(handle)))
                .toList();
    }

    private boolean provesAbsent(VmList list, RunnerId runner, Optional<RunnerHandle> handle) {
        return list.unreachable().stream().noneMatch(scope -> session.mayBeIn(scope, runner, handle));
    }

    /** Only that there is no such VM is its end; of any other answer the next list tells more. */
    private void missing(RunnerHandle handle) {
        GcpSession.ignore(link.api
                .instance(Places.zone(handle), handle.runner().value())
                .handle((vm, failure) -> {
                    if (failure != null && Failures.fault(failure).kind() == ComputeFault.Kind.NOT_FOUND) {
                        explain(handle, "it is gone");
                    }
                    return null;
                }));
    }

    /** Once for each VM. */
    private void explain(RunnerHandle handle, String what) {
        String name = handle.runner().value();
        String zone = Places.zone(handle);
        RunnerHandle ended = alive.get(name);
        if (ended == null || !Places.zone(ended).equals(zone) || !alive.remove(name, ended)) {
            return;
        }
        GcpSession.ignore(link.api
                .operations(zone, "operationType=" + PREEMPTED + " OR operationType=" + GUEST)
                .handle((operations, failure) -> {
                    VmEnded.Cause cause = failure == null ? cause(ended, operations) : VmEnded.Cause.UNKNOWN;
                    session.ended(ended, cause, what + ": " + words(cause));
                    return null;
                }));
    }

    private static VmEnded.Cause cause(RunnerHandle ended, List<ComputeOperation> operations) {
        String id = ended.data().getOrDefault("id", "");
        VmEnded.Cause cause = VmEnded.Cause.UNKNOWN;
        for (ComputeOperation operation : operations) {
            boolean its = operation.target().equals(ended.runner().value())
                    && (id.isEmpty()
                            || operation.targetId().isEmpty()
                            || operation.targetId().equals(id));
            if (its && operation.type().equals(PREEMPTED)) {
                return VmEnded.Cause.PREEMPTED;
            }
            if (its && operation.type().equals(GUEST)) {
                cause = VmEnded.Cause.SELF_SHUTDOWN;
            }
        }
        return cause;
    }

    private static String words(VmEnded.Cause cause) {
        return switch (cause) {
            case PREEMPTED -> "Compute Engine took it back";
            case SELF_SHUTDOWN -> "it shut itself down";
            case BOOT_FAILED -> "its boot failed";
            case UNKNOWN -> "Compute Engine does not say why";
        };
    }
}
