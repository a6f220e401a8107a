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
     * @param creationSlots creations that are still admitted at once
     * @param ready whether the source and the provider can be asked
     * @param counted whether the source has told its counters, or never will: until then none is not zero
     * @param backingOff whether the pool waits after failures
     * @param draining whether the fleet is draining
     * @param idleTimeout how long a surplus runner may idle
     * @param paused whether the pool is paused
     * @param cancellable starting runners that are cancelled if there are too many, in this order
     * @param owed whether one that was wanted went for its age, and none has connected since
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
            boolean backingOff,
            boolean draining,
            Duration idleTimeout,
            boolean paused,
            List<RunnerId> cancellable,
            boolean owed) {}

    /**
     * The outcome.
     *
     * @param create how many to create now
     * @param hedges how many of those stand in for launches that are late
     * @param retire whom to retire now
     * @param cancel which starting runners to cancel now
     * @param aged which idle runners to retire now because of their age
     * @param bound what kept {@code create} below the wish
     * @param recheck when time alone may change the outcome; zero if it cannot
     */
    public record Verdict(
            int create,
            int hedges,
            List<RunnerId> retire,
            List<RunnerId> cancel,
            List<RunnerId> aged,
            Bound bound,
            Duration recheck) {
        static Verdict creates(int create, Bound bound) {
            return new Verdict(create, 0, List.of(), List.of(), List.of(), bound, Duration.ZERO);
        }

        private Verdict withBound(Bound other) {
            return new Verdict(create, hedges, retire, cancel, aged, other, recheck);
        }

        private Verdict withAged(List<RunnerId> others) {
            return new Verdict(create, hedges, retire, cancel, others, bound, recheck);
        }
    }

    /** Decides where no runner is too old. */
    public static Verdict decide(Inputs in, Iterable<Idle> idle, Instant now) {
        return decide(in, idle, List.of(), now);
    }

    /**
     * Decides. {@code idle} is read from the longest idle on, {@code aged}, those of them that are too old, from the
     * oldest on, and neither further than needed.
     */
    public static Verdict decide(Inputs in, Iterable<Idle> idle, Iterable<RunnerId> aged, Instant now) {
        int target = wanted(in);
        int missing = target - in.view.serving() - (in.draining ? 0 : in.covered);
        Verdict verdict = missing > 0 ? create(in, missing) : retire(in, target, idle, aged, now);
        if (verdict.aged.isEmpty() && mayReplace(in, target, verdict)) {
            Iterator<RunnerId> oldest = aged.iterator();
            verdict = oldest.hasNext() ? verdict.withAged(List.of(oldest.next())) : verdict;
        }
        return in.view.phantom() > 0 && verdict.bound == Bound.NONE ? verdict.withBound(Bound.STALE_DEMAND) : verdict;
    }

    /**
     * Whether one that is wanted may go for its age: its successor can be made, and all that are wanted are there, or
     * else nothing is on its way that could be waited for, and the one before has its successor.
     */
    private static boolean mayReplace(Inputs in, int target, Verdict verdict) {
        boolean possible = in.counted && in.ready && !in.backingOff && !in.draining && !in.paused;
        boolean all = in.view.idle() + in.view.busy() >= target;
        boolean still = in.view.starting() + in.view.leaving() == 0 && !in.owed;
        return possible
                && (all || still)
                && verdict.create == 0
                && verdict.retire.isEmpty()
                && in.target.allowance(in.view) > 0;
    }

    /** Whether one of those that go for their age is wanted, so that a successor is to be made. */
    static boolean owes(Inputs in, Verdict verdict) {
        return !verdict.aged.isEmpty() && in.view.serving() - verdict.aged.size() < wanted(in);
    }

    private static int wanted(Inputs in) {
        if (in.draining) {
            return Math.min(Math.min(in.view.statistics().assigned(), in.view.serving()), in.view.maxRunners());
        }
        int wanted = in.target.wanted(in.view);
        if (in.view.phantom() > 0) {
            // One runner goes on waiting for the jobs that are not believed: if it takes one, they are there.
            wanted = Math.max(wanted, in.view.busy() + 1);
        }
        return Math.min(wanted, in.view.maxRunners());
    }

    private static Verdict create(Inputs in, int missing) {
        if (in.draining) {
            return Verdict.creates(0, Bound.DRAINING);
        }
        if (in.paused) {
            return Verdict.creates(0, Bound.PAUSED);
        }
        if (!in.ready) {
            return Verdict.creates(0, Bound.NOT_READY);
        }
        if (in.backingOff) {
            return Verdict.creates(0, Bound.BACKOFF);
        }
        int create = missing;
        Bound bound = in.target.wanted(in.view) > in.view.maxRunners() ? Bound.POOL_MAX : Bound.NONE;
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
        if (in.target.allowance(in.view) < create) {
            create = in.target.allowance(in.view);
            bound = Bound.POLICY;
        }
        int plain = Math.min(in.target.withLate(0).wanted(in.view), in.view.maxRunners());
        int hedges = Math.max(0, Math.min(create, in.view.serving() + create + in.covered - plain));
        return new Verdict(
                create, in.target.late() == 0 ? 0 : hedges, List.of(), List.of(), List.of(), bound, Duration.ZERO);
    }

    private static Verdict retire(Inputs in, int target, Iterable<Idle> idle, Iterable<RunnerId> aged, Instant now) {
        int tooMany = in.view.serving() - target;
        List<RunnerId> cancel = in.cancellable.subList(0, Math.min(Math.max(0, tooMany), in.cancellable.size()));
        List<RunnerId> tooOld = in.counted && !in.draining ? first(tooMany - cancel.size(), aged) : List.of();
        int surplus = tooMany - cancel.size() - tooOld.size();
        List<RunnerId> retire = new ArrayList<>();
        Duration recheck = Duration.ZERO;
        for (Idle runner : idle) {
            if (tooOld.contains(runner.id)) {
                continue;
            }
            boolean spare = retire.size() < surplus;
            if ((!spare || !in.counted) && !in.draining) {
                break;
            }
            // One above the maximum goes at once: the maximum was lowered.
            boolean above = in.view.serving() - tooOld.size() - retire.size() > in.view.maxRunners();
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
        Bound bound = in.target.wanted(in.view) > in.view.maxRunners() ? Bound.POOL_MAX : Bound.NONE;
        return new Verdict(0, 0, retire, cancel, tooOld, in.draining ? Bound.DRAINING : bound, recheck);
    }

    private static List<RunnerId> first(int most, Iterable<RunnerId> runners) {
        List<RunnerId> found = new ArrayList<>();
        Iterator<RunnerId> next = runners.iterator();
        while (found.size() < most && next.hasNext()) {
            found.add(next.next());
        }
        return found;
    }
}
