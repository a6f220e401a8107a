package dev.paddock.testkit.internal.compute;

import dev.paddock.testkit.ComputeFaults;
import dev.paddock.testkit.ComputeOperation;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.OperationFault;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** The faults planned by route and by operation, the decisions for the rest, latencies, and what is out of reach. */
final class ComputeFaultPlan implements ComputeFaults {
    private record Range(Duration from, Duration to) {}

    private final ComputeClock clock;
    private final Set<String> regions;
    private final Set<String> zones;
    private final Map<ComputeRoute, Deque<Fault>> planned = new EnumMap<>(ComputeRoute.class);
    private final Map<ComputeRoute, Range> latencies = new EnumMap<>(ComputeRoute.class);
    private final Map<String, Deque<OperationFault>> operations = new TreeMap<>();
    private final Set<String> unreachable = new TreeSet<>();
    private final Set<String> hidden = new TreeSet<>();
    private boolean filtersIgnored;
    private Function<ComputeRequest, Optional<Fault>> decision = request -> Optional.empty();
    private Function<ComputeOperation, Optional<OperationFault>> fate = operation -> Optional.empty();

    ComputeFaultPlan(ComputeClock clock, Set<String> regions, Set<String> zones) {
        this.clock = clock;
        this.regions = regions;
        this.zones = zones;
    }

    @Override
    public void next(ComputeRoute route, Fault fault) {
        next(route, 1, fault);
    }

    @Override
    public synchronized void next(ComputeRoute route, int times, Fault fault) {
        Objects.requireNonNull(fault, "fault");
        Deque<Fault> queue = planned.computeIfAbsent(route, r -> new ArrayDeque<>());
        for (int i = 0; i < times; i++) {
            queue.add(fault);
        }
    }

    @Override
    public synchronized void decide(Function<ComputeRequest, Optional<Fault>> function) {
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
    public synchronized void nextOperation(String type, OperationFault fault) {
        Objects.requireNonNull(fault, "fault");
        operations.computeIfAbsent(type, t -> new ArrayDeque<>()).add(fault);
    }

    @Override
    public synchronized void decideOperations(Function<ComputeOperation, Optional<OperationFault>> function) {
        fate = Objects.requireNonNull(function, "decision");
    }

    @Override
    public void latency(ComputeRoute route, Duration latency) {
        latency(route, latency, latency);
    }

    @Override
    public synchronized void latency(ComputeRoute route, Duration from, Duration to) {
        if (from.isNegative() || to.compareTo(from) < 0) {
            throw new IllegalArgumentException(
                    "a latency must not be negative, nor end before it begins: " + from + " to " + to);
        }
        latencies.put(Objects.requireNonNull(route, "route"), new Range(from, to));
    }

    @Override
    public synchronized void unreachable(String location, boolean value) {
        if (!regions.contains(location) && !zones.contains(location)) {
            throw new IllegalArgumentException("there is no region and no zone " + location);
        }
        change(unreachable, location, value);
    }

    @Override
    public synchronized void hideQuotas(String region, boolean value) {
        if (!regions.contains(region)) {
            throw new IllegalArgumentException("there is no region " + region);
        }
        change(hidden, region, value);
    }

    @Override
    public synchronized void ignoreFilters(boolean ignored) {
        filtersIgnored = ignored;
    }

    synchronized boolean ignoresFilters() {
        return filtersIgnored;
    }

    private static void change(Set<String> set, String element, boolean in) {
        if (in) {
            set.add(element);
        } else {
            set.remove(element);
        }
    }

    @Override
    public synchronized void clear() {
        planned.clear();
        operations.clear();
        latencies.clear();
        unreachable.clear();
        hidden.clear();
        filtersIgnored = false;
        decision = request -> Optional.empty();
        fate = operation -> Optional.empty();
    }

    synchronized Optional<Fault> strike(ComputeLog.Entry entry) {
        ComputeRequest request = entry.view();
        Deque<Fault> queue = planned.get(request.route());
        Fault next = queue == null ? null : queue.poll();
        Optional<Fault> fault = next != null ? Optional.of(next) : decision.apply(request);
        fault.ifPresent(entry::struckBy);
        return fault;
    }

    synchronized Optional<OperationFault> strike(ComputeOperation operation) {
        Deque<OperationFault> queue = operations.get(operation.type());
        OperationFault next = queue == null ? null : queue.poll();
        return next != null ? Optional.of(next) : fate.apply(operation);
    }

    synchronized Duration latency(ComputeRoute route) {
        Range range = latencies.get(route);
        return range == null ? Duration.ZERO : clock.between(range.from(), range.to());
    }

    synchronized boolean isUnreachable(String location) {
        return unreachable.contains(location);
    }

    synchronized boolean hidesQuotas(String region) {
        return hidden.contains(region);
    }
}
