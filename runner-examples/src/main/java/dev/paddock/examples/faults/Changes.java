package dev.paddock.examples.faults;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.FleetSnapshot;
import dev.paddock.PoolSettings;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.TaskAssigned;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.scaling.Target;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Changes of pools while they run, and drains that are undone; and what the fleet promises about them. */
final class Changes {
    /** A drain's end may wait for a journal that is slow, or for a coordinator that gives up on one. */
    private static final Duration GRACE = Duration.ofMinutes(2);

    private static final Duration LATE = Duration.ofSeconds(8);

    /** A pool that is paused, since when, and all runners ever meant to be made before. */
    private record Paused(Instant since, Set<RunnerId> runners) {}

    private final VirtualTime time;
    private final VirtualTime.Host host;
    private final RandomGenerator dice;
    private final Supplier<Set<RunnerId>> intended;
    private final Consumer<String> violated;
    /** As built, and as last settled. */
    private final Map<String, Integer> initial;

    private final Map<String, Integer> wanted = new LinkedHashMap<>();
    /** What a pool may not be seen to exceed: it shrinks as fast as its runners end. */
    private final Map<String, Integer> caps = new LinkedHashMap<>();

    private final Map<String, Paused> paused = new LinkedHashMap<>();
    private @Nullable RunnerCoordinator fleet;

    Changes(
            VirtualTime time,
            VirtualTime.Host host,
            RandomGenerator dice,
            Map<String, Integer> maxima,
            Supplier<Set<RunnerId>> intended,
            Consumer<String> violated) {
        this.time = time;
        this.host = host;
        this.dice = dice;
        this.initial = Map.copyOf(maxima);
        this.intended = intended;
        this.violated = violated;
        caps.putAll(maxima);
    }

    /** The policies of pools: none of them keeps a job waiting while there is room. */
    static ScalingPolicy policy(RandomGenerator dice) {
        return switch (dice.nextInt(7)) {
            case 0 -> ScalingPolicy.onDemand();
            case 1 -> ScalingPolicy.lazy();
            case 2 -> ScalingPolicy.balanced();
            case 3 -> ScalingPolicy.onDemand().and(ScalingPolicy.cooldown(Duration.ofMinutes(2)));
            case 4 -> ScalingPolicy.onDemand().and(ScalingPolicy.warmAfterUse(1, Duration.ofMinutes(5)));
            case 5 -> ScalingPolicy.onDemand().and(ScalingPolicy.launchCredit());
            default -> ScalingPolicy.onDemand().and(Changes::impatient);
        };
    }

    /** As one of the program's own: a launch that takes a few seconds is late. */
    private static Target impatient(PoolView pool, Instant now) {
        long late = pool.history().starting().stream()
                .filter(planned -> planned.plus(LATE).isBefore(now))
                .count();
        return new Target(0, late + " late").withLate((int) late).withRecheck(LATE);
    }

    int cap(String pool) {
        return caps.getOrDefault(pool, 0);
    }

    // ---- lives ---------------------------------------------------------------------------------------------

    /** A new life begins with the settings it was built with. */
    void begins(RunnerCoordinator coordinator) {
        fleet = coordinator;
        paused.clear();
        initial.forEach((pool, most) -> {
            wanted.put(pool, most);
            caps.merge(pool, most, Math::max);
        });
    }

    void ends() {
        fleet = null;
        paused.clear();
    }

    /** All is as it was built, so that all can be done. */
    void calm() {
        RunnerCoordinator coordinator = fleet;
        if (coordinator == null) {
            return;
        }
        coordinator.resume();
        initial.keySet().forEach(pool -> {
            unpause(coordinator, pool);
            maximum(coordinator, pool, initial.getOrDefault(pool, 1));
        });
    }

    // ---- changes -------------------------------------------------------------------------------------------

    void maximum(RunnerCoordinator coordinator, String pool, int most) {
        caps.merge(pool, most, Math::max);
        change(
                coordinator,
                pool,
                settings ->
                        settings.withMinIdle(Math.min(most, settings.minIdle())).withMaxRunners(most),
                settled -> wanted.put(pool, most));
    }

