package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to create and what to retire in one pool. A pure function. */
public final class PoolRules {
    private PoolRules() {}

    /** An idle runner and since when. */
    public record Idle(RunnerId id, Instant since) {}

    /**
     * Everything a decision depends on.
     *
     * @param view the pool
     * @param target what its policy wants
     * @param covered jobs still counted as assigned whose runner has ended already
     * @param fleetFree slots free under the fleet's cap
     * @param room what the provider can still make
     * @param creationSlots creations the provider still admits at once
     * @param ready whether the source and the provider can be asked
     * @param counted whether the source has told its counters, or never will: until then none is not zero
     * @param waitingSince since when the source has counted more assigned jobs than running ones; null if it does not
     * @param backingOff whether the pool waits after failures
     * @param draining whether the fleet is draining
     * @param idleTimeout how long a surplus runner may idle
     * @param paused whether the pool is paused
     */
    public record Inputs(
            PoolView view,
            Target target,
            int covered,
            int fleetFree,
            int room,
            int creationSlots,
            boolean ready,
            boolean counted,
            @Nullable Instant waitingSince,
            boolean backingOff,
            boolean draining,
            Duration idleTimeout,
            boolean paused) {}

    /**
     * The outcome.
     *
     * @param create how many to create now
     * @param retire whom to retire now
     * @param bound what kept {@code create} below the wish
     * @param recheck when time alone may change the outcome; zero if it cannot
     */
    public record Verdict(int create, List<RunnerId> retire, Bound bound, Duration recheck) {}

    /** Decides; {@code idle} is read from the longest idle on, and no further than needed. */
    public static Verdict decide(Inputs in, Iterable<Idle> idle, Instant now) {
        int target = in.draining ? Math.min(in.view.statistics().assigned(), in.view.serving()) : in.target.runners();
        target = Math.min(target, in.view.maxRunners());
        int missing = target - in.view.serving() - (in.draining ? 0 : in.covered);
        Duration untilStale = untilStale(in, idle, now);
        boolean stale = untilStale != null && (untilStale.isNegative() || untilStale.isZero());
        Verdict verdict = missing > 0 ? create(in, missing, stale) : retire(in, target, idle, now);
        if (stale && verdict.bound == Bound.NONE) {
            return new Verdict(verdict.create, verdict.retire, Bound.STALE_DEMAND, verdict.recheck);
        }
        if (untilStale == null || stale) {
            return verdict;
        }
        boolean sooner = verdict.recheck.isZero() || untilStale.compareTo(verdict.recheck) < 0;
        return sooner ? new Verdict(verdict.create, verdict.retire, verdict.bound, untilStale) : verdict;
    }

    /** When the source's counters stop being believed, from now; null if nothing is amiss. */
    private static @Nullable Duration untilStale(Inputs in, Iterable<Idle> idle, Instant now) {
        Iterator<Idle> longest = idle.iterator();
        if (in.waitingSince == null || in.draining || !longest.hasNext()) {
            return null;
        }
        Instant idleSince = longest.next().since;
        Instant since = idleSince.isAfter(in.waitingSince) ? idleSince : in.waitingSince;
        return Deadlines.STALE.minus(Duration.between(since, now));
    }

    private static Verdict create(Inputs in, int missing, boolean stale) {
        if (in.draining) {
            return new Verdict(0, List.of(), Bound.DRAINING, Duration.ZERO);
        }
        if (in.paused) {
            return new Verdict(0, List.of(), Bound.PAUSED, Duration.ZERO);
        }
        if (!in.ready) {
            return new Verdict(0, List.of(), Bound.NOT_READY, Duration.ZERO);
        }
        if (in.backingOff) {
            return new Verdict(0, List.of(), Bound.BACKOFF, Duration.ZERO);
        }
        if (stale) {
            return new Verdict(0, List.of(), Bound.STALE_DEMAND, Duration.ZERO);
        }
        int create = missing;
        Bound bound = in.target.runners() > in.view.maxRunners() ? Bound.POOL_MAX : Bound.NONE;
        int poolFree = in.view.maxRunners() - in.view.serving() - in.view.leaving();
        if (poolFree < create) {
            create = Math.max(0, poolFree);
            bound = Bound.POOL_MAX;
        }
        if (in.fleetFree < create) {
            create = Math.max(0, in.fleetFree);
            bound = Bound.FLEET_MAX;
        }
        if (in.room < create) {
            create = Math.max(0, in.room);
            bound = Bound.PROVIDER_ROOM;
        }
        if (in.creationSlots < create) {
            create = Math.max(0, in.creationSlots);
            bound = Bound.CREATION_RATE;
        }
        return new Verdict(create, List.of(), bound, Duration.ZERO);
    }

    private static Verdict retire(Inputs in, int target, Iterable<Idle> idle, Instant now) {
        int surplus = in.view.serving() - target;
        List<RunnerId> retire = new ArrayList<>();
        Duration recheck = Duration.ZERO;
        for (Idle runner : idle) {
            boolean spare = retire.size() < surplus;
            if ((!spare || !in.counted) && !in.draining) {
                break;
            }
            // One above the maximum goes at once: the maximum was lowered.
            boolean above = in.view.serving() - retire.size() > in.view.maxRunners();
            Duration allowed = in.draining
                    ? spare ? Duration.ZERO : Deadlines.DRAIN_PICKUP
                    : above ? Duration.ZERO : in.idleTimeout;
            Duration left = allowed.minus(Duration.between(runner.since, now));
            if (!left.isNegative() && !left.isZero()) {
                recheck = left;
                break;
            }
            retire.add(runner.id);
        }
        Bound bound = in.target.runners() > in.view.maxRunners() ? Bound.POOL_MAX : Bound.NONE;
        return new Verdict(0, retire, in.draining ? Bound.DRAINING : bound, recheck);
    }
}
