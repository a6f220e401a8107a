package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.HostSlots;
import dev.paddock.capacity.RunnerSlot;
import dev.paddock.spi.Room;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The places of a plan, each for runners of one profile. */
record PlannedSlots(HostSlots slots) implements Slots {
    @Override
    public Optional<Place> lease(RunnerId runner, RunnerProfile profile) {
        return slots.lease(runner, profile)
                .map(slot -> new Place(
                        slot.number(), slot.profile().name(), slot.devices(), free(runner, slot), slot.environment()));
    }

    /** What the plan leaves to this runner and those that may yet come: the others' shares are taken off. */
    private OptionalLong free(RunnerId runner, RunnerSlot slot) {
        if (slot.devices().isEmpty()) {
            return OptionalLong.empty();
        }
        String device = slot.devices().get(0);
        long others = slots.leases().entrySet().stream()
                .filter(lease -> !lease.getKey().equals(runner))
                .filter(lease -> lease.getValue().devices().contains(device))
                .mapToLong(lease -> lease.getValue().profile().gpuMemory().bytes())
                .sum();
        return slots.plan().devices().stream()
                .filter(use -> use.id().equals(device))
                .flatMap(use -> use.usable().stream())
                .mapToLong(usable -> Math.max(0, usable.bytes() - others))
                .findFirst();
    }

    @Override
    public boolean restore(RunnerId runner, Place place) {
        String profile =
                place.isPlanned() ? place.profile() : RunnerProfile.any().name();
        return slots.isPlanned(slots.restore(runner, place.slot(), profile, place.devices()));
    }

    @Override
    public void release(RunnerId runner) {
        slots.release(runner);
    }

    @Override
    public Room room() {
        CapacityPlan plan = slots.plan();
        int free = plan.slots().stream()
                .map(RunnerSlot::profile)
                .distinct()
                .mapToInt(slots::free)
                .sum();
        return new Room(free, "of " + plan.slots().size() + " slots of the plan");
    }

    @Override
    public Room room(RunnerProfile profile) {
        return new Room(slots.free(profile), "of " + of(profile).size() + " slots for " + profile.name());
    }

    private List<RunnerSlot> of(RunnerProfile profile) {
        return slots.plan().slots().stream()
                .filter(slot -> slot.profile().equals(profile))
                .toList();
    }

    @Override
    public boolean areByProfile() {
        return true;
    }

    @Override
    public int number() {
        return slots.plan().slots().size();
    }

    @Override
    public String whyNone(RunnerProfile profile) {
        int all = of(profile).size();
        return all > 0
                ? "all " + all + " slots for " + profile.name() + " are taken or on a GPU that is not well"
                : "the plan has no slot for " + profile + ", but for "
                        + slots.plan().slots().stream()
                                .map(slot -> slot.profile().toString())
                                .distinct()
                                .toList()
                        + "; give the pool a profile that was planned";
    }
}
