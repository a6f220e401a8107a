package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlan.Placement;
import dev.paddock.capacity.CapacityRequest.Wish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A host among many: what is on it, and what the search has chosen for it. Not thread-safe. */
final class FleetSite {
    /** A choice. */
    record Chosen(@Nullable Problem problem, @Nullable Packing packing) {
        /** How many devices it uses that nothing is on. */
        int devices() {
            int used = 0;
            for (int bin = 0; problem != null && packing != null && bin < packing.parts.length; bin++) {
                boolean empty = !problem.inUse[problem.classOf[bin]];
                used += empty && Arrays.stream(packing.parts[bin]).anyMatch(count -> count > 0) ? 1 : 0;
            }
            return used;
        }
    }

    private final HostModel model;
    private final Occupancy taken;
    private final List<Wish> wishes;
    private final List<Placement> settled = new ArrayList<>();
    private final int[] runners;
    private @Nullable Problem problem;
    private @Nullable Packing packing;

    FleetSite(HostModel model, List<Wish> wishes) {
        this.model = model;
        this.wishes = wishes;
        taken = model.occupancy();
        runners = new int[wishes.size()];
    }

    HostModel model() {
        return model;
    }

    /** What is on it, the choice left out. */
    Occupancy taken() {
        return taken;
    }

    /** What is settled, in the order of the choices. */
    List<Placement> settled() {
        return settled;
    }

    /** Runners chosen of a wish. */
    int runners(int wish) {
        return runners[wish];
    }

    /** The problem of choosing anew. */
    Problem.Draft draft(int[] wanted) {
        return new Problem.Draft(model, taken, wishes, wanted);
    }

    /** What is chosen. */
    Chosen chosen() {
        return new Chosen(problem, packing);
    }

    /** Takes a choice as it was. */
    void choose(Chosen chosen) {
        if (chosen.problem() == null || chosen.packing() == null) {
            choose();
        } else {
            choose(chosen.problem(), chosen.packing());
        }
    }

    /** Chooses nothing. */
    void choose() {
        problem = null;
        packing = null;
        Arrays.fill(runners, 0);
    }

    /** Takes a choice in place of the one before. */
    void choose(Problem of, Packing choice) {
        problem = of;
        packing = choice;
        Arrays.fill(runners, 0);
        for (int i = 0; i < of.count(); i++) {
            runners[of.wishes[i]] = choice.runners[i];
        }
    }

    /** Makes the choice a fact. */
    void settle() {
        if (problem == null || packing == null) {
            return;
        }
        for (int i = 0; i < problem.count(); i++) {
            RunnerProfile profile = wishes.get(problem.wishes[i]).profile();
            int[] left = new int[problem.bins.length];
            for (int bin = 0; bin < left.length; bin++) {
                left[bin] = packing.parts[bin][i];
            }
            for (int runner = 0; runner < packing.runners[i]; runner++) {
                settle(profile, take(left, problem.parts[i], problem.bins));
            }
        }
        choose();
    }

    private void settle(RunnerProfile profile, List<Integer> bins) {
        bins.forEach(bin -> taken.place(bin, profile));
        taken.share(profile);
        settled.add(new Placement(
                profile, bins.stream().map(bin -> model.bins().get(bin).id()).toList()));
    }

    /** One part from each of the devices that have the most left; that way none is left with too many. */
    private static List<Integer> take(int[] left, int parts, int[] bins) {
        List<Integer> chosen = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            int best = -1;
            for (int bin = 0; bin < left.length; bin++) {
                if (left[bin] > 0 && !chosen.contains(bin) && (best < 0 || left[bin] > left[best])) {
                    best = bin;
                }
            }
            chosen.add(best);
        }
        chosen.forEach(bin -> left[bin]--);
        return chosen.stream().map(bin -> bins[bin]).sorted().toList();
    }
}
