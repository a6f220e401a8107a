package dev.paddock.internal.multirunner;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlan.Shortfall;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Isolation;
import dev.paddock.capacity.RunnerSlot;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.MultiRunnerException.Reason;
import dev.paddock.internal.capacity.GpuNumbers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** From the slots of a plan to runners of a pool, and back. Pure. */
public final class PoolPlan {
    /** By GPU, those without one last; on one GPU the most capable first. */
    private static final Comparator<RunnerSlot> ORDER = Comparator.comparingInt(PoolPlan::firstGpu)
            .thenComparing(PoolPlan::capability, Comparator.reverseOrder())
            .thenComparing(slot -> slot.profile().name())
            .thenComparingInt(RunnerSlot::number);

    private PoolPlan() {}

    private static int firstGpu(RunnerSlot slot) {
        return slot.indices().isEmpty() || slot.indices().get(0) < 0
                ? slot.devices().isEmpty() ? Integer.MAX_VALUE : Integer.MAX_VALUE - 1
                : slot.indices().get(0);
    }

    /** Compared part by part. */
    private record Capability(int gpus, long gpuMemory, int cores, long memory) implements Comparable<Capability> {
        private static final Comparator<Capability> PARTS = Comparator.comparingInt(Capability::gpus)
                .thenComparingLong(Capability::gpuMemory)
                .thenComparingInt(Capability::cores)
                .thenComparingLong(Capability::memory);

        @Override
        public int compareTo(Capability other) {
            return PARTS.compare(this, other);
        }
    }

    private static Capability capability(RunnerSlot slot) {
        RunnerProfile profile = slot.profile();
        return new Capability(
                profile.gpus(),
                profile.gpuMemory().bytes(),
                profile.cores(),
                profile.memory().bytes());
    }

    /** The slots as a pool lists them. */
    static List<RunnerSlot> ordered(CapacityPlan plan) {
        return plan.slots().stream().sorted(ORDER).toList();
    }

    /** A pool of a plan's runners, all idle. */
    public static Roster roster(CapacityPlan plan, String prefix, int maxParallel, long timeout, long recovery) {
        Roster roster = new Roster(maxParallel, timeout, recovery);
        roster.grow(cells(ordered(plan), Set.of(), prefix), 0);
        return roster;
    }

    private static List<Cell> cells(List<RunnerSlot> slots, Set<String> taken, String prefix) {
        List<Cell> cells = new ArrayList<>();
        int number = 0;
        for (RunnerSlot slot : slots) {
            String id;
            do {
                number++;
                id = String.format(Locale.ROOT, "runner-%03d", number);
            } while (taken.contains(id));
            String name = String.format(
                    Locale.ROOT, "%s-%s-%02d", prefix, slot.profile().name().replace('_', '-'), number);
            List<Integer> gpus =
                    slot.indices().stream().filter(index -> index >= 0).toList();
            cells.add(new Cell(id, name, slot.profile(), gpus, slot.devices()));
        }
        return cells;
    }

    /**
     * The runners that a pool can have besides those it has, so that so many stay.
     *
     * @throws MultiRunnerException if the host cannot hold them; names what binds
     */
    public static List<Cell> more(
            Roster roster, int target, String prefix, HostInventory host, CapacitySettings settings) {
        List<RunnerSlot> held = new ArrayList<>();
        List<RunnerSlot> working = new ArrayList<>();
        for (Cell cell : roster.cells.values()) {
            RunnerSlot slot = slot(cell, held.size(), host);
            held.add(slot);
            if (cell.task != null || cell.process != null) {
                working.add(slot);
            }
        }
        Map<String, RunnerProfile> profiles = new LinkedHashMap<>();
        roster.cells.values().forEach(cell -> profiles.put(cell.profile.name(), cell.profile));
        profiles.putIfAbsent("light", RunnerProfile.standardProfile("light"));
        CapacityPlan plan = CapacityPlanner.exact()
                .plan(
                        host,
                        CapacityRequest.mostRunners(profiles.values())
                                .maxRunners(target)
                                .settings(settings)
                                .held(held)
                                .measured(working)
                                .build());
        int there = plan.slots().size() + plan.atRisk().size();
        if (there < target) {
            throw new MultiRunnerException(
                    Reason.NOT_FEASIBLE,
                    "the pool was not scaled to " + target + " runners: the host holds "
                            + there + " at most" + binding(plan)
                            + ". Ask for fewer, let CPU be over-committed, or give the host more.");
        }
        Set<Integer> before = held.stream().map(RunnerSlot::number).collect(Collectors.toCollection(TreeSet::new));
        List<RunnerSlot> added = ordered(plan).stream()
                .filter(slot -> !before.contains(slot.number()))
                .toList();
        return cells(added, roster.cells.keySet(), prefix);
    }

    private static String binding(CapacityPlan plan) {
        Set<String> factors = new LinkedHashSet<>();
        for (Shortfall shortfall : plan.shortfalls()) {
            factors.add(shortfall.wish().profile().name() + " by "
                    + shortfall.factor().token());
        }
        return factors.isEmpty() ? "" : " (limited: " + String.join(", ", factors) + ")";
    }

    private static RunnerSlot slot(Cell cell, int number, HostInventory host) {
        return new RunnerSlot(
                number, cell.profile, devices(cell, host), cell.gpus, Isolation.NONE, Map.of(), cell.profile.labels());
    }

    /** A file written by hand knows a GPU by its number alone. */
    private static List<String> devices(Cell cell, HostInventory host) {
        if (!cell.devices.isEmpty()) {
            return cell.devices;
        }
        return GpuNumbers.of(host.gpus()).entrySet().stream()
                .filter(gpu -> cell.gpus.contains(gpu.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }
}
