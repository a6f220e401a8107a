package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacityRequest.Objective;
import dev.paddock.capacity.CapacityRequest.Wish;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.LimitingFactor;
import dev.paddock.capacity.Optimality;
import dev.paddock.capacity.RunnerSlot;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Chooses runners for many hosts. Not thread-safe. */
public final class Fleet {
    /** What two sums of the same numbers may differ by, as a share. */
    private static final double EQUAL = 1e-9;
    /** The same, where weights are so small a part of the sum. */
    private static final double SAME = 1e-11;

    private final CapacityRequest request;
    private final List<Wish> wishes;
    private final SortedMap<String, FleetSite> sites = new TreeMap<>();
    private final int[] kept;
    private final int[] placed;
    private final double[] worth;
    private int leastDevices;
    private Optimality optimality = Optimality.unknown(0);

    /**
     * Begins with what is there.
     *
     * @param held the runners of each host that are there already
     */
    public Fleet(
            SortedMap<String, HostInventory> hosts, SortedMap<String, List<RunnerSlot>> held, CapacityRequest request) {
        this.request = request;
        wishes = request.wishes();
        kept = new int[wishes.size()];
        placed = new int[kept.length];
        hosts.forEach((name, host) -> {
            var model =
                    new HostModel(host, request.settings(), request.maxRunners(), held.getOrDefault(name, List.of()));
            sites.put(name, new FleetSite(model, wishes));
            model.kept().forEach(slot -> count(kept, slot.profile()));
        });
        worth = worth();
    }

    private void count(int[] counts, RunnerProfile profile) {
        for (int wish = 0; wish < counts.length; wish++) {
            if (wishes.get(wish).profile().equals(profile)) {
                counts[wish]++;
            }
        }
    }

    /** Weights; where runners count, so small a part of them that all together are less than one runner. */
    private double[] worth() {
        double[] weights =
                wishes.stream().mapToDouble(wish -> wish.profile().weight()).toArray();
        if (request.objective() != Objective.MOST_RUNNERS) {
            return weights;
        }
        double all = Arrays.stream(weights).max().orElse(1) * (1 + (double) sites.size() * request.maxRunners());
        return Arrays.stream(weights).map(weight -> 1 + weight / all).toArray();
    }

    /**
     * Chooses.
     *
     * @param first by wish, runners that go before all others
     */
    public void choose(int[] first) {
        if (request.objective() == Objective.MIX) {
            chooseMix();
            return;
        }
        place(demand(Math::min, first));
        double sure = 0;
        for (int wish = 0; wish < worth.length; wish++) {
            sure += Math.min(wishes.get(wish).count(), kept[wish] + placed[wish]) * worth[wish];
        }
        double bound = sure + place(demand((rest, none) -> rest, first));
        double value = 0;
        int runners = 0;
        for (int wish = 0; wish < worth.length; wish++) {
            int counted = Math.min(wishes.get(wish).count(), kept[wish] + placed[wish]);
            value += counted * worth[wish];
            runners += counted;
        }
        optimality = request.objective() == Objective.MOST_RUNNERS
                ? ofRunners(runners, value, bound)
                : verdict(value, bound);
        if (request.objective() == Objective.FEWEST_DEVICES) {
            optimality = alsoOnDevices(optimality);
        }
    }

    /** Where no plan has more runners, this is the best only if none has as many that weigh more. */
    private static Optimality ofRunners(int runners, double value, double bound) {
        double most = Math.max(runners, Math.floor(bound * (1 + EQUAL)));
        var status = most <= runners && bound <= value * (1 + SAME) ? Optimality.Status.OPTIMAL : Optimality.Status.GAP;
        return new Optimality(status, runners, most);
    }

