package dev.paddock.scaling;

import dev.paddock.RunnerId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * What the coordinator decided about a pool, from what, and what bound it. Rendered to text only when asked.
 *
 * @param number grows by one with each decision of the fleet
 * @param at when
 * @param view what was seen
 * @param target what the policy wanted
 * @param create how many runners are created now
 * @param retire the idle runners that are retired now, and the starting ones that are cancelled
 * @param bound the constraint that kept {@code create} below what the policy wanted
 */
public record Decision(
        long number, Instant at, PoolView view, Target target, int create, List<RunnerId> retire, Bound bound) {
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
        /** The provider's limit on creations under way. */
        CREATION_RATE,
        /** The pool waits after failures. */
        BACKOFF,
        /** The source has not connected yet or has given up, or the provider's machines were not listed yet. */
        NOT_READY,
        /** Jobs are said to wait, and runners have waited for them in vain: those jobs are not believed. */
        STALE_DEMAND,
        /** The fleet is draining. */
        DRAINING,
        /** The pool's policy allows no more for now: a rate or a budget. */
        POLICY
    }

    /** Copies the list and checks for nulls. */
    public Decision {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(view, "view");
        Objects.requireNonNull(target, "target");
        retire = List.copyOf(retire);
        Objects.requireNonNull(bound, "bound");
    }

    /**
     * The decision in one sentence.
     *
     * @return for a person
     */
    public String explain() {
        var text = new StringBuilder()
                .append("pool ")
                .append(view.pool())
                .append(" wants ")
                .append(target.runners())
                .append(" (")
                .append(target.reason())
                .append("), has ")
                .append(view.starting())
                .append(" starting, ")
                .append(view.idle())
                .append(" idle, ")
                .append(view.busy())
                .append(" busy, ")
                .append(view.leaving())
                .append(" leaving: creates ")
                .append(create)
                .append(", retires ")
                .append(retire.size());
        if (view.phantom() > 0) {
            text.append("; ").append(view.phantom()).append(" assigned jobs are not believed");
        }
        if (!target.warning().isEmpty()) {
            text.append("; ").append(target.warning());
        }
        if (bound != Bound.NONE) {
            text.append("; bound by ").append(bound);
        }
        return text.toString();
    }
}
