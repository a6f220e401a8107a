package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacityRequest.Wish;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Optimality;
import dev.paddock.capacity.RunnerSlot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The best plan of one host. */
public final class HostPlanner {
    private final HostInventory host;
    private final HostModel model;
    private final CapacityRequest request;
    private final List<Wish> wishes;
    private final WishCounts held;

    private HostPlanner(HostInventory host, CapacityRequest request) {
        this.host = host;
        this.request = request;
        model = new HostModel(host, request);
        wishes = request.wishes();
        held = new WishCounts(request);
        for (RunnerSlot slot : model.kept()) {
            held.add(slot.profile(), slot.indices().size() == 1 ? slot.indices().get(0) : HostModel.ANY_GPU);
        }
    }

    /** Plans one host. */
    public static CapacityPlan plan(HostInventory host, CapacityRequest request) {
        var planner = new HostPlanner(host, request);
        return request.objective() == CapacityRequest.Objective.MIX ? planner.mix() : planner.most();
    }

    private CapacityPlan most() {
        int[] wanted = new int[wishes.size()];
        for (int wish = 0; wish < wanted.length; wish++) {
            wanted[wish] = held.missing(wish);
        }
        var draft = new Problem.Draft(model, model.occupancy(), wishes, wanted);
        var worth = new Worth(request, draft);
        Problem problem = draft.with(worth.values(), new boolean[draft.bins()]);
        var solver = new Solver(problem, -1, new Budget(Solver.STEPS));
        Packing packing = solver.best();
        boolean proved = worth.isExact() && solver.bound() <= packing.value;
        if (request.objective() == CapacityRequest.Objective.FEWEST_DEVICES) {
            var fewest = new Fewest(draft, worth.values(), problem, packing, new Budget(Solver.STEPS));
            problem = fewest.problem();
            packing = fewest.packing();
            proved &= fewest.isProved();
        }
        List<Placement> placements = placements(problem, packing);
        double there = heldValue();
        double value = there;
        for (Placement placement : placements) {
            value += value(placement.profile());
        }
        double bound = proved ? value : Math.max(value, there + worth.bound(solver.bound()));
        var status = proved ? Optimality.Status.OPTIMAL : Optimality.Status.GAP;
        return CapacityPlan.of(host, request, placements, new Optimality(status, value, bound));
    }

    private double value(RunnerProfile profile) {
        return request.objective() == CapacityRequest.Objective.MOST_RUNNERS ? 1 : profile.weight();
    }

    /** What the runners that stay add to the value: all of them, or, of a demand, those that were asked for. */
    private double heldValue() {
        boolean demand = request.objective() == CapacityRequest.Objective.DEMAND
                || request.objective() == CapacityRequest.Objective.FEWEST_DEVICES;
        double sum = 0;
        if (demand) {
            for (int wish = 0; wish < wishes.size(); wish++) {
                sum += held.placed(wish) * value(wishes.get(wish).profile());
            }
        } else {
            for (RunnerSlot slot : model.kept()) {
                sum += value(slot.profile());
            }
        }
        return sum;
    }

    private CapacityPlan mix() {
        var mix = new Mix(model, wishes, held);
        List<Placement> placements = mix.packing() == null ? List.of() : placements(mix.problem(), mix.packing());
        var status = mix.bound() > mix.value() ? Optimality.Status.GAP : Optimality.Status.OPTIMAL;
        return CapacityPlan.of(host, request, placements, new Optimality(status, mix.value(), mix.bound()));
    }

    /**
     * The runners of a packing: by device, the most valuable first, then by name; those on several devices with their
     * first, those on none last.
     */
    private List<Placement> placements(Problem problem, Packing packing) {
        Integer[] order = new Integer[problem.count()];
        Arrays.setAll(order, wish -> wish);
        Arrays.sort(
                order,
                Comparator.comparingDouble(
                                (Integer wish) -> -profile(problem, wish).weight())
                        .thenComparing(wish -> profile(problem, wish).name()));
        int[] at = new int[model.bins().size()];
        Arrays.fill(at, -1);
        for (int bin = 0; bin < problem.bins.length; bin++) {
            at[problem.bins[bin]] = bin;
        }
        List<List<Placement>> several = several(problem, packing, at.length);
        List<Placement> placements = new ArrayList<>();
        for (int position = 0; position < at.length; position++) {
            for (int wish : order) {
                if (problem.parts[wish] == 1 && at[position] >= 0) {
                    var devices = List.of(model.bins().get(position).id());
                    repeat(profile(problem, wish), devices, packing.parts[at[position]][wish], placements);
                } else if (problem.parts[wish] > 1) {
                    placements.addAll(several.get(wish * at.length + position));
                }
            }
        }
        for (int wish : order) {
            if (problem.parts[wish] == 0) {
                repeat(profile(problem, wish), List.of(), packing.runners[wish], placements);
            }
        }
        return placements;
    }

    private RunnerProfile profile(Problem problem, int wish) {
        return wishes.get(problem.wishes[wish]).profile();
    }

    private static void repeat(RunnerProfile profile, List<String> devices, int count, List<Placement> to) {
        if (count > 0) {
            to.addAll(Collections.nCopies(count, new Placement(profile, devices)));
        }
    }

    /** Runners on several devices, by wish and by the position of their first device. */
    private List<List<Placement>> several(Problem problem, Packing packing, int positions) {
        List<List<Placement>> several = new ArrayList<>();
        for (int wish = 0; wish < problem.count(); wish++) {
            int first = several.size();
            for (int position = 0; position < positions; position++) {
                several.add(problem.parts[wish] > 1 ? new ArrayList<>() : List.of());
            }
            int[] left = new int[problem.bins.length];
            for (int bin = 0; bin < left.length; bin++) {
                left[bin] = packing.parts[bin][wish];
            }
            for (int runner = 0; problem.parts[wish] > 1 && runner < packing.runners[wish]; runner++) {
                List<Integer> on = take(left, problem.parts[wish]).stream()
                        .map(bin -> problem.bins[bin])
                        .sorted()
                        .toList();
                var devices = on.stream()
                        .map(position -> model.bins().get(position).id())
                        .toList();
                several.get(first + on.get(0)).add(new Placement(profile(problem, wish), devices));
            }
        }
        return several;
    }

    /** Takes one part from each of the devices that have the most left; that way none is left with too many. */
    private static List<Integer> take(int[] left, int parts) {
        List<Integer> taken = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int best = -1;
            for (int bin = 0; bin < left.length; bin++) {
                if (left[bin] > 0 && !taken.contains(bin) && (best < 0 || left[bin] > left[best])) {
                    best = bin;
                }
            }
            taken.add(best);
        }
        taken.forEach(bin -> left[bin]--);
        return taken;
    }
}
