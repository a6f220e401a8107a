package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.internal.capacity.Fleet;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides which runners many hosts shall hold, with one demand over all of them. A pure function: the same hosts and
 * request give the same plan, in whatever order devices and profiles are listed.
 *
 * <p>Without a bound that is felt, each host has its own best plan, and the whole is the best there is. With one, hosts
 * choose one after another at prices that say how scarce each profile is; the plan tells the gap to what no plan exceeds.
 */
public final class FleetPlanner {
    private FleetPlanner() {}

    /**
     * Plans hosts that hold nothing yet.
     *
     * @param hosts what each has, by name
     * @param request what is wanted of all together; {@link CapacityRequest#maxRunners} bounds each host
     * @return the plan
     * @throws IllegalArgumentException if the request names GPUs or holds runners: both belong to one host
     */
    public static FleetPlan plan(SortedMap<String, HostInventory> hosts, CapacityRequest request) {
        return plan(hosts, new TreeMap<>(), request);
    }

    /**
     * Plans again after hosts joined or left, GPUs failed or came back, or more or less is wanted. A runner whose place
     * is still good stays there, with its number. Those whose place is lost are placed again before anything else, and
     * then what is still wanted fills the room that is left. Nothing else moves, and the plan is compared with those
     * only in which these runners are where they are.
     *
     * @param previous the plan in force; those that were at risk in it are taken to have ended
     * @param hosts what each has now, by name
     * @param request what is wanted now
     * @return the plan; {@link FleetPlan#moved} and {@link FleetPlan#lost} tell what became of those without a place
     * @throws IllegalArgumentException as {@link #plan}
     */
    public static FleetPlan replan(
            FleetPlan previous, SortedMap<String, HostInventory> hosts, CapacityRequest request) {
        SortedMap<String, List<RunnerSlot>> held = new TreeMap<>();
        previous.hosts().forEach(name -> held.put(name, previous.plan(name).slots()));
        return plan(hosts, held, request);
    }

    private static FleetPlan plan(
            SortedMap<String, HostInventory> hosts, SortedMap<String, List<RunnerSlot>> held, CapacityRequest request) {
        check(request);
        var fleet = new Fleet(hosts, held, request);
        List<FleetPlan.Place> homeless = new ArrayList<>();
        held.forEach((name, slots) -> (hosts.containsKey(name) ? fleet.atRisk(name) : slots)
                .forEach(slot -> homeless.add(new FleetPlan.Place(name, slot))));
        int[] first = new int[request.wishes().size()];
        for (int wish = 0; wish < first.length; wish++) {
            RunnerProfile profile = request.wishes().get(wish).profile();
            first[wish] = (int) homeless.stream()
                    .filter(place -> place.slot().profile().equals(profile))
                    .count();
        }
        fleet.choose(first);
        return new FleetPlan(hosts, held, request, fleet, homeless);
    }

    private static void check(CapacityRequest request) {
        for (CapacityRequest.Wish wish : request.wishes()) {
            if (wish.gpu().isPresent()) {
                throw new IllegalArgumentException(
                        "a fleet's request cannot want " + wish.profile().name() + " on GPU "
                                + wish.gpu().getAsInt() + ": each host has such a GPU; plan that host by itself");
            }
        }
        if (!request.held().isEmpty()) {
            throw new IllegalArgumentException("a fleet's request cannot hold runners, whose host it does not tell;"
                    + " replan takes them from the plan before");
        }
    }
}
