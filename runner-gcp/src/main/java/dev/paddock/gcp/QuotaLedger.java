package dev.paddock.gcp;

import dev.paddock.gcp.internal.Quota;
import dev.paddock.gcp.internal.RegionFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Who was promised what of a project's quotas. All pools and fleets that make VMs in a project share one, so that together
 * they never ask for more than is free: a VM is promised its quota before its zone is asked, in one step, and holds it
 * until Google's own usage counts it.
 *
 * <p>A promise is known by the VM's name. It ends when {@link #made} was called and a reading was begun after that, or by
 * {@link #release} or {@link #gone}; who made it must do one of them. Thread-safe; nothing waits.
 */
final class QuotaLedger {
    /** How long a quota that cannot be read is left alone once Google said that it is used up. */
    static final Duration USED_UP_FOR = Duration.ofMinutes(5);
    /** After how long without an answer what was read before no longer tells anything. */
    static final Duration TOO_OLD = Duration.ofMinutes(10);

    private final AcceleratorQuotas accelerators;
    private final FlexStartQuota flex;
    private final AtomicReference<LedgerState> state = new AtomicReference<>(LedgerState.empty());
    /** Quotas that Google named for VMs of which we did not know that they need them. */
    private final Map<MachineShape, Set<QuotaNeed>> learned = new ConcurrentHashMap<>();

    private final AtomicReference<Instant> regionsReadAt = new AtomicReference<>(Instant.EPOCH);
    private final AtomicReference<Instant> projectReadAt = new AtomicReference<>(Instant.EPOCH);

    QuotaLedger(AcceleratorQuotas accelerators, FlexStartQuota flex) {
        this.accelerators = accelerators;
        this.flex = flex;
    }

    // ---- promises ------------------------------------------------------------------------------------------

    /**
     * Promises a VM its quota.
     *
     * @return why not; empty if it is promised
     */
    Optional<String> reserve(String name, String zone, String region, MachineShape shape, Instant now) {
        List<QuotaNeed> needs = needs(shape);
        while (true) {
            LedgerState before = state.get();
            LedgerState.Promise promise = before.promise(name, zone, region, needs, flex, now);
            if (promise.refusal().isPresent() || state.compareAndSet(before, promise.state())) {
                return promise.refusal();
            }
        }
    }

    /** Where a VM may be promised its quota. */
    record Spot(String zone, String region) {}

    /**
     * Promises a VM its quota in the first of some places where there is any. Looking at what is pending, ordering the
     * places by it and promising are one step. A promise that the VM has elsewhere is given up in the same step, also if
     * there is room nowhere: it never counts twice. A VM that was {@link #made} gets no other.
     *
     * @param order the places, the best one first; pure, since it is asked again when somebody else was faster
     */
    Optional<Spot> place(String name, MachineShape shape, Instant now, Function<View, List<Spot>> order) {
        List<QuotaNeed> needs = needs(shape);
        while (true) {
            LedgerState before = state.get();
            if (isMade(before, name)) {
                return Optional.empty();
            }
            LedgerState free = without(before, name);
            LedgerState after = free;
            Optional<Spot> placed = Optional.empty();
            for (Spot spot : order.apply(new View(free))) {
                LedgerState.Promise promise = free.promise(name, spot.zone(), spot.region(), needs, flex, now);
                if (promise.refusal().isEmpty()) {
                    after = promise.state();
                    placed = Optional.of(spot);
                    break;
                }
            }
            if (state.compareAndSet(before, after)) {
                return placed;
            }
        }
    }

    /** The VM exists: its promise ends with the next reading that is begun from now on. */
    void made(String name) {
        change(before -> {
            LedgerState.Held held = before.held().get(name);
            if (held == null || held.done() != LedgerState.MAKING) {
                return before;
            }
            SortedMap<String, LedgerState.Held> all = new TreeMap<>(before.held());
            all.put(name, new LedgerState.Held(held.zone(), held.region(), held.charges(), before.clock()));
            return before.withHeld(all);
        });
    }

    /** The VM does not exist and will not: its promise ends now. One that was {@link #made} stays until it is counted. */
    void release(String name) {
        change(before -> isMade(before, name) ? before : without(before, name));
    }

    /** The VM was deleted: what was promised for it is free, counted by now or not. */
    void gone(String name) {
        change(before -> without(before, name));
    }

    private static boolean isMade(LedgerState before, String name) {
        LedgerState.Held held = before.held().get(name);
        return held != null && held.done() != LedgerState.MAKING;
    }

    private static LedgerState without(LedgerState before, String name) {
        SortedMap<String, LedgerState.Held> all = new TreeMap<>(before.held());
        return all.remove(name) == null ? before : before.withHeld(all);
    }

    // ---- what Google tells ---------------------------------------------------------------------------------

    /** A reading is about to be asked for; its number goes with it to {@link #refreshed}. */
    long refreshBegins() {
        return change(LedgerState::ticked).clock();
    }

    /** A reading has come; what is empty could not be read, and stands as it was. */
    void refreshed(long begun, Optional<List<RegionFacts>> regions, Optional<Map<String, Quota>> project) {
        change(before -> before.refreshed(begun, regions, project));
    }

    /** A reading was answered: that of the project, or else that of the regions. */
    void readable(boolean ofProject, Instant now) {
        (ofProject ? projectReadAt : regionsReadAt).set(now);
    }

    /**
     * A reading failed: that of the project, or else that of the regions. What was last read {@link #TOO_OLD} ago or
     * earlier is unknown from now on.
     */
    void unreadable(boolean ofProject, Instant now, String reason) {
        Instant read = (ofProject ? projectReadAt : regionsReadAt).get();
        boolean tooOld = !read.plus(TOO_OLD).isAfter(now);
        change(before -> before.unreadable(ofProject, tooOld, reason));
    }

    /**
     * Google refused a VM for a quota. The quota is left alone until a reading that is begun from now on tells it, or,
     * if none ever does, for {@link #USED_UP_FOR}. One that such VMs were not known to need is one of theirs from now on,
     * and always left alone for that long: how much they take is not known.
     */
    void usedUp(String region, MachineShape shape, ComputeFault fault, Instant now) {
        List<QuotaNeed> needs = needs(shape);
        String scope = fault.projectWide() ? LedgerState.PROJECT : region;
        boolean known = fault.metric()
                .filter(named -> needs.stream().anyMatch(need -> takes(need, fault.projectWide(), named)))
                .isPresent();
        List<String> metrics = new ArrayList<>(fault.metric().stream().toList());
        if (!known) {
            metrics.forEach(named -> learn(shape, fault.projectWide(), named));
            metrics.addAll(mainMetrics(needs, fault.projectWide()));
        }
        change(before -> {
            LedgerState blocked = before;
            for (String metric : metrics) {
                blocked = blocked.withBlock(
                        new LedgerState.Key(scope, metric),
                        now.plus(USED_UP_FOR),
                        isLearned(shape, fault.projectWide(), metric));
            }
            return blocked;
        });
    }

    private boolean isLearned(MachineShape shape, boolean projectWide, String metric) {
        return learned.getOrDefault(shape, Set.of()).stream().anyMatch(need -> takes(need, projectWide, metric));
    }

    /** How much of it a VM takes is not known, but something. */
    private void learn(MachineShape shape, boolean projectWide, String metric) {
        learned.computeIfAbsent(shape, key -> ConcurrentHashMap.newKeySet())
                .add(new QuotaNeed(projectWide, metric, Optional.empty(), false, 1, false));
    }

    private List<QuotaNeed> needs(MachineShape shape) {
        List<QuotaNeed> needs = new ArrayList<>(QuotaNeed.of(shape, accelerators));
        learned.getOrDefault(shape, Set.of()).stream()
                .sorted(Comparator.comparing(QuotaNeed::standard))
                .forEach(needs::add);
        return needs;
    }

    private static boolean takes(QuotaNeed need, boolean projectWide, String metric) {
        return need.projectWide() == projectWide && need.metrics().contains(metric);
    }

    /** What such VMs surely need, for a refusal that names nothing of theirs. */
    private static List<String> mainMetrics(List<QuotaNeed> needs, boolean projectWide) {
        return needs.stream()
                .filter(need -> need.projectWide() == projectWide)
                .findFirst()
                .orElseThrow()
                .metrics();
    }

    // ---- questions -----------------------------------------------------------------------------------------

    /** What is known and promised at this moment, all from one state. */
    View view() {
        return new View(state.get());
    }

    /** One moment of the ledger. Immutable. */
    final class View {
        private final LedgerState moment;

        private View(LedgerState moment) {
            this.moment = moment;
        }

        Headroom headroom(String region, MachineShape shape, Instant now) {
            return moment.headroom(region, needs(shape), flex, now);
        }

        /** What the project's own quotas allow, wherever a VM is made. */
        Headroom inProject(MachineShape shape, Instant now) {
            List<QuotaNeed> needs =
                    needs(shape).stream().filter(QuotaNeed::projectWide).toList();
            return moment.headroom(LedgerState.PROJECT, needs, flex, now);
        }

        /** The quota that matters most for a shape in a region: shapes of which it is the same take from each other. */
        String takesFrom(String region, MachineShape shape, Instant now) {
            return moment.sources(needs(shape).get(0), region, flex, now).toString();
        }

        /** The reading that matters most for a shape. */
        QuotaReading reading(String region, MachineShape shape) {
            QuotaNeed need = needs(shape).get(0);
            return moment.reading(new LedgerState.Key(region, need.spot().orElse(need.standard())));
        }

        /** The project's quota that matters most for a shape. */
        QuotaReading project(MachineShape shape) {
            String metric = shape.hasAccelerators() ? "GPUS_ALL_REGIONS" : "CPUS_ALL_REGIONS";
            return moment.reading(new LedgerState.Key(LedgerState.PROJECT, metric));
        }

        int pendingInZone(String zone) {
            return (int) moment.held().values().stream()
                    .filter(held -> held.zone().equals(zone))
                    .count();
        }

        int pendingInRegion(String region) {
            return (int) moment.held().values().stream()
                    .filter(held -> held.region().equals(region))
                    .count();
        }

        /** Who holds a promise. */
        List<String> names() {
            return List.copyOf(moment.held().keySet());
        }
    }

    private LedgerState change(UnaryOperator<LedgerState> change) {
        return state.updateAndGet(change);
    }
}
