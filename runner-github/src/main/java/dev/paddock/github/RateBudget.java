package dev.paddock.github;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one credential may still ask of GitHub's REST API, and when. Learns from every reply; says of each call whether
 * it may go now, or how long it must wait. Shared by all clients of the credential; thread-safe, without locks. Time is
 * an argument: where it goes back, all that was learnt is forgotten, for GitHub will tell it again.
 *
 * <p>The numbers are GitHub's (docs: rate limits for the REST API): a secondary limit without a time means at least a
 * minute and then longer; no more than 100 calls at once and 900 points a minute, of which reading costs one and writing
 * five. Ours stay below.
 */
final class RateBudget {
    /** As {@code x-ratelimit-resource} calls what nearly all calls count against. */
    private static final String CORE = "core";

    private static final int CALLS_A_SECOND = 10;
    private static final int CALLS_AT_ONCE = 90;
    /** Ten points a second on average, and 300 at once, are at most 900 in any minute. */
    private static final Duration POINT = Duration.ofMillis(100);

    private static final Duration POINTS_AT_ONCE = POINT.multipliedBy(300);
    private static final int WRITE = 5;
    private static final int SMALLEST_RESERVE = 10;

    private static final Duration FULL_HOUSE = Duration.ofMillis(250);
    private static final Duration MARGIN = Duration.ofSeconds(1);
    private static final Duration SECONDARY = Duration.ofSeconds(60);
    /** Who asks for more has another clock, or is not GitHub. */
    private static final Duration LONGEST_SECONDARY = Duration.ofHours(1);

    /** A window lasts an hour; one that ends later is told by a clock that differs from ours. */
    private static final Duration LONGEST_WINDOW = Duration.ofHours(1);

    private static final long SAME_WINDOW_SECONDS = 5;
    private static final Duration SET_BACK = Duration.ofSeconds(5);

    /** What is left of one resource until it is filled up again. */
    private record Window(long limit, long remaining, Instant reset) {
        /** The part that only calls of {@link Route#mayUseReserve} may use: a tenth, ten at least, never all. */
        long reserve() {
            return Math.min(limit / 2, Math.max(SMALLEST_RESERVE, (limit + 9) / 10));
        }

        /** Replies come out of order, and GitHub's machines differ by a second or so. */
        Window and(Window later) {
            if (later.limit != limit) {
                return later;
            }
            long apart = later.reset.getEpochSecond() - reset.getEpochSecond();
            if (Math.abs(apart) <= SAME_WINDOW_SECONDS) {
                return later.remaining < remaining ? later : this;
            }
            return apart > 0 ? later : this;
        }
    }

    /** A call under way. One that nobody tells the end of is forgotten. */
    private record Flight(long number, Instant forgotten) {}

    private record State(
            Instant seen,
            Map<String, Window> windows,
            Map<Route, String> resources,
            Instant heldUntil,
            int strikes,
            List<Instant> sends,
            Instant paidUntil,
            List<Flight> flights,
            long number) {
        static State at(Instant now, long number) {
            return new State(now, Map.of(), Map.of(), Instant.MIN, 0, List.of(), now, List.of(), number);
        }
    }

    /**
     * Whether a call may go.
     *
     * @param granted if not, ask again after the delay
     * @param limited whether GitHub's limits are the reason, and not our own pace
     * @param number of the call under way, for {@link #landed}
     */
    record Ticket(boolean granted, Duration delay, boolean limited, long number) {}

    private final AtomicReference<@Nullable State> state = new AtomicReference<>();

    /** How long a call would wait now. */
    Duration outlook(Instant now, Route route) {
        State s = current(now);
        return longest(limited(s, now, route), Duration.between(now, slot(s, now)));
    }

    /** What is left for such calls; the most there can be if GitHub has not said. */
    long remaining(Instant now, Route route) {
        State s = current(now);
        Window window = window(s, now, route);
        return window == null ? Long.MAX_VALUE : window.remaining - s.flights.size();
    }

