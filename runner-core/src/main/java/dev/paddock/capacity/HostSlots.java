package dev.paddock.capacity;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.GpuNumbers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The places for runners on one host and who holds which: a plan that is made again when the host changes. Runners that
 * hold a place keep it, with its number; free places may become others. Thread-safe; several providers may share one.
 *
 * <pre>{@code
 * var slots = HostSlots.of(CapacityPlanner.exact(), host.inventory(), request);
 * var machines = LocalRunnerProvider.builder(root, program).slots(slots).build();
 * var health = GpuHealth.builder(probe)
 *         .onChange(verdict -> slots.schedulable(verdict.gpu(), verdict.isSchedulable()))
 *         .start();
 * }</pre>
 */
public final class HostSlots {
    private static final Logger LOG = LoggerFactory.getLogger(HostSlots.class);

    /**
     * All of it changes at once.
     *
     * @param measured the runners that were there when the host was measured
     */
    private record State(
            HostInventory host,
            CapacityPlan plan,
            SortedMap<RunnerId, RunnerSlot> leases,
            SortedMap<RunnerId, RunnerSlot> measured,
            SortedSet<String> unfit) {
        State with(SortedMap<RunnerId, RunnerSlot> leases) {
            return new State(host, plan, leases, measured, unfit);
        }
    }

    private final CapacityPlanner planner;
    private final CapacityRequest request;
    private final AtomicReference<State> state;

    private HostSlots(CapacityPlanner planner, CapacityPlan plan) {
        this.planner = planner;
        this.request = plan.request();
        state = new AtomicReference<>(new State(plan.host(), plan, new TreeMap<>(), new TreeMap<>(), new TreeSet<>()));
    }

    /**
     * The places of a plan that is made here, and made again when {@link #replan} or {@link #schedulable} is called, when
     * a runner is found that holds a place, and when one is gone whose device was lost.
     *
     * @param planner makes the plans; called on the caller's thread
     * @param host what there is
     * @param request what is wanted; the runners it holds are those of the first plan only
     * @return places that nobody holds
     */
    public static HostSlots of(CapacityPlanner planner, HostInventory host, CapacityRequest request) {
        return new HostSlots(Objects.requireNonNull(planner, "planner"), planner.plan(host, request));
    }

    /**
     * The places of a plan that stays as it is. Places on GPUs that are not schedulable are not given to runners.
     *
     * @param plan the plan
     * @return places that nobody holds
     */
    public static HostSlots of(CapacityPlan plan) {
        return new HostSlots((host, request) -> plan, Objects.requireNonNull(plan, "plan"));
    }

    /**
     * The present plan.
     *
     * @return the last that was made
     */
    public CapacityPlan plan() {
        return state.get().plan();
    }

    /**
     * The profiles that the present plan has places for, in the order of their first.
     *
     * @return each once; unmodifiable
     */
    public List<RunnerProfile> profiles() {
        return plan().slots().stream()
                .map(RunnerSlot::profile)
                .filter(this::isWanted)
                .distinct()
                .toList();
    }

    /**
     * The labels that every place of a profile has in the present plan: what a pool of such runners can promise. A GPU's
     * label is one only if the profile is wanted on that GPU or the host has no other: else the next plan may have its
     * places elsewhere.
     *
     * @param profile one of the {@link #profiles}
     * @return sorted; empty for a profile without a place
     */
    public SortedSet<String> labels(RunnerProfile profile) {
        SortedSet<String> common = new TreeSet<>();
        List<RunnerSlot> places = plan().slots().stream()
                .filter(slot -> slot.profile().equals(profile))
                .toList();
        places.stream().limit(1).forEach(first -> common.addAll(first.labels()));
        places.forEach(place -> common.retainAll(place.labels()));
        boolean stays = plan().host().gpus().size() == 1
                || request.wishes().stream()
                        .filter(wish -> wish.profile().equals(profile))
                        .allMatch(wish -> wish.gpu().isPresent());
        if (!stays && profile.gpus() < 2) {
            common.removeIf(
                    label -> label.matches("gpu-\\d+") && !profile.labels().contains(label));
        }
        return common;
    }

    /**
     * Who holds which place.
     *
     * @return by runner; unmodifiable
     */
    public Map<RunnerId, RunnerSlot> leases() {
        return Collections.unmodifiableMap(state.get().leases());
    }

