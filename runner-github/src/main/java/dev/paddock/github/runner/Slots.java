package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.RunnerProfile;
import dev.paddock.spi.Room;
import java.util.Optional;

/** Which runner holds which slot. */
sealed interface Slots permits NumberedSlots, PlannedSlots, HostShares {
    /** The runner's place: the one it holds, else a free one for its profile, else none. */
    Optional<Place> lease(RunnerId runner, RunnerProfile profile);

    /** Takes back the place a runner held in an earlier life; false if nobody would give it that place today. */
    boolean restore(RunnerId runner, Place place);

    void release(RunnerId runner);

    /** For runners of any profile. */
    Room room();

    Room room(RunnerProfile profile);

    /** Whether a place is for runners of one profile. */
    boolean areByProfile();

    /** How many there are, taken or not. */
    int number();

    /** Why there is no place, and what to do. */
    String whyNone(RunnerProfile profile);
}
