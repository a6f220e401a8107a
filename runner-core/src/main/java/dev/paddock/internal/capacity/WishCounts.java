package dev.paddock.internal.capacity;

import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.CapacityRequest.Wish;
import java.util.List;

/** Which runners meet which wish: those on the GPU a wish names go to it first. Not thread-safe. */
public final class WishCounts {
    private final List<Wish> wishes;
    private final boolean shares;
    private final int[] placed;

    /** Counts for a request, from none. */
    public WishCounts(CapacityRequest request) {
        wishes = request.wishes();
        shares = request.objective() == CapacityRequest.Objective.MIX;
        placed = new int[wishes.size()];
    }

    /**
     * Counts one runner.
     *
     * @param gpu the index of the only GPU it is on, or -1
     * @return whether it was asked for
     */
    public boolean add(RunnerProfile profile, int gpu) {
        int found = -1;
        for (int i = 0; i < placed.length; i++) {
            Wish wish = wishes.get(i);
            boolean pinned = wish.gpu().isPresent();
            if (wish.profile().equals(profile)
                    && (pinned ? wish.gpu().getAsInt() == gpu && gpu >= 0 : takes(profile, gpu))
                    && missing(i) > 0) {
                found = found < 0 || pinned ? i : found;
            }
        }
        if (found >= 0) {
            placed[found]++;
        }
        return found >= 0;
    }

    /** A runner without need of a GPU that is bound to one was wanted there and nowhere else. */
    private static boolean takes(RunnerProfile profile, int gpu) {
        return profile.gpus() > 0 || gpu < 0;
    }

    /** How many more a wish may have. */
    int missing(int wish) {
        return shares ? Integer.MAX_VALUE : wishes.get(wish).count() - placed[wish];
    }

    /** How many a wish has. */
    public int placed(int wish) {
        return placed[wish];
    }
}