    /**
     * Whether the present plan has a place as it is, with its number, profile and devices.
     *
     * @param slot a place of this or an earlier plan
     * @return false if its device was lost, its profile is not wanted any more, or the place is another now
     */
    public boolean isPlanned(RunnerSlot slot) {
        return isPlanned(state.get(), slot);
    }

    private boolean isPlanned(State now, RunnerSlot slot) {
        return now.plan().slots().stream().anyMatch(planned -> isWanted(planned.profile()) && same(planned, slot));
    }

    private boolean isWanted(RunnerProfile profile) {
        return request.wishes().stream().anyMatch(wish -> wish.profile().equals(profile));
    }

    private static boolean same(RunnerSlot one, RunnerSlot other) {
        return one.number() == other.number()
                && one.profile().name().equals(other.profile().name())
                && one.devices().equals(other.devices());
    }

    /**
     * Plans again for a host that has changed. What was said by {@link #schedulable} still counts.
     *
     * @param host what there is now, measured while the runners were there that hold a place
     * @return the new plan
     */
    public CapacityPlan replan(HostInventory host) {
        Objects.requireNonNull(host, "host");
        return state.updateAndGet(old -> planned(new State(host, old.plan(), old.leases(), old.leases(), old.unfit())))
                .plan();
    }

    /**
     * Plans again without a GPU that is not well, or with one that is again. Runners on it stay; its free places are
     * given to none.
     *
     * @param gpu its id; one that the host does not have changes nothing
     * @param schedulable whether new runners may use it
     * @return the present plan
     */
    public CapacityPlan schedulable(String gpu, boolean schedulable) {
        Objects.requireNonNull(gpu, "gpu");
        UnaryOperator<State> mark = old -> {
            SortedSet<String> unfit = new TreeSet<>(old.unfit());
            boolean changes = schedulable ? unfit.remove(gpu) : unfit.add(gpu);
            return changes ? planned(new State(old.host(), old.plan(), old.leases(), old.measured(), unfit)) : old;
        };
        return state.updateAndGet(mark).plan();
    }

    /**
     * How many more runners of a profile could be placed now.
     *
     * @param profile what each needs
     * @return the free places of exactly this profile
     */
    public int free(RunnerProfile profile) {
        return free(state.get(), profile).size();
    }

    /**
     * Gives a runner a place: the one it holds, else of the free ones of its profile the one on whose devices the fewest
     * runners are, and of these the first.
     *
     * @param runner its name
     * @param profile what it needs
     * @return the place; empty if none is free
     */
    public Optional<RunnerSlot> lease(RunnerId runner, RunnerProfile profile) {
        Objects.requireNonNull(runner, "runner");
        State now = state.updateAndGet(old -> old.leases().containsKey(runner)
                ? old
                : free(old, profile).stream()
                        .min(Comparator.<RunnerSlot>comparingLong(slot -> neighbours(old, slot))
                                .thenComparingInt(RunnerSlot::number))
                        .map(slot -> with(old, runner, slot))
                        .orElse(old));
        return Optional.ofNullable(now.leases().get(runner));
    }

    /**
     * Takes up a runner that held a place in an earlier life of this program. It keeps the place, whatever the plan says;
     * {@link #isPlanned} tells whether it still has it.
     *
     * @param runner its name
     * @param number the place's number
     * @param profile the name of the runner's profile
     * @param devices what it is bound to
     * @return the place
     */
    public RunnerSlot restore(RunnerId runner, int number, String profile, List<String> devices) {
        Objects.requireNonNull(runner, "runner");
        State now = state.updateAndGet(old -> old.leases().containsKey(runner)
                ? old
                : plannedIfPossible(restored(old, runner, found(old, number, profile, devices))));
        return Objects.requireNonNull(now.leases().get(runner));
    }

    /**
     * Takes back the place of a runner that is gone. A plan that had to leave it out, or that has its place though its
     * profile is not wanted any more, is made again.
     *
     * @param runner its name; one that holds none changes nothing
     */
    public void release(RunnerId runner) {
        state.updateAndGet(old -> {
            RunnerSlot slot = old.leases().get(runner);
            if (slot == null) {
                return old;
            }
            SortedMap<RunnerId, RunnerSlot> leases = new TreeMap<>(old.leases());
            leases.remove(runner);
            State without = old.with(leases);
            return isPlanned(old, slot) ? without : plannedIfPossible(without);
        });
    }

