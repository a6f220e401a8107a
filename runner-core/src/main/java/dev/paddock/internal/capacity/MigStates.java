package dev.paddock.internal.capacity;

import dev.paddock.capacity.MigProfile;
import dev.paddock.capacity.MigProfile.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * What can be on a partitioned GPU at a time. Slices of memory decide: no model has parts that fit there and exceed its
 * slices of compute.
 */
public final class MigStates {
    /** A part of a GPU: what it is and where. */
    public record Part(MigProfile profile, Placement place) {
        /** The slices it takes, one bit each. */
        public long slices() {
            return slices(place);
        }

        private static long slices(Placement place) {
            return ((1L << place.size()) - 1) << place.start();
        }
    }

    private final List<Part> parts = new ArrayList<>();
    private final List<List<Part>> states = new ArrayList<>();
    private final List<Part> current = new ArrayList<>();

    private MigStates(List<MigProfile> profiles) {
        for (MigProfile profile : profiles) {
            MigTable.places(profile).forEach(place -> parts.add(new Part(profile, place)));
        }
    }

    /**
     * All sets of parts that can be on a GPU at a time.
     *
     * @param profiles with their placements
     * @return the empty set first; each in the order of the profiles
     */
    public static List<List<Part>> all(List<MigProfile> profiles) {
        var search = new MigStates(profiles);
        search.extend(0, 0);
        return search.states;
    }

    /** Where one more part of a profile fits. */
    public static List<Placement> free(MigProfile profile, long taken) {
        return MigTable.places(profile).stream()
                .filter(place -> (Part.slices(place) & taken) == 0)
                .toList();
    }

    /** The slices that parts take. */
    public static long slices(List<Part> parts) {
        return parts.stream().mapToLong(Part::slices).reduce(0, (one, other) -> one | other);
    }

    private void extend(int from, long taken) {
        states.add(List.copyOf(current));
        for (int i = from; i < parts.size(); i++) {
            Part part = parts.get(i);
            if ((part.slices() & taken) == 0
                    && count(part.profile()) < part.profile().maxInstances()) {
                current.add(part);
                extend(i + 1, taken | part.slices());
                current.remove(current.size() - 1);
            }
        }
    }

    private long count(MigProfile profile) {
        return current.stream().filter(part -> part.profile().equals(profile)).count();
    }
}
