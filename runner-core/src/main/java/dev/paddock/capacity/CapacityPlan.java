package dev.paddock.capacity;

import dev.paddock.ByteSize;
import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.HostModel;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which runners a host holds, on which devices, and why not more. Immutable; everything in it can be told from the host
 * and the request it was made of.
 */
public final class CapacityPlan {
    /**
     * A planner's choice for one runner.
     *
     * @param profile one of those asked for
     * @param devices UUIDs of the GPUs or of the MIG device; empty for none
     */
    public record Placement(RunnerProfile profile, List<String> devices) {
        /** Copies. */
        public Placement {
            devices = List.copyOf(devices);
        }
    }

    /**
     * One GPU or MIG device and what is promised of it.
     *
     * @param id its UUID
     * @param index the number of the GPU as in {@link RunnerSlot#indices}, or of the GPU the MIG device is part of; -1 if it has none
     * @param name the GPU's name, or the MIG device's profile
     * @param usable memory that plans may promise; empty if the device does not tell it
     * @param promised memory of the runners on it, each process's overhead included; all that is usable if one runner has
     *     it to itself
     * @param runners how many are on it
     * @param isolation what keeps them apart
     */
    public record DeviceUse(
            String id,
            int index,
            String name,
            Optional<ByteSize> usable,
            ByteSize promised,
            int runners,
            Isolation isolation) {}

    /**
     * What is promised of something that all runners share.
     *
     * @param usable what plans may promise; empty if the host does not tell it, so that nothing bounds it. Cores are
     *     counted in thousandths, with the over-commit; memory and disk in bytes
     * @param promised the sum over the runners, in the same unit
     */
    public record Use(Reading usable, long promised) {}

    /**
     * Runners that were wanted and are not there.
     *
     * @param wish what was wanted
     * @param placed how many there are
     * @param factor what there is not enough of for one more
     */
    public record Shortfall(CapacityRequest.Wish wish, int placed, LimitingFactor factor) {}

    private final HostInventory host;
    private final CapacityRequest request;
    private final List<RunnerSlot> slots;
    private final List<RunnerSlot> atRisk;
    private final List<Shortfall> shortfalls;
    private final List<DeviceUse> devices;
    private final Use cores;
    private final Use memory;
    private final Use disk;
    private final Optimality optimality;
    private final List<String> notes;

    private CapacityPlan(PlanAssembly parts, Optimality optimality) {
        host = parts.host;
        request = parts.request;
        slots = parts.sorted();
        atRisk = List.copyOf(parts.model.atRisk());
        shortfalls = List.copyOf(parts.shortfalls());
        devices = List.copyOf(parts.devices());
        cores = parts.use(HostModel.CORES);
        memory = parts.use(HostModel.MEMORY);
        disk = parts.use(HostModel.DISK);
        this.optimality = Objects.requireNonNull(optimality, "optimality");
        notes = List.copyOf(parts.model.notes());
    }

    /**
     * Makes a plan of a planner's choice. The runners held come first and keep their numbers; those chosen get the lowest
     * that are free, in the order of the choice. Environment, labels, isolation, slack and shortfalls are worked out here.
     *
     * @param host what was planned
     * @param request what was wanted
     * @param placements the runners chosen besides those held
     * @param optimality what the planner can prove of its choice
     * @return the plan
     * @throws IllegalArgumentException if the choice does not fit the host or was not asked for; the message names the
     *     first runner, the bound and what was promised of it
     */
    public static CapacityPlan of(
            HostInventory host, CapacityRequest request, List<Placement> placements, Optimality optimality) {
        var assembly = new PlanAssembly(host, request);
        placements.forEach(assembly::place);
        return new CapacityPlan(assembly, optimality);
    }

    /**
     * The host that was planned.
     *
     * @return as it was given
     */
    public HostInventory host() {
        return host;
    }

    /**
     * What was wanted.
     *
     * @return as it was given
     */
    public CapacityRequest request() {
        return request;
    }

    /**
     * The runners' places, those of runners held included.
     *
     * @return sorted by number; unmodifiable
     */
    public List<RunnerSlot> slots() {
        return slots;
    }

    /**
     * Runners held whose device is gone, failed, or cannot hold them any more. They are not among the slots, and what they use of the host still counts as used.
     *
     * @return sorted by number; unmodifiable
     */
    public List<RunnerSlot> atRisk() {
        return atRisk;
    }

    /**
     * What was wanted and is not there, and why.
     *
     * @return in the order of the wishes; empty if all of a demand is met; unmodifiable
     */
    public List<Shortfall> shortfalls() {
        return shortfalls;
    }

    /**
     * The GPUs and MIG devices that can hold runners.
     *
     * @return by index, then UUID; unmodifiable
     */
    public List<DeviceUse> devices() {
        return devices;
    }

    /**
     * What is promised of the cores.
     *
     * @return in thousandths of a core
     */
    public Use cores() {
        return cores;
    }

    /**
     * What is promised of main memory.
     *
     * @return in bytes
     */
    public Use memory() {
        return memory;
    }

    /**
     * What is promised of the disk.
     *
     * @return in bytes
     */
    public Use disk() {
        return disk;
    }

    /**
     * How good the plan is.
     *
     * @return by the request's objective
     */
    public Optimality optimality() {
        return optimality;
    }

    /**
     * What was not certain, one line each, for a person.
     *
     * @return unmodifiable
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * How many runners of each profile there are.
     *
     * @return by the profile's name; profiles without runners are left out; unmodifiable
     */
    public SortedMap<String, Integer> counts() {
        var counts = new TreeMap<String, Integer>();
        slots.forEach(slot -> counts.merge(slot.profile().name(), 1, Integer::sum));
        return Collections.unmodifiableSortedMap(counts);
    }

    /**
     * The plan in words: what is where, what is left, what was left out and why, and how good it is.
     *
     * @return several lines, for a person
     */
    public String explain() {
        return new PlanText(this).text();
    }
}