    // ---- pure ------------------------------------------------------------------------------------------------

    private static State with(State old, RunnerId runner, RunnerSlot slot) {
        SortedMap<RunnerId, RunnerSlot> leases = new TreeMap<>(old.leases());
        leases.put(runner, slot);
        return old.with(leases);
    }

    /** It is older than this program, and so than any measure of the host. */
    private static State restored(State old, RunnerId runner, RunnerSlot slot) {
        SortedMap<RunnerId, RunnerSlot> measured = new TreeMap<>(old.measured());
        measured.put(runner, slot);
        State with = with(old, runner, slot);
        return new State(with.host(), with.plan(), with.leases(), measured, with.unfit());
    }

    private static List<RunnerSlot> free(State now, RunnerProfile profile) {
        SortedSet<Integer> taken = new TreeSet<>();
        now.leases().values().forEach(slot -> taken.add(slot.number()));
        return now.plan().slots().stream()
                .filter(slot -> slot.profile().equals(profile) && !taken.contains(slot.number()))
                .filter(slot -> slot.devices().stream().noneMatch(device -> isUnfit(now, device)))
                .toList();
    }

    private static boolean isUnfit(State now, String device) {
        return now.unfit().contains(device)
                || now.host().gpus().stream()
                        .filter(gpu -> now.unfit().contains(gpu.id()))
                        .anyMatch(gpu -> gpu.migDevices().stream()
                                .anyMatch(mig -> mig.id().equals(device)));
    }

    private static long neighbours(State now, RunnerSlot slot) {
        return now.leases().values().stream()
                .filter(held -> !Collections.disjoint(held.devices(), slot.devices()))
                .count();
    }

    private RunnerSlot found(State now, int number, String name, List<String> devices) {
        RunnerProfile profile = request.wishes().stream()
                .map(CapacityRequest.Wish::profile)
                .filter(wanted -> wanted.name().equals(name))
                .findFirst()
                .orElseGet(() -> RunnerProfile.of(name));
        List<Integer> indices =
                devices.stream().map(device -> index(now.host(), device)).toList();
        var slot = new RunnerSlot(number, profile, devices, indices, Isolation.NONE, Map.of(), new TreeSet<>());
        return now.plan().slots().stream()
                .filter(planned -> same(planned, slot))
                .findFirst()
                .orElse(slot);
    }

    private static int index(HostInventory host, String device) {
        return host.gpus().stream()
                .filter(gpu -> gpu.id().equals(device)
                        || gpu.migDevices().stream().anyMatch(mig -> mig.id().equals(device)))
                .findFirst()
                .map(gpu -> GpuNumbers.of(host.gpus()).get(gpu.id()))
                .orElse(-1);
    }

    private State plannedIfPossible(State now) {
        try {
            return planned(now);
        } catch (RuntimeException failure) {
            LOG.error("the host cannot be planned again; the former plan stays", failure);
            return now;
        }
    }

    private State planned(State now) {
        List<GpuDevice> gpus = now.host().gpus().stream()
                .map(gpu -> now.unfit().contains(gpu.id())
                        ? gpu.toBuilder()
                                .state(GpuDevice.State.UNUSABLE, "it is not well")
                                .build()
                        : gpu)
                .toList();
        HostInventory all = now.host();
        var fit = new HostInventory(
                all.takenAt(),
                all.platform(),
                all.cpu(),
                all.memory(),
                all.disk(),
                gpus,
                all.architectures(),
                all.notes());
        CapacityRequest wanted = request.toBuilder()
                .held(held(now))
                .measured(now.measured().values())
                .build();
        return new State(all, planner.plan(fit, wanted), now.leases(), now.measured(), now.unfit());
    }

    /** Those of profiles that are not asked for any more too: they are on their devices. */
    private static List<RunnerSlot> held(State now) {
        SortedMap<Integer, RunnerSlot> held = new TreeMap<>();
        now.leases().values().forEach(slot -> held.putIfAbsent(slot.number(), slot));
        return new ArrayList<>(held.values());
    }
}