    void policy(RunnerCoordinator coordinator, String pool) {
        ScalingPolicy policy = policy(dice);
        Duration idle = Duration.ofSeconds(dice.nextInt(200));
        change(coordinator, pool, settings -> settings.withPolicy(policy).withIdleTimeout(idle), settled -> {});
    }

    void pause(RunnerCoordinator coordinator, String pool) {
        change(
                coordinator,
                pool,
                settings -> settings.withPaused(true),
                settled -> paused.put(pool, new Paused(time.now(), intended.get())));
        host.schedule(Duration.ofSeconds(10 + dice.nextInt(300)), () -> unpause(coordinator, pool));
    }

    private void unpause(RunnerCoordinator coordinator, String pool) {
        paused.remove(pool);
        change(coordinator, pool, settings -> settings.withPaused(false), settled -> paused.remove(pool));
    }

    void relabel(RunnerCoordinator coordinator, String pool) {
        // It may fail, as any call may; the labels that jobs ask for stay.
        coordinator
                .pool(pool)
                .relabel(List.of(pool, "extra-" + dice.nextInt(3)))
                .whenComplete((held, failure) -> {
                    if (held != null && !held.contains(pool)) {
                        violated.accept("pool " + pool + " was relabelled to " + held);
                    }
                });
    }

    private void change(
            RunnerCoordinator coordinator,
            String pool,
            UnaryOperator<PoolSettings> change,
            Consumer<PoolSettings> then) {
        CompletionStage<PoolSettings> changed = coordinator.pool(pool).change(change);
        changed.whenComplete((settled, failure) -> {
            if (coordinator.equals(fleet) && settled != null) {
                then.accept(settled);
            }
        });
    }

    void drain(RunnerCoordinator coordinator) {
        Duration deadline = Duration.ofSeconds(dice.nextInt(400));
        boolean[] over = {false};
        coordinator.drain(deadline).whenComplete((outcome, failure) -> {
            over[0] = true;
            if (coordinator.equals(fleet)) {
                drained(coordinator, outcome);
            }
        });
        host.schedule(deadline.plus(GRACE), () -> {
            if (!over[0]) {
                violated.accept("a drain did not end by its deadline of " + deadline);
            }
        });
        host.schedule(Duration.ofSeconds(dice.nextInt(600)), coordinator::resume);
    }

    private void drained(RunnerCoordinator coordinator, DrainOutcome outcome) {
        FleetSnapshot now = coordinator.snapshot();
        if (outcome == DrainOutcome.EMPTY
                && now.state() == CoordinatorState.DRAINING
                && !now.runners().isEmpty()) {
            violated.accept("a drain ended as EMPTY, and " + now.runners().size() + " runners are left");
        }
    }

    // ---- judging -------------------------------------------------------------------------------------------

    void on(FleetEvent event) {
        if (event instanceof TaskAssigned assigned) {
            Paused since = paused.get(assigned.assignment().pool());
            if (since != null && assigned.at().isAfter(since.since)) {
                violated.accept("a paused pool was given "
                        + assigned.assignment().task().id());
            }
        }
    }

    private static Set<RunnerId> runners(FleetSnapshot snapshot, String pool) {
        Set<RunnerId> ids = new HashSet<>();
        snapshot.runners().stream()
                .filter(runner -> runner.pool().equals(pool))
                .forEach(runner -> ids.add(runner.id()));
        return ids;
    }

    void audit(@Nullable FleetSnapshot now, ToIntFunction<String> machines) {
        if (now == null) {
            return;
        }
        for (FleetSnapshot.Pool pool : now.pools()) {
            int known = pool.starting() + pool.idle() + pool.busy() + pool.leaving();
            int occupied = Math.max(known, machines.applyAsInt(pool.name()));
            int most = wanted.getOrDefault(pool.name(), 0);
            caps.computeIfPresent(pool.name(), (name, cap) -> Math.max(most, Math.min(cap, occupied)));
            Paused since = paused.get(pool.name());
            if (since != null && !since.runners.containsAll(runners(now, pool.name()))) {
                violated.accept("pool " + pool.name() + " is paused and makes runners");
            }
        }
    }
}
