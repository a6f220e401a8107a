package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.Fleet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/** Which runners many hosts hold, and why not more. Immutable. */
public final class FleetPlan {
    /**
     * A runner and its host.
     *
     * @param host the host's name
     * @param slot its place there
     */
    public record Place(String host, RunnerSlot slot) {}

    /**
     * A runner that has lost its place and has another.
     *
     * @param from where it was
     * @param to the host where one like it is to be
     */
    public record Move(Place from, String to) {}

    /**
     * A runner that has lost its place and has none.
     *
     * @param from where it was
     * @param factor what there is not enough of; {@link LimitingFactor#DEMAND} if it is not wanted any more
     */
    public record Lost(Place from, LimitingFactor factor) {}

    private final SortedMap<String, HostInventory> hosts;
    private final SortedMap<String, List<RunnerSlot>> held;
    private final SortedMap<String, List<CapacityPlan.Placement>> placements = new TreeMap<>();
    private final SortedMap<String, List<RunnerSlot>> atRisk = new TreeMap<>();
    private final CapacityRequest request;
    private final List<CapacityPlan.Shortfall> shortfalls;
    private final List<Move> moved;
    private final List<Lost> lost;
    private final Optimality optimality;
    private final int devicesInUse;
    private final int leastDevices;

    FleetPlan(
            SortedMap<String, HostInventory> hosts,
            SortedMap<String, List<RunnerSlot>> held,
            CapacityRequest request,
            Fleet fleet,
            List<Place> homeless) {
        this.hosts = Collections.unmodifiableSortedMap(new TreeMap<>(hosts));
        this.held = held;
        this.request = request;
        optimality = fleet.optimality();
        devicesInUse = fleet.devicesInUse();
        leastDevices = fleet.leastDevices();
        for (String name : hosts.keySet()) {
            placements.put(name, fleet.placements(name));
            if (!fleet.atRisk(name).isEmpty()) {
                atRisk.put(name, List.copyOf(fleet.atRisk(name)));
            }
        }
        shortfalls = shortfalls(fleet);
        List<Move> moves = new ArrayList<>();
        List<Lost> losses = new ArrayList<>();
        settle(fleet, homeless, moves, losses);
        moved = List.copyOf(moves);
        lost = List.copyOf(losses);
    }

    private List<CapacityPlan.Shortfall> shortfalls(Fleet fleet) {
        List<CapacityPlan.Shortfall> missing = new ArrayList<>();
        for (int i = 0; i < request.wishes().size(); i++) {
            CapacityRequest.Wish wish = request.wishes().get(i);
            boolean mix = request.objective() == CapacityRequest.Objective.MIX;
            if (mix || fleet.runners(i) < wish.count()) {
                missing.add(new CapacityPlan.Shortfall(wish, fleet.runners(i), fleet.factor(wish.profile())));
            }
        }
        return List.copyOf(missing);
    }

    /** Gives each runner without a place the first new one of its profile. */
    private void settle(Fleet fleet, List<Place> homeless, List<Move> moves, List<Lost> losses) {
        SortedMap<String, Deque<String>> free = new TreeMap<>();
        placements.forEach((name, chosen) -> chosen.forEach(
                placement -> free.computeIfAbsent(placement.profile().name(), key -> new ArrayDeque<>())
                        .add(name)));
        for (Place place : homeless) {
            Deque<String> places = free.getOrDefault(place.slot().profile().name(), new ArrayDeque<>());
            if (places.isEmpty()) {
                losses.add(new Lost(place, fleet.factor(place.slot().profile())));
            } else {
                moves.add(new Move(place, places.remove()));
            }
        }
    }

    /**
     * The hosts' names.
     *
     * @return sorted; unmodifiable
     */
    public SortedSet<String> hosts() {
        return Collections.unmodifiableSortedSet(new java.util.TreeSet<>(hosts.keySet()));
    }

    /**
     * What was wanted of all hosts together.
     *
     * @return as it was given
     */
    public CapacityRequest request() {
        return request;
    }

    /**
     * The plan of one host. Its request asks for what the host holds here; that of a host that holds nothing is the
     * fleet's. It is worked out anew at each call.
     *
     * @param host the host's name
     * @return the plan
     * @throws IllegalArgumentException if there is no such host
     */
    public CapacityPlan plan(String host) {
        HostInventory inventory = hosts.get(host);
        if (inventory == null) {
            throw new IllegalArgumentException("there is no host " + host);
        }
        List<RunnerSlot> slots = held.getOrDefault(host, List.of());
        List<CapacityPlan.Placement> chosen = placements.getOrDefault(host, List.of());
        Map<RunnerProfile, Integer> there = new LinkedHashMap<>();
        kept(host).forEach(slot -> there.merge(slot.profile(), 1, Integer::sum));
        chosen.forEach(placement -> there.merge(placement.profile(), 1, Integer::sum));
        var part = there.isEmpty()
                ? request.toBuilder()
                : CapacityRequest.demand(there).settings(request.settings()).maxRunners(request.maxRunners());
        double value = 0;
        for (Map.Entry<RunnerProfile, Integer> each : there.entrySet()) {
            value += each.getKey().weight() * each.getValue();
        }
        return CapacityPlan.of(inventory, part.held(slots).build(), chosen, Optimality.unknown(value));
    }

