package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

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
     * @param backingOff whether the pool waits after failures
     * @param draining whether the fleet is draining
     * @param idleTimeout how long a surplus runner may idle
     */
    public record Inputs(
            PoolView view,
            Target target,
            int covered,
            int fleetFree,
            int room,
            int creationSlots,
            boolean backingOff,
            boolean draining,
            Duration idleTimeout) {}

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
        return missing > 0 ? create(in, missing) : retire(in, target, idle, now);
    }

    private static Verdict create(Inputs in, int missing) {
        if (in.draining) {
            return new Verdict(0, List.of(), Bound.DRAINING, Duration.ZERO);
        }
        if (in.backingOff) {
            return new Verdict(0, List.of(), Bound.BACKOFF, Duration.ZERO);
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
            if (!spare && !in.draining) {
                break;
            }
            Duration allowed = !in.draining ? in.idleTimeout : spare ? Duration.ZERO : Deadlines.DRAIN_PICKUP;
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