    /** As a verdict on the value, but for devices: the best only if no plan needs fewer. */
    private Optimality alsoOnDevices(Optimality verdict) {
        List<RunnerProfile> profiles = wishes.stream().map(Wish::profile).toList();
        int[] counts = new int[worth.length];
        Arrays.setAll(counts, this::runners);
        leastDevices = FleetDevices.least(sites.values(), profiles, counts);
        return verdict.status() == Optimality.Status.OPTIMAL && devicesInUse() > leastDevices
                ? new Optimality(Optimality.Status.GAP, verdict.value(), verdict.bound())
                : verdict;
    }

    /** How many devices have runners. */
    public int devicesInUse() {
        return FleetDevices.inUse(sites.values());
    }

    /** What no plan goes below with these runners; 0 unless it was asked for. */
    public int leastDevices() {
        return leastDevices;
    }

    private static Optimality verdict(double value, double bound) {
        if (bound < value * (1 - EQUAL)) {
            return Optimality.unknown(value);
        }
        return bound <= value * (1 + EQUAL) ? Optimality.optimal(value) : Optimality.within(value, bound);
    }

    private int[] demand(java.util.function.IntBinaryOperator of, int[] first) {
        int[] demand = new int[worth.length];
        Arrays.setAll(
                demand,
                wish -> of.applyAsInt(Math.max(0, wishes.get(wish).count() - kept[wish] - placed[wish]), first[wish]));
        return demand;
    }

    /** Places what fits of a demand, and returns what no placing exceeds. */
    private double place(int[] demand) {
        if (Arrays.stream(demand).allMatch(count -> count == 0) || sites.isEmpty()) {
            return 0;
        }
        var search = new FleetSearch(List.copyOf(sites.values()), worth, demand, request.maxRunners());
        double bound = search.search();
        if (request.objective() == Objective.FEWEST_DEVICES) {
            search.useFewerDevices();
        }
        settle(demand, search.left());
        return bound;
    }

    private void settle(int[] demand, int[] left) {
        for (int wish = 0; wish < demand.length; wish++) {
            placed[wish] += demand[wish] - left[wish];
        }
        sites.values().forEach(FleetSite::settle);
    }

    private void chooseMix() {
        var mix = new FleetMix(List.copyOf(sites.values()), wishes, kept, request.maxRunners());
        double bound = mix.bound();
        mix.choose(bound);
        settle(mix.chosen(), new int[worth.length]);
        double value = Double.MAX_VALUE;
        for (int wish = 0; wish < worth.length; wish++) {
            value = Math.min(value, (double) runners(wish) / wishes.get(wish).count());
        }
        optimality = verdict(value, bound);
    }

    /** The runners chosen for a host, those that go first before the others. */
    public List<Placement> placements(String host) {
        return List.copyOf(site(host).settled());
    }

    /** Runners held that cannot stay. */
    public List<RunnerSlot> atRisk(String host) {
        return site(host).model().atRisk();
    }

    private FleetSite site(String host) {
        FleetSite site = sites.get(host);
        if (site == null) {
            throw new IllegalArgumentException("there is no host " + host);
        }
        return site;
    }

    /** How good the choice is. */
    public Optimality optimality() {
        return optimality;
    }

    /** Runners of a wish, those that stay included. */
    public int runners(int wish) {
        return kept[wish] + placed[wish];
    }

    /** What stands in the way of one runner more: on most of the hosts that could hold one at all. */
    public LimitingFactor factor(RunnerProfile profile) {
        Map<LimitingFactor, Integer> counts = new EnumMap<>(LimitingFactor.class);
        for (FleetSite site : sites.values()) {
            counts.merge(site.taken().factor(profile, HostModel.ANY_GPU), 1, Integer::sum);
        }
        if (counts.containsKey(LimitingFactor.DEMAND)) {
            return LimitingFactor.DEMAND;
        }
        counts.remove(LimitingFactor.NO_GPU);
        LimitingFactor most = LimitingFactor.NO_GPU;
        for (Map.Entry<LimitingFactor, Integer> each : counts.entrySet()) {
            most = each.getValue() > counts.getOrDefault(most, 0) ? each.getKey() : most;
        }
        return most;
    }
}
