package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.spi.Room;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** So many slots, each for any runner. A runner found again keeps its slot, even one beyond the present number. */
final class NumberedSlots implements Slots {
    private final int number;
    private final ConcurrentMap<Integer, RunnerId> holders = new ConcurrentHashMap<>();

    NumberedSlots(int number) {
        this.number = number;
    }

    /** The runner's slot: the one it holds, else the lowest that is free, else none. */
    OptionalInt lease(RunnerId runner) {
        OptionalInt held = held(runner);
        for (int slot = 0; slot < number && held.isEmpty() && free() > 0; slot++) {
            if (holders.putIfAbsent(slot, runner) == null) {
                held = held(runner);
                if (held.orElse(slot) < slot) {
                    holders.remove(slot, runner); // it was leased twice at once; the lower one stands
                }
            }
        }
        return held;
    }

    @Override
    public Optional<Place> lease(RunnerId runner, RunnerProfile profile) {
        OptionalInt slot = lease(runner);
        return slot.isPresent() ? Optional.of(Place.any(slot.getAsInt())) : Optional.empty();
    }

    private OptionalInt held(RunnerId runner) {
        return holders.entrySet().stream()
                .filter(holder -> holder.getValue().equals(runner))
                .mapToInt(Map.Entry::getKey)
                .min();
    }

    @Override
    public boolean restore(RunnerId runner, Place place) {
        int free = place.slot();
        while (!holders.containsValue(runner) && holders.putIfAbsent(free, runner) != null) {
            free++;
        }
        return true;
    }

    @Override
    public void release(RunnerId runner) {
        holders.values().removeIf(runner::equals);
    }

    int free() {
        return Math.max(0, number - holders.size());
    }

    @Override
    public Room room() {
        return new Room(free(), "of " + number + " slots");
    }

    @Override
    public Room room(RunnerProfile profile) {
        return room();
    }

    @Override
    public boolean areByProfile() {
        return false;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public String whyNone(RunnerProfile profile) {
        return "all " + number + " slots are taken; raise slots or lower maxRunners";
    }
}
