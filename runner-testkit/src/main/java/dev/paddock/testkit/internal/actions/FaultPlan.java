package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Faults;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** The faults planned by route, and the decision for the rest. */
final class FaultPlan implements Faults {
    private final ActionsEngine engine;
    private final Map<Route, Deque<Fault>> planned = new EnumMap<>(Route.class);
    private Function<RecordedRequest, Optional<Fault>> decision = request -> Optional.empty();

    FaultPlan(ActionsEngine engine) {
        this.engine = engine;
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
    public synchronized void clear() {
        planned.clear();
        decision = request -> Optional.empty();
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
}
