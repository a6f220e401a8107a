package dev.paddock.internal.report;

import dev.paddock.scaling.Decision;
import dev.paddock.scaling.Decision.Bound;
import dev.paddock.scaling.Decision.Rejected;
import dev.paddock.scaling.PoolView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Decisions in words. */
public final class DecisionText {
    private DecisionText() {}

    /** One sentence. */
    public static String of(Decision decision) {
        PoolView view = decision.view();
        var text = new StringBuilder()
                .append("pool ")
                .append(view.pool())
                .append(" wants ")
                .append(decision.target().runners())
                .append(" (")
                .append(decision.target().reason())
                .append("), has ")
                .append(view.starting())
                .append(" starting, ")
                .append(view.idle())
                .append(" idle, ")
                .append(view.busy())
                .append(" busy, ")
                .append(view.leaving())
                .append(" leaving: creates ")
                .append(decision.create())
                .append(", retires ")
                .append(decision.retire().size());
        if (!decision.aged().isEmpty()) {
            text.append(", ").append(decision.aged().size()).append(" of them older than maxLifetime");
        }
        if (view.phantom() > 0) {
            text.append("; ").append(notBelieved(view));
        }
        if (!decision.target().warning().isEmpty()) {
            text.append("; ").append(decision.target().warning());
        }
        if (decision.bound() != Bound.NONE) {
            text.append("; bound by ").append(decision.bound());
        }
        return text.toString();
    }

    /** The constraint that bound it, with its values. */
    public static String bound(Decision decision) {
        return why(decision, decision.bound());
    }

    /** What was not done, and why. */
    public static List<Rejected> rejected(Decision decision) {
        List<Rejected> rejected = new ArrayList<>();
        PoolView view = decision.view();
        int wanted = decision.target().wanted(view);
        int missing = wanted - view.serving() - decision.inputs().covered() - decision.create();
        if (missing > 0) {
            if (decision.bound() != Bound.NONE) {
                rejected.add(new Rejected(newRunners(missing), why(decision, decision.bound())));
            }
            int wish = missing + decision.create();
            for (Bound bound : Bound.values()) {
                int allowed = allowed(decision, bound);
                if (bound != decision.bound() && allowed < wish) {
                    rejected.add(new Rejected(newRunners(wish - allowed), why(decision, bound)));
                }
            }
        }
        int doubted = Math.min(view.phantom(), missing + view.phantom());
        if (doubted > 0) {
            rejected.add(new Rejected(newRunners(doubted), why(decision, Bound.STALE_DEMAND)));
        }
        // One goes on waiting for the jobs that are not believed.
        int target = Math.min(view.phantom() > 0 ? Math.max(wanted, view.busy() + 1) : wanted, view.maxRunners());
        int spare = Math.min(view.idle(), view.serving() - target)
                - decision.retire().size();
        if (spare > 0 && !decision.inputs().draining()) {
            rejected.add(new Rejected(
                    Words.count(spare, "idle runner that is not needed", "idle runners that are not needed"),
                    decision.inputs().counted()
                            ? "idle for less than " + Words.of(decision.inputs().idleTimeout())
                            : "the source has not told its counters yet"));
        }
        return rejected;
    }

    private static String newRunners(int count) {
        return Words.count(count, "new runner", "new runners");
    }

    /** How many new runners a constraint would have allowed by itself. */
    private static int allowed(Decision decision, Bound bound) {
        Decision.Inputs in = decision.inputs();
        PoolView view = decision.view();
        return switch (bound) {
            case POOL_MAX -> Math.max(0, view.maxRunners() - view.serving() - view.leaving());
            case FLEET_MAX -> in.fleetFree();
            case PROVIDER_ROOM -> in.room();
            case CREATION_RATE -> Math.max(0, in.creationSlots());
            case BACKOFF -> in.backoffLeft().isZero() ? Integer.MAX_VALUE : 0;
            case NOT_READY -> in.ready() ? Integer.MAX_VALUE : 0;
            case DRAINING -> in.draining() ? 0 : Integer.MAX_VALUE;
            case PAUSED -> in.paused() ? 0 : Integer.MAX_VALUE;
            case POLICY -> decision.target().allowance(view);
            default -> Integer.MAX_VALUE;
        };
    }

    private static String why(Decision decision, Bound bound) {
        Decision.Inputs in = decision.inputs();
        PoolView view = decision.view();
        return switch (bound) {
            case NONE -> "nothing binds it";
            case POOL_MAX ->
                "POOL_MAX: maxRunners is " + view.maxRunners() + ", and "
                        + (view.serving() + view.leaving() + decision.create()) + " are there or being made, "
                        + view.busy() + " of them busy and " + view.leaving() + " leaving";
            case FLEET_MAX ->
                "FLEET_MAX: the fleet's maxRunnersTotal leaves room for " + in.fleetFree() + " more in all pools";
            case PROVIDER_ROOM -> "PROVIDER_ROOM: the provider has room for " + in.room() + " more";
            case CREATION_RATE ->
                "CREATION_RATE: " + Math.max(0, in.creationSlots()) + " more creations are admitted at once";
            case BACKOFF -> "BACKOFF: creations have failed, the next is tried in " + Words.of(in.backoffLeft());
            case NOT_READY -> "NOT_READY: the source is not connected or the machines are not listed yet";
            case STALE_DEMAND -> "STALE_DEMAND: " + notBelieved(view) + ", for runners have idled beside them in vain";
            case DRAINING -> "DRAINING: the fleet drains and makes no runners";
            case PAUSED -> "PAUSED: the pool is paused and makes no runners";
            case POLICY ->
                "POLICY: its policy allows " + decision.target().allowance(view) + " more for now ("
                        + decision.target().reason() + ")";
        };
    }

    static String notBelieved(PoolView view) {
        return Words.count(view.phantom(), "assigned job is", "assigned jobs are") + " not believed";
    }

    static String expected(Duration expected) {
        return expected.isZero() ? "none, runners stand ready" : "about " + Words.of(expected);
    }
}
