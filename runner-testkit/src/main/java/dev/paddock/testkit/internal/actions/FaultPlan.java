package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The faults planned by route, the decision for the rest, and how long each route takes. */
final class FaultPlan implements Faults {
    private record Range(Duration from, Duration to) {}

    private final ActionsEngine engine;
    private final SimClock clock;
    private final Map<Route, Deque<Fault>> planned = new EnumMap<>(Route.class);
    private final Map<Route, Range> latencies = new EnumMap<>(Route.class);
    private Function<RecordedRequest, Optional<Fault>> decision = FaultPlan::none;

    FaultPlan(ActionsEngine engine, SimClock clock) {
        this.engine = engine;
        this.clock = clock;
    }

    private static Optional<Fault> none(RecordedRequest request) {
        return Optional.empty();
    }

    @Override
    public void next(Route route, Fault fault) {
        next(route, 1, fault);
    }

    @Override
    public synchronized void next(Route route, int times, Fault fault) {
        Objects.requireNonNull(fault, "fault");
        Deque<Fault> queue = planned.computeIfAbsent(route, r -> new ArrayDeque<>());
        for (int i = 0; i < times; i++) {
            queue.add(fault);
        }
    }

    @Override
    public synchronized void decide(Function<RecordedRequest, Optional<Fault>> function) {
        decision = Objects.requireNonNull(function, "decision");
    }

    @Override
    public void seeded(long seed, double share, Fault... faults) {
        List<Fault> some = List.of(faults);
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be 0 to 1: " + share);
        }
        if (some.isEmpty()) {
            throw new IllegalArgumentException("name the faults that are to strike");
        }
        var random = new SplittableRandom(seed);
        decide(request -> {
            double struck = random.nextDouble();
            Fault fault = some.get(random.nextInt(some.size()));
            return struck < share ? Optional.of(fault) : Optional.empty();
        });
    }

    @Override
    public void latency(Route route, Duration latency) {
        latency(route, latency, latency);
    }

    @Override
    public synchronized void latency(Route route, Duration from, Duration to) {
        if (from.isNegative() || to.compareTo(from) < 0) {
            throw new IllegalArgumentException(
                    "a latency must not be negative, nor end before it begins: " + from + " to " + to);
        }
        latencies.put(Objects.requireNonNull(route, "route"), new Range(from, to));
    }

    @Override
    public void clockSkew(Duration skew) {
        engine.skewClock(Objects.requireNonNull(skew, "skew"));
    }

    @Override
    public void clear() {
        synchronized (this) {
            planned.clear();
            latencies.clear();
            decision = FaultPlan::none;
        }
        engine.skewClock(Duration.ZERO);
    }

    @Override
    public void evictSession(String scaleSet) {
        engine.evictSession(scaleSet);
    }

    @Override
    public void expireQueueToken(String scaleSet) {
        engine.expireQueueToken(scaleSet);
    }

    @Override
    public void expireAdminTokens() {
        engine.expireAdminTokens();
    }

    @Override
    public void expireInstallationTokens() {
        engine.expireInstallationTokens();
    }

    @Override
    public void limitRest(Duration length) {
        engine.limitRest(length);
    }

    @Override
    public void removeScaleSet(String scaleSet) {
        engine.removeScaleSet(scaleSet);
    }

    @Override
    public void moveService() {
        engine.moveService();
    }

    synchronized Optional<Fault> strike(RequestLog.Entry entry) {
        RecordedRequest request = entry.view();
        Deque<Fault> queue = planned.get(request.route());
        Fault next = queue == null ? null : queue.poll();
        Optional<Fault> fault = next != null ? Optional.of(next) : decision.apply(request);
        fault.ifPresent(entry::struckBy);
        return fault;
    }

    /** How late the answer to one request is to be. */
    synchronized Duration latency(Route route) {
        Range range = latencies.get(route);
        return range == null ? Duration.ZERO : clock.between(range.from(), range.to());
    }
}
