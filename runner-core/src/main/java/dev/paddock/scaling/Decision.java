package dev.paddock.scaling;

import dev.paddock.RunnerId;
import dev.paddock.internal.report.DecisionText;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What the coordinator decided about a pool, from what, and what bound it. Rendered to text only when asked.
 *
 * @param number grows by one with each decision of the fleet; 0 for one that was only considered, to explain a pool
 * @param at when
 * @param view what was seen
 * @param target what the policy wanted
 * @param create how many runners are created now
 * @param retire the idle runners that are retired now, and the starting ones that are cancelled
 * @param aged those of {@code retire} that are retired because they are older than the pool's
 *     {@link dev.paddock.RunnerPool.Builder#maxLifetime}
 * @param bound the constraint that kept {@code create} below what the policy wanted
 * @param inputs what else it was decided from
 * @param expectedWait how long the last of the jobs that wait now is expected to wait still, from what this fleet has
 *     measured: zero if idle runners stand ready for all; the median time to ready if enough runners are coming, with
 *     what is left of a wait after failures; above that the median job once for each round of busy runners that must
 *     end first. Empty if a median that it needs is not measured yet, or if only a person can end the wait
 */
public record Decision(
        long number,
        Instant at,
        PoolView view,
        Target target,
        int create,
        List<RunnerId> retire,
        List<RunnerId> aged,
        Bound bound,
        Inputs inputs,
        Optional<Duration> expectedWait) {
    /** How many decisions a fleet remembers, the newest: {@value}. A few days of a fleet that is not busy. */
    public static final int REMEMBERED = 1024;

    /** What kept a decision below the policy's wish. */
    public enum Bound {
        /** Nothing. */
        NONE,
        /** The pool's {@code maxRunners}. */
        POOL_MAX,
        /** The fleet's {@code maxRunnersTotal}, or the pool's share of what is free under it. */
        FLEET_MAX,
        /** The provider has no room. */
        PROVIDER_ROOM,
        /** The provider's or the fleet's limit on creations under way, or the fleet's stagger. */
        CREATION_RATE,
        /** The pool waits after failures. */
        BACKOFF,
        /** The source has not connected yet or has given up, or the provider's machines were not listed yet. */
        NOT_READY,
        /** Jobs are said to wait, and runners have waited for them in vain: those jobs are not believed. */
        STALE_DEMAND,
        /** The fleet is draining. */
        DRAINING,
        /** The pool is paused. */
        PAUSED,
        /** The pool's policy allows no more for now: a rate or a budget. */
        POLICY
    }

    /**
     * What a decision was made from, beside the view and the target.
     *
     * @param covered jobs still counted as assigned whose runner has ended already
     * @param fleetFree slots free under the fleet's {@code maxRunnersTotal}
     * @param room what the provider can still make
     * @param creationSlots creations that are still admitted at once: by the provider and the fleet, and one while they fail and fail
     * @param ready whether the source and the provider can be asked
     * @param counted whether the source has told its counters
     * @param backoffLeft how long the pool still waits after failures; zero if it does not
     * @param draining whether the fleet is draining
     * @param paused whether the pool is paused
     * @param idleTimeout how long a surplus runner may idle
     */
    public record Inputs(
            int covered,
            int fleetFree,
            int room,
            int creationSlots,
            boolean ready,
            boolean counted,
            Duration backoffLeft,
            boolean draining,
            boolean paused,
            Duration idleTimeout) {
        /** Checks for nulls. */
        public Inputs {
            Objects.requireNonNull(backoffLeft, "backoffLeft");
            Objects.requireNonNull(idleTimeout, "idleTimeout");
        }
    }

    /**
     * What could have been done and was not.
     *
     * @param candidate the runners, in words: {@code 3 new runners}
     * @param why the constraint with its values
     */
    public record Rejected(String candidate, String why) {
        /** Checks for nulls. */
        public Rejected {
            Objects.requireNonNull(candidate, "candidate");
            Objects.requireNonNull(why, "why");
        }
    }

    /** Copies the list and checks for nulls. */
    public Decision {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(view, "view");
        Objects.requireNonNull(target, "target");
        retire = List.copyOf(retire);
        aged = List.copyOf(aged);
        Objects.requireNonNull(bound, "bound");
        Objects.requireNonNull(inputs, "inputs");
        Objects.requireNonNull(expectedWait, "expectedWait");
    }

    /**
     * The new runners that were wanted and not created, once for each constraint that forbade some, and the idle
     * runners that are not needed and were not retired.
     *
     * @return empty if all was done; the first names the binding constraint, if one bound
     */
    public List<Rejected> rejected() {
        return DecisionText.rejected(this);
    }

    /**
     * The decision in one sentence.
     *
     * @return for a person
     */
    public String explain() {
        return DecisionText.of(this);
    }
}