    /**
     * Takes a turn at sending.
     *
     * @param writes whether it is more than reading
     * @param latest no turn is taken after this
     * @return granted if the call may board after the delay
     */
    Ticket queue(Instant now, Route route, boolean writes, Instant latest) {
        return change(now, s -> {
            Duration limited = limited(s, now, route);
            if (!limited.isZero()) {
                return new Step<>(s, new Ticket(false, limited, true, 0));
            }
            Instant slot = slot(s, now);
            Duration delay = Duration.between(now, slot);
            if (slot.isAfter(latest)) {
                return new Step<>(s, new Ticket(false, delay, false, 0));
            }
            Duration cost = writes ? POINT.multipliedBy(WRITE) : POINT;
            State next = withTurns(
                    s, sendsWith(s.sends, slot), latest(s.paidUntil, slot).plus(cost));
            return new Step<>(next, new Ticket(true, delay, false, 0));
        });
    }

    /**
     * Sends a call whose turn has come.
     *
     * @param life after which it has ended even if nobody says so
     * @return granted if it is to be sent now, and then its end told
     */
    Ticket board(Instant now, Route route, Duration life) {
        return change(now, s -> {
            Duration limited = limited(s, now, route);
            if (!limited.isZero()) {
                return new Step<>(s, new Ticket(false, limited, true, 0));
            }
            if (s.flights.size() >= CALLS_AT_ONCE) {
                return new Step<>(s, new Ticket(false, FULL_HOUSE, false, 0));
            }
            State next = withFlights(s, with(s.flights, new Flight(s.number + 1, now.plus(life))));
            return new Step<>(next, new Ticket(true, Duration.ZERO, false, next.number));
        });
    }

    /** A call has ended. */
    void landed(Instant now, long number) {
        change(now, s -> {
            List<Flight> left =
                    s.flights.stream().filter(one -> one.number != number).toList();
            return new Step<>(withFlights(s, left), number);
        });
    }

    /** What a reply says is left. */
    void told(Instant now, Route route, HttpHeaders headers) {
        Optional<Long> remaining = number(headers, "x-ratelimit-remaining");
        Optional<Long> limit = number(headers, "x-ratelimit-limit");
        Optional<Long> reset = number(headers, "x-ratelimit-reset");
        if (remaining.isEmpty() || reset.isEmpty()) {
            return;
        }
        String resource =
                headers.firstValue("x-ratelimit-resource").orElse(CORE).trim();
        told(now, resource, limit.orElse(remaining.get()), remaining.get(), Instant.ofEpochSecond(reset.get()));
        change(now, s -> {
            var resources = new HashMap<>(s.resources);
            resources.put(route, resource);
            return new Step<>(withWindows(s, s.windows, resources), resource);
        });
    }

    /** What is left of a resource. */
    void told(Instant now, String resource, long limit, long remaining, Instant reset) {
        Instant latest = now.plus(LONGEST_WINDOW);
        var window = new Window(limit, remaining, reset.isAfter(latest) ? latest : reset);
        change(now, s -> {
            var windows = new HashMap<>(s.windows);
            windows.values().removeIf(one -> isOver(one, now));
            Window known = windows.get(resource);
            windows.put(resource, known == null ? window : known.and(window));
            return new Step<>(withWindows(s, windows, s.resources), resource);
        });
    }

    /** Nothing holds calls back any more: the next limit begins at a minute again. */
    void succeeded(Instant now) {
        if (current(now).strikes > 0) {
            change(now, s -> new Step<>(now.isBefore(s.heldUntil) ? s : withHold(s, s.heldUntil, 0), 0));
        }
    }

    /**
     * GitHub refused a call for having made too many.
     *
     * @param wish the wait it asked for, if it did; at most an hour of it is heeded
     * @return how long such calls are held back now
     */
    Duration limited(Instant now, Route route, Optional<Duration> wish) {
        return change(now, s -> {
            if (wish.isEmpty() && !limited(s, now, route).isZero()) {
                return new Step<>(s, limited(s, now, route));
            }
            Duration wait = shortest(wish.orElseGet(() -> secondary(s.strikes)), LONGEST_SECONDARY);
            var held = withHold(s, latest(s.heldUntil, now.plus(wait)), s.strikes + 1);
            return new Step<>(held, limited(held, now, route));
        });
    }

