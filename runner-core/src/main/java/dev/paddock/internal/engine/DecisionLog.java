package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.event.DecisionMade;
import dev.paddock.scaling.Decision;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last decisions of a fleet. In the serial section. */
final class DecisionLog {
    private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);

    /** What a pool's step came to, before it is done. */
    record Considered(PoolView view, Target target, PoolRules.Inputs inputs, PoolRules.Verdict verdict) {}

    private final FleetLoop loop;
    private final @Nullable Decision[] ring = new Decision[Decision.REMEMBERED];
    private long decisions;

    DecisionLog(FleetLoop loop) {
        this.loop = loop;
    }

    /** Remembers and publishes what is news: something changes, is bound or doubted otherwise, or is warned of. */
    void report(PoolState pool, Considered considered, Instant now) {
        PoolRules.Verdict verdict = considered.verdict;
        Decision last = pool.lastDecision;
        int phantomBefore = last == null ? 0 : last.view().phantom();
        String warningBefore = last == null ? "" : last.target().warning();
        boolean news = verdict.create() > 0
                || !verdict.retire().isEmpty()
                || !verdict.cancel().isEmpty()
                || !verdict.aged().isEmpty()
                || considered.view.phantom() != phantomBefore
                || !considered.target.warning().equals(warningBefore)
                || verdict.bound() != (last == null ? Bound.NONE : last.bound());
        if (!news) {
            return;
        }
        Decision decision = decision(pool, considered, ++decisions, now);
        ring[(int) (decisions % ring.length)] = decision;
        pool.lastDecision = decision;
        pool.meters.decided(decision.bound());
        if (LOG.isDebugEnabled()) {
            LOG.debug("{}: {}", loop.fleet, decision.explain());
        }
        warn(decision, phantomBefore, warningBefore);
        loop.publish(new DecisionMade(now, decision));
    }

    private void warn(Decision decision, int phantomBefore, String warningBefore) {
        PoolView view = decision.view();
        if (view.phantom() > phantomBefore) {
            LOG.warn(
                    "{}: {} jobs of pool {} are said to wait, and runners idle beside them in vain; they are not"
                            + " believed: is a label missing, or are the counters stale?",
                    loop.fleet,
                    view.phantom(),
                    view.pool());
        }
        String warning = decision.target().warning();
        if (!warning.isEmpty() && !warning.equals(warningBefore)) {
            LOG.warn("{}: pool {}: {}", loop.fleet, view.pool(), warning);
        }
    }

    /** What is decided, or with number 0 would be. */
    Decision decision(PoolState pool, Considered considered, long number, Instant now) {
        PoolRules.Inputs in = considered.inputs;
        PoolRules.Verdict verdict = considered.verdict;
        List<RunnerId> ending = new ArrayList<>(verdict.retire());
        ending.addAll(verdict.cancel());
        ending.addAll(verdict.aged());
        Duration left = in.backingOff() ? Duration.between(now, pool.backoffUntil) : Duration.ZERO;
        var inputs = new Decision.Inputs(
                in.covered(),
                in.fleetFree(),
                in.room(),
                in.creationSlots(),
                in.ready(),
                in.counted(),
                left.isNegative() ? Duration.ZERO : left,
                in.draining(),
                in.paused(),
                in.idleTimeout());
        return new Decision(
                number,
                now,
                considered.view,
                considered.target,
                verdict.create(),
                ending,
                verdict.aged(),
                verdict.bound(),
                inputs,
                ExpectedWait.of(
                        considered.view,
                        inputs,
                        verdict.create(),
                        verdict.bound(),
                        pool.meters.recentReady.median(),
                        pool.meters.recentJobs.median()));
    }

    /** The number of the last decision. */
    long last() {
        return decisions;
    }

    Optional<Decision> find(long number) {
        Decision there = ring[(int) (number % ring.length)];
        return there != null && there.number() == number ? Optional.of(there) : Optional.empty();
    }

    /** Those remembered, the oldest first. */
    List<Decision> all() {
        List<Decision> all = new ArrayList<>();
        for (long number = Math.max(1, decisions - ring.length + 1); number <= decisions; number++) {
            find(number).ifPresent(all::add);
        }
        return all;
    }
}
