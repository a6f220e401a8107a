package dev.paddock.testkit;

import dev.paddock.Health;
import dev.paddock.RunnerId;
import dev.paddock.error.ProvisioningException;
import dev.paddock.spi.Listing;
import dev.paddock.spi.Room;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The machines of a {@link FakeRunnerProvider}, and what its lists tell of them. Thread-safe; calls nobody. */
final class FakeRack {
    private final int slots;
    private final Map<RunnerId, FakeMachine> machines = new LinkedHashMap<>();
    private final Map<RunnerId, Integer> underWay = new LinkedHashMap<>();
    private final Map<RunnerId, Health> healths = new LinkedHashMap<>();
    private final Set<RunnerId> hidden = new LinkedHashSet<>();
    private List<String> unreachable = List.of();
    private @Nullable Room room;
    private @Nullable RuntimeException roomFailure;
    private int created;
    private int mostAtOnce;
    private int mostUnderWay;

    FakeRack(int slots) {
        this.slots = slots;
    }

    // ---- machines ------------------------------------------------------------------------------------------

    synchronized List<FakeMachine> machines() {
        return List.copyOf(machines.values());
    }

    synchronized boolean has(FakeMachine machine) {
        return machines.get(machine.runner()) == machine;
    }

    synchronized FakeMachine find(RunnerId runner) {
        FakeMachine machine = machines.get(runner);
        if (machine == null) {
            throw new IllegalArgumentException(
                    "there is no machine of runner " + runner + "; there are " + machines.keySet());
        }
        return machine;
    }

    synchronized void add(FakeMachine machine) {
        machines.put(machine.runner(), machine);
    }

    synchronized @Nullable FakeMachine remove(RunnerId runner) {
        return machines.remove(runner);
    }

    /** The runner's machine, made by its number if there is none and a slot is free. */
    synchronized FakeMachine get(RunnerId runner, IntFunction<FakeMachine> maker) {
        FakeMachine existing = machines.get(runner);
        if (existing != null) {
            return existing;
        }
        if (running() >= slots) {
            throw new ProvisioningException(runner, "all " + slots + " slots are taken; wait for one", true, null);
        }
        created++;
        FakeMachine machine = maker.apply(created);
        machines.put(runner, machine);
        mostAtOnce = Math.max(mostAtOnce, running());
        return machine;
    }

    private int running() {
        int running = 0;
        for (FakeMachine machine : machines.values()) {
            running += machine.isUp() ? 1 : 0;
        }
        return running;
    }

    synchronized void reserve(RunnerId runner) {
        underWay.merge(runner, 1, Integer::sum);
        mostUnderWay = Math.max(mostUnderWay, underWay.size());
    }

    synchronized void release(RunnerId runner) {
        underWay.computeIfPresent(runner, (id, count) -> count == 1 ? null : count - 1);
    }

    synchronized int created() {
        return created;
    }

    synchronized int mostAtOnce() {
        return mostAtOnce;
    }

    synchronized int mostUnderWay() {
        return mostUnderWay;
    }

    // ---- what is told of them ------------------------------------------------------------------------------

    synchronized Listing listing(String fleet) {
        if (!unreachable.isEmpty()) {
            return new Listing(List.of(), unreachable);
        }
        List<Listing.Machine> found = new ArrayList<>();
        for (FakeMachine machine : machines.values()) {
            if (machine.fleet.equals(fleet) && !hidden.contains(machine.runner())) {
                found.add(new Listing.Machine(machine.handle, machine.isUp(), machine.epoch));
            }
        }
        return new Listing(found, List.of());
    }

    synchronized void health(RunnerId runner, Health health) {
        healths.put(runner, health);
    }

    /** What a look finds; empty if there is nothing to look at. */
    synchronized Optional<Health> health(RunnerId runner) {
        FakeMachine machine = machines.get(runner);
        if (machine == null) {
            return Optional.empty();
        }
        return Optional.of(
                machine.isUp() ? healths.getOrDefault(runner, Health.healthy()) : Health.failed("it has ended"));
    }

    synchronized Room room() {
        if (roomFailure != null) {
            throw roomFailure;
        }
        int free = Math.max(0, slots - running() - underWay.size());
        return room != null ? room : new Room(free, slots + " slots");
    }

    synchronized void unreachable(List<String> places) {
        unreachable = places;
    }

    synchronized void hide(RunnerId runner) {
        hidden.add(runner);
    }

    synchronized void room(Room set) {
        room = set;
    }

    synchronized void roomFails(RuntimeException failure) {
        roomFailure = failure;
    }

    synchronized void heal() {
        hidden.clear();
        healths.clear();
        unreachable = List.of();
        room = null;
        roomFailure = null;
    }
}
