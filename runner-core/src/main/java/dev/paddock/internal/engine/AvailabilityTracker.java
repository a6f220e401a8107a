package dev.paddock.internal.engine;

import dev.paddock.metrics.Availability;
import dev.paddock.metrics.AvailabilityGoal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * Adds up how much of the scheduled time a pool's runners were missing, window by window; {@link Availability} says what
 * counts. Only arithmetic: each call says what time it is. Not thread-safe.
 */
final class AvailabilityTracker {
    private static final long NEVER = Long.MAX_VALUE;

    /** From {@code at} on so many should be there. */
    private record Raise(long at, int count) {}

    private final AvailabilityGoal goal;
    private final Instant start;
    private final long grace;
    private final long window;

    /** All times are nanoseconds since {@code start}. */
    private long last;

    private long windowStart;
    private boolean open;
    private long nextChange;
    private long scheduled;
    private long outage;
    private long budget;

    private int wanted;
    private int due;
    private int ready;
    /** More are wanted, but not yet for long enough; both numbers grow. */
    private final ArrayDeque<Raise> raises = new ArrayDeque<>();
    /** Until when runners are waited for that follow others which ended as planned. */
    private final ArrayDeque<Long> successors = new ArrayDeque<>();

    /** Runners that are newly wanted are missing only after the grace. */
    AvailabilityTracker(AvailabilityGoal goal, Duration grace, Instant start) {
        this.goal = goal;
        this.start = start;
        this.grace = Math.max(1, grace.toNanos());
        this.window = goal.window().toNanos();
        look();
        budget = budget();
    }

    // ---- told ----------------------------------------------------------------------------------------------

    /** From now on so many are wanted, and so many are there. */
    void update(int nowWanted, int nowReady, Instant now) {
        until(now);
        if (nowWanted != wanted) {
            wanted = nowWanted;
            want(nowWanted);
        }
        for (int more = nowReady - ready; more > 0 && !successors.isEmpty(); more--) {
            successors.removeFirst();
        }
        ready = nowReady;
    }

    /** A lower number has been exceeded since the higher one began. */
    private void want(int count) {
        long at = last + grace;
        while (!raises.isEmpty() && raises.getLast().count >= count) {
            at = raises.removeLast().at;
        }
        if (count <= due) {
            due = count;
        } else {
            raises.addLast(new Raise(at, count));
        }
    }

    /** One is about to go as planned; another is to follow. */
    void leftAsPlanned(Instant now) {
        until(now);
        successors.addLast(last + grace);
    }

    // ---- time passes ---------------------------------------------------------------------------------------

    /** A clock that was put back adds nothing. */
    private void until(Instant now) {
        long to = nanos(now);
        while (last < to) {
            long step = Math.min(to, turn());
            count(step - last);
            last = step;
            raises();
            if (last >= nextChange) {
                look();
            }
            if (last >= windowStart + window) {
                windowStart += window;
                scheduled = 0;
                outage = 0;
                budget = budget();
            }
        }
    }

    /** The next moment at which something changes by itself. */
    private long turn() {
        long next = Math.min(windowStart + window, nextChange);
        next = raises.isEmpty() ? next : Math.min(next, raises.getFirst().at);
        return successors.isEmpty() ? next : Math.min(next, successors.getFirst());
    }

    private void count(long time) {
        if (open) {
            scheduled += time;
            int missing = missing();
            outage += missing == due && missing > 0 ? time : part(time, missing);
        }
    }

    private long part(long time, int missing) {
        return missing == 0 ? 0 : Math.round((double) time * missing / due);
    }

    private void raises() {
        while (!raises.isEmpty() && raises.getFirst().at <= last) {
            due = raises.removeFirst().count;
        }
        while (!successors.isEmpty() && successors.getFirst() <= last) {
            successors.removeFirst();
        }
    }

    private void look() {
        Instant now = start.plusNanos(last);
        open = goal.hours().map(hours -> hours.isOpen(now)).orElse(true);
        nextChange = goal.hours().map(hours -> nanos(hours.nextChange(now))).orElse(NEVER);
    }

    /** What the window allows, by all its scheduled hours. */
    private long budget() {
        long hours = goal.hours().isEmpty() ? window : 0;
        long end = windowStart + window;
        boolean counts = open;
        long at = windowStart;
        for (long change = nextChange; hours < window && at < end; counts = isOpen(at)) {
            long to = Math.min(end, change);
            hours += counts ? to - at : 0;
            at = to;
            change = at < end ? nanos(goal.hours().orElseThrow().nextChange(start.plusNanos(at))) : end;
        }
        return Math.round(hours * (100 - goal.percent()) / 100);
    }

    private boolean isOpen(long at) {
        return goal.hours().orElseThrow().isOpen(start.plusNanos(at));
    }

    private long nanos(Instant instant) {
        return Duration.between(start, instant).toNanos();
    }

    // ---- asked ---------------------------------------------------------------------------------------------

    private int missing() {
        return Math.max(0, due - ready - successors.size());
    }

    /** More outage than the window allows. */
    boolean isSpent() {
        return outage > budget;
    }

    /** When to look again though nothing is told; empty if nothing can happen. */
    Optional<Instant> nextLook() {
        int missing = missing();
        long next = NEVER;
        if (isSpent()) {
            next = windowStart + window;
        } else if (missing > 0 || !raises.isEmpty() || !successors.isEmpty()) {
            next = turn();
            if (missing > 0 && open) {
                long left = budget - outage;
                long until = missing == due ? left : (long) Math.ceil((double) left * due / missing);
                next = Math.min(next, last + until + 1);
            }
        }
        return next == NEVER ? Optional.empty() : Optional.of(start.plusNanos(next));
    }

    /** How it stands at the last call. */
    Availability availability() {
        return new Availability(
                goal,
                start.plusNanos(windowStart),
                Duration.ofNanos(scheduled),
                Duration.ofNanos(outage),
                Duration.ofNanos(budget),
                missing());
    }
}
