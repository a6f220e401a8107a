package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.MigProfile;
import dev.paddock.internal.capacity.MigStates.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which runner gets which part of a partitioned GPU. */
public final class MigMatch {
    /** Runners of one profile. */
    public record Want(RunnerProfile profile, int count) {
        /** Both. */
        public Want plus(Want other) {
            return new Want(profile, Math.addExact(count, other.count));
        }

        /** Whether a part can hold such a runner. Parts with engines that few need are only for those who name them. */
        public boolean suits(MigProfile part, CapacitySettings settings) {
            if (!profile.mig().isEmpty()) {
                return profile.mig().equals(part.name());
            }
            long size = part.memory().bytes();
            long need = profile.exclusive()
                    ? (long) (profile.gpuMemory().bytes() * settings.nominalTolerance())
                    : profile.gpuMemory().bytes()
                            + profile.processes() * settings.contextOverhead().bytes()
                            + settings.gpuHeadroom().of(size);
            return !part.name().contains("+") && need <= size;
        }
    }

    private MigMatch() {}

    /** A part's name, or its number if it has none. */
    public static String name(MigProfile part) {
        return part.name().isEmpty() ? String.valueOf(part.id()) : part.name();
    }

    /**
     * Gives parts to runners so that the sum of weights is the largest: the heaviest first, each if room can be made for
     * it by moving others. That greed is right, because sets of runners that have room are a matroid.
     *
     * @return for each part the profile of its runner
     */
    public static List<Optional<RunnerProfile>> match(
            Collection<Want> wants, List<Part> parts, CapacitySettings settings) {
        List<Optional<RunnerProfile>> taken = new ArrayList<>(
                parts.stream().map(part -> Optional.<RunnerProfile>empty()).toList());
        List<Want> sorted = wants.stream()
                .sorted(Comparator.comparingDouble(
                                (Want want) -> -want.profile().weight())
                        .thenComparing(want -> want.profile().name()))
                .toList();
        for (Want want : sorted) {
            int left = want.count();
            while (left > 0 && place(want, sorted, parts, taken, settings, new boolean[parts.size()])) {
                left--;
            }
        }
        return taken;
    }

    private static boolean place(
            Want want,
            List<Want> wants,
            List<Part> parts,
            List<Optional<RunnerProfile>> taken,
            CapacitySettings settings,
            boolean[] seen) {
        for (int i = 0; i < seen.length; i++) {
            if (seen[i] || !want.suits(parts.get(i).profile(), settings)) {
                continue;
            }
            seen[i] = true;
            Optional<RunnerProfile> there = taken.get(i);
            if (there.isEmpty()
                    || wants.stream()
                            .filter(other -> other.profile().equals(there.get()))
                            .anyMatch(other -> place(other, wants, parts, taken, settings, seen))) {
                taken.set(i, Optional.of(want.profile()));
                return true;
            }
        }
        return false;
    }

    /** The weight of those who have a part. */
    public static double value(List<Optional<RunnerProfile>> taken) {
        return taken.stream()
                .flatMap(Optional::stream)
                .mapToDouble(RunnerProfile::weight)
                .sum();
    }

    /**
     * What can be added to a layout.
     *
     * @param states all there are
     * @param bases those that the layout may be
     * @return if it is certain, each set of parts that fits; else, of each kind of set that fits wherever the layout's
     *     parts are, one
     */
    public static List<List<Part>> additions(List<List<Part>> states, List<List<Part>> bases) {
        if (bases.size() == 1) {
            return additions(states, MigStates.slices(bases.get(0)), bases.get(0));
        }
        SortedMap<String, List<Part>> common = new TreeMap<>();
        for (int i = 0; i < bases.size(); i++) {
            SortedMap<String, List<Part>> here = new TreeMap<>();
            for (List<Part> added : additions(states, MigStates.slices(bases.get(i)), bases.get(i))) {
                here.putIfAbsent(
                        Arrays.toString(
                                added.stream().map(part -> name(part.profile())).toArray()),
                        added);
            }
            if (i == 0) {
                common = here;
            } else {
                common.keySet().retainAll(here.keySet());
            }
        }
        return List.copyOf(common.values());
    }

    private static List<List<Part>> additions(List<List<Part>> states, long taken, List<Part> base) {
        return states.stream()
                .filter(state -> state.containsAll(base))
                .map(state -> state.stream()
                        .filter(part -> (part.slices() & taken) == 0)
                        .toList())
                .toList();
    }

    /** How many parts of a profile fit besides what is taken. */
    public static int most(MigProfile profile, long taken) {
        int most = 0;
        for (List<Part> state : MigStates.all(List.of(profile))) {
            if ((MigStates.slices(state) & taken) == 0) {
                most = Math.max(most, state.size());
            }
        }
        return most;
    }
}