    /**
     * How many runners of each profile there are.
     *
     * @return by the profile's name; profiles without runners are left out; unmodifiable
     */
    public SortedMap<String, Integer> counts() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        hosts.keySet().forEach(host -> counts(host).forEach((name, count) -> counts.merge(name, count, Integer::sum)));
        return Collections.unmodifiableSortedMap(counts);
    }

    /**
     * How many runners of each profile a host has, those at risk left out.
     *
     * @param host the host's name
     * @return by the profile's name; profiles without runners are left out; unmodifiable
     */
    public SortedMap<String, Integer> counts(String host) {
        SortedMap<String, Integer> counts = new TreeMap<>();
        kept(host).forEach(slot -> counts.merge(slot.profile().name(), 1, Integer::sum));
        placements
                .getOrDefault(host, List.of())
                .forEach(placement -> counts.merge(placement.profile().name(), 1, Integer::sum));
        return Collections.unmodifiableSortedMap(counts);
    }

    private List<RunnerSlot> kept(String host) {
        List<RunnerSlot> gone = atRisk.getOrDefault(host, List.of());
        return hosts.containsKey(host)
                ? held.getOrDefault(host, List.of()).stream()
                        .filter(slot -> !gone.contains(slot))
                        .toList()
                : List.of();
    }

    /**
     * What was wanted and is not there, and why: what is short on most of the hosts that could hold such a runner.
     *
     * @return in the order of the wishes; empty if all of a demand is met; unmodifiable
     */
    public List<CapacityPlan.Shortfall> shortfalls() {
        return shortfalls;
    }

    /**
     * Runners whose device has failed or cannot hold them any more. They are not counted, others are planned in their
     * stead, and what they use of their host still counts as used.
     *
     * @return by host; hosts without any are left out; unmodifiable
     */
    public SortedMap<String, List<RunnerSlot>> atRisk() {
        return Collections.unmodifiableSortedMap(atRisk);
    }

    /**
     * Runners of the plan before that have lost their place and have another; no other runner moves.
     *
     * @return by the host and number they had; empty for a first plan; unmodifiable
     */
    public List<Move> moved() {
        return moved;
    }

    /**
     * Runners of the plan before that have lost their place and have none.
     *
     * @return by the host and number they had; empty for a first plan; unmodifiable
     */
    public List<Lost> lost() {
        return lost;
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
     * How many GPUs and MIG devices have runners.
     *
     * @return those of the runners that stay included
     */
    public int devicesInUse() {
        return devicesInUse;
    }

    /**
     * A number of GPUs and MIG devices that these runners cannot do without, wherever they are.
     *
     * @return 0 unless the objective is {@link CapacityRequest.Objective#FEWEST_DEVICES}
     */
    public int leastDevices() {
        return leastDevices;
    }

    /**
     * The plan in words: how much is where, what is left out and why, what moves, and how good it is.
     *
     * @return several lines, for a person
     */
    public String explain() {
        var text = new StringBuilder();
        int all = counts().values().stream().mapToInt(Integer::intValue).sum();
        text.append(all + " runners on " + hosts.size() + " hosts: " + words(counts()) + "\n");
        for (CapacityPlan.Shortfall shortfall : shortfalls) {
            text.append("  " + shortfall.wish().profile().name() + ": " + shortfall.placed() + " of "
                    + shortfall.wish().count() + ", not more for lack of "
                    + shortfall.factor().token() + "\n");
        }
        for (Move move : moved) {
            text.append("  " + words(move.from()) + " moves to " + move.to() + "\n");
        }
        for (Lost loss : lost) {
            text.append("  " + words(loss.from()) + " has no place: "
                    + loss.factor().token() + "\n");
        }
        if (leastDevices > 0) {
            text.append("  " + devicesInUse + " GPUs and MIG devices in use; no plan needs fewer than " + leastDevices
                    + "\n");
        }
        return text.append(
                        switch (optimality.status()) {
                            case OPTIMAL -> "No plan does better.\n";
                            case GAP -> gap();
                            case UNKNOWN -> "Nothing is known of better plans.\n";
                        })
                .toString();
    }

    private String gap() {
        if (request.objective() == CapacityRequest.Objective.MOST_RUNNERS && optimality.bound() <= optimality.value()) {
            return "No plan has more runners; heavier ones may fit.\n";
        }
        return "No plan reaches more than " + Math.round(100 * optimality.bound()) / 100.0 + "; this one is within "
                + Math.ceil(10_000 * optimality.gap()) / 100 + " % of that.\n";
    }

    private static String words(Place place) {
        return "runner " + place.slot().number() + " (" + place.slot().profile().name() + ") of " + place.host();
    }

    private static String words(SortedMap<String, Integer> counts) {
        return String.join(
                ", ",
                counts.entrySet().stream()
                        .map(entry -> entry.getValue() + "x " + entry.getKey())
                        .toList());
    }
}