    private static Duration secondary(int strikes) {
        return SECONDARY.multipliedBy(1L << Math.min(strikes, 6));
    }

    // ---- what the state says ----------------------------------------------------------------------------------

    private static Duration limited(State s, Instant now, Route route) {
        Instant until = s.heldUntil;
        Window window = window(s, now, route);
        if (window != null && route != Route.RATE_LIMIT) {
            long kept = route.mayUseReserve() ? 0 : window.reserve();
            if (window.remaining - s.flights.size() <= kept) {
                until = latest(until, window.reset.plus(MARGIN));
            }
        }
        return until.isAfter(now) ? Duration.between(now, until) : Duration.ZERO;
    }

    private static @Nullable Window window(State s, Instant now, Route route) {
        Window window = s.windows.get(s.resources.getOrDefault(route, CORE));
        return window == null || isOver(window, now) ? null : window;
    }

    private static boolean isOver(Window window, Instant now) {
        return !now.isBefore(window.reset.plus(MARGIN));
    }

    /** When the next call may go by our own pace. */
    private static Instant slot(State s, Instant now) {
        Instant slot = latest(now, s.paidUntil.minus(POINTS_AT_ONCE));
        return s.sends.size() < CALLS_A_SECOND
                ? slot
                : latest(slot, s.sends.get(0).plusSeconds(1));
    }

    private static List<Instant> sendsWith(List<Instant> sends, Instant slot) {
        List<Instant> all = with(sends, slot);
        return all.size() > CALLS_A_SECOND ? List.copyOf(all.subList(1, all.size())) : all;
    }

    // ---- how it changes ---------------------------------------------------------------------------------------

    private record Step<T>(State next, T answer) {}

    private State current(Instant now) {
        return refreshed(state.get(), now);
    }

    private <T> T change(Instant now, Function<State, Step<T>> change) {
        while (true) {
            State before = state.get();
            Step<T> step = change.apply(refreshed(before, now));
            if (state.compareAndSet(before, step.next)) {
                return step.answer;
            }
        }
    }

    private static State refreshed(@Nullable State s, Instant now) {
        if (s == null || now.isBefore(s.seen.minus(SET_BACK))) {
            return State.at(now, s == null ? 0 : s.number);
        }
        List<Flight> up =
                s.flights.stream().filter(one -> one.forgotten.isAfter(now)).toList();
        State there = up.size() == s.flights.size() ? s : withFlights(s, up);
        return now.isAfter(s.seen) ? seenAt(there, now) : there;
    }

    private static State seenAt(State s, Instant now) {
        return new State(
                now, s.windows, s.resources, s.heldUntil, s.strikes, s.sends, s.paidUntil, s.flights, s.number);
    }

    private static State withTurns(State s, List<Instant> sends, Instant paidUntil) {
        return new State(s.seen, s.windows, s.resources, s.heldUntil, s.strikes, sends, paidUntil, s.flights, s.number);
    }

    /** Numbers only go up, so that none is given twice. */
    private static State withFlights(State s, List<Flight> flights) {
        return new State(
                s.seen, s.windows, s.resources, s.heldUntil, s.strikes, s.sends, s.paidUntil, flights, s.number + 1);
    }

    private static State withWindows(State s, Map<String, Window> windows, Map<Route, String> resources) {
        return new State(s.seen, windows, resources, s.heldUntil, s.strikes, s.sends, s.paidUntil, s.flights, s.number);
    }

    private static State withHold(State s, Instant until, int strikes) {
        return new State(s.seen, s.windows, s.resources, until, strikes, s.sends, s.paidUntil, s.flights, s.number);
    }

    private static <T> List<T> with(List<T> list, T one) {
        var all = new ArrayList<>(list);
        all.add(one);
        return List.copyOf(all);
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Duration shortest(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Optional<Long> number(HttpHeaders headers, String name) {
        String value = headers.firstValue(name).orElse("").trim();
        return value.matches("\\d{1,12}") ? Optional.of(Long.parseLong(value)) : Optional.empty();
    }
}
