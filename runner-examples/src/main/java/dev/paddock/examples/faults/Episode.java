package dev.paddock.examples.faults;

import dev.paddock.CoordinatorState;
import dev.paddock.FleetSnapshot;
import dev.paddock.Health;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.error.RunnerException;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.examples.faults.Chaos.World;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.WorkflowJobListener;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Flow;
import dev.paddock.testkit.MachineProgram;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One seed: two pools for jobs of GitHub, one of runners that stay for one job after another until they are too old, and
 * one for the host's tasks, a working morning of all, faults at every boundary, changes and crashes for its first part,
 * and then calm, in which all must come right.
 */
final class Episode {
    /**
     * What came of it.
     *
     * @param violation the first broken promise, or null
     */
    record Outcome(@Nullable String violation, int jobs, Tally tally, Trace trace) {}

    private static final Duration CHAOS = Duration.ofMinutes(25);
    private static final Duration WORK = Duration.ofMinutes(20);
    private static final Duration LIMIT = Duration.ofHours(4);
    private static final Duration CLOSING = Duration.ofHours(1);
    private static final Duration GLANCE = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final String TASKS = "task";
    /** The pool whose runners stay, and its label. */
    static final String STAYS = "stay";

    private static final List<Route> SLOW_ROUTES = List.of(
            Route.POLL,
            Route.OPEN_SESSION,
            Route.REFRESH_SESSION,
            Route.ACQUIRE_JOBS,
            Route.GENERATE_JIT_CONFIG,
            Route.LIST_RUNS,
            Route.REGISTRATION_TOKEN);

    private final VirtualTime time;
    private final SplittableRandom dice;
    private final Trace trace;
    private final Chaos chaos;
    private final ActionsServiceSimulator github;
    private final FakeRunnerProvider machines;
    private final VirtualTime.Host host;
    private final CrashingJournal journal;
    private final Map<String, Integer> maxima = new LinkedHashMap<>();
    private final int total;
    private final int maxCreating;
    private final Duration stagger;
    private final Duration lifetime;
    private final Map<String, RunnerPool> pools = new LinkedHashMap<>();
    private final GitHubWork jobs;
    private final HostWork work;
    private final Changes changes;
    private final Invariants invariants;
    private @Nullable RunnerCoordinator fleet;
    private final Set<RunnerId> hidden = new LinkedHashSet<>();
    private boolean crashPending;
    private Duration nextGlance = Duration.ZERO;
    private Duration nextLook = Duration.ZERO;
    private boolean over;

    Episode(long seed) {
        time = VirtualTime.seeded(seed);
        dice = new SplittableRandom(seed * 31 + 7);
        trace = new Trace(time);
        chaos = new Chaos(dice, trace);
        host = time.host("orchestrator");
        github = ActionsServiceSimulator.builder()
                .flow(dice.nextBoolean() ? Flow.DIRECT : Flow.ACQUIRE)
                .runnerLease(Duration.ofMinutes(2))
                .sessionTtl(Duration.ofMinutes(2))
                .inMemory(time);
        MachineProgram program = new Flapping(github.runnerProgram(), chaos, dice);
        MachineProgram taskProgram = new Flapping(HostWork.runner(dice), chaos, dice);
        maxima.put("gpu", 1 + dice.nextInt(4));
        maxima.put("cpu", 1 + dice.nextInt(6));
        maxima.put(TASKS, 1 + dice.nextInt(4));
        maxima.put(STAYS, 1 + dice.nextInt(3));
        total = 4 + dice.nextInt(9);
        maxCreating = 1 + dice.nextInt(8);
        stagger = Duration.ofMillis(dice.nextInt(4000)).multipliedBy(dice.nextInt(2));
        lifetime = Duration.ofSeconds(60 + dice.nextInt(300));
        var watched = new Invariants[1];
        var journals = new CrashingJournal[1];
        machines = FakeRunnerProvider.builder(time.network())
                .slots(total + dice.nextInt(3))
                .provisionTime(Duration.ofMillis(200 + dice.nextInt(5000)))
                .bootTime(Duration.ofMillis(500 + dice.nextInt(40_000)))
                .program(machine -> {
                    machine.onEnd(() -> watched[0].machineEnds(machine.runner()));
                    (machine.runner().value().startsWith(TASKS) ? taskProgram : program).boot(machine);
                })
                .build();
        changes =
                new Changes(time, host, dice, maxima, () -> journals[0].intended(), what -> watched[0].violated(what));
        invariants = new Invariants(
                time, github, machines, changes::cap, total, lifetime, runner -> journals[0].intended(runner));
        watched[0] = invariants;
        journal = new CrashingJournal(this::onWrite, dice, this::crashSoon);
        journals[0] = journal;
        jobs = new GitHubWork(github, dice, trace, invariants, chaos);
        work = new HostWork(host, dice, journal, invariants::violated);
        pools.put("gpu", jobPool("gpu"));
        pools.put("cpu", jobPool("cpu"));
        pools.put(TASKS, pool(TASKS, JobSource.hostTasks()).build());
        pools.put(STAYS, stayingPool());
    }

    Outcome run() {
        try {
            play();
        } catch (RuntimeException | Error failure) {
            var text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text));
            trace.add("bug", text.toString());
            invariants.violated("an episode must not throw: " + failure);
        }
        return new Outcome(invariants.violation(), jobs.lastAttempts().size() + work.given(), chaos.tally(), trace);
    }

    private void play() {
        github.faults().decide(this::onRequest);
        start();
        scheduleWork();
        eachMinute();
        time.network().schedule(CHAOS, () -> {
            chaos.stop();
            heal();
            changes.calm();
        });
        boolean ended = time.advanceUntil(this::step, LIMIT);
        if (!ended) {
            explain();
            invariants.atEnd(jobs.lastAttempts());
            invariants.violated("the fleet did not settle within " + LIMIT + "; open tasks: " + work.open());
        }
        if (invariants.violation() == null) {
            close();
        }
    }

    private void explain() {
        RunnerCoordinator current = fleet;
        if (current != null) {
            trace.add("fleet", current.snapshot().toText());
            pools.keySet()
                    .forEach(pool -> trace.add("fleet", current.explain(pool).toString()));
        }
    }

    // ---- the world -----------------------------------------------------------------------------------------

    private void scheduleWork() {
        int count = 3 + dice.nextInt(5);
        for (int i = 0; i < count; i++) {
            time.network().schedule(Duration.ofSeconds(dice.nextLong(WORK.toSeconds())), jobs::queue);
        }
        int tasks = dice.nextInt(40);
        for (int i = 0; i < tasks; i++) {
            time.network().schedule(Duration.ofSeconds(dice.nextLong(WORK.toSeconds())), work::give);
        }
    }

    private void eachMinute() {
        chaos.onProvider(machines);
        chaos.onMinute().ifPresent(this::happen);
        if (!over) {
            time.network().schedule(Duration.ofMinutes(1), this::eachMinute);
        }
    }

    private void happen(World what) {
        switch (what) {
            case MACHINE_KILLED -> strike(what, machines::kill);
            case MACHINE_VANISHED -> strike(what, machines::vanish);
            case MACHINE_UNFIT ->
                someMachine()
                        .ifPresent(victim -> happened(
                                what, victim, () -> machines.health(victim, Health.failed("made unfit by chance"))));
            case LIST_HIDES_ONE -> someMachine().ifPresent(victim -> passing(what, victim, () -> hide(victim)));
            case LIST_UNREACHABLE -> passing(what, "a place", () -> machines.unreachable("a place"));
            case NO_ROOM -> passing(what, "0", () -> noRoom(() -> machines.room(0)));
            case ROOM_FAILS ->
                passing(
                        what,
                        "asking",
                        () -> noRoom(() -> machines.roomFails(new IllegalStateException("no room by chance"))));
            case HOST_CRASHES -> {
                if (fleet != null) {
                    happened(what, "the coordinator's", this::crashSoon);
                }
            }
            case SESSION_EVICTED -> atService(what, github.faults()::evictSession);
            case SCALE_SET_REMOVED -> atService(what, github.faults()::removeScaleSet);
            case QUEUE_TOKEN_EXPIRED -> atService(what, github.faults()::expireQueueToken);
            case ADMIN_TOKENS_EXPIRED -> happened(what, "all", github.faults()::expireAdminTokens);
            case SERVICE_SLOW ->
                passing(
                        what,
                        "each answer",
                        () -> SLOW_ROUTES.forEach(
                                route -> github.faults().latency(route, Duration.ZERO, Duration.ofSeconds(3))));
            case CLOCK_SKEWED ->
                passing(
                        what,
                        "the service's",
                        () -> github.faults().clockSkew(Duration.ofSeconds(dice.nextInt(600) - 300)));
            case SERVICE_MOVED -> happened(what, "it", github.faults()::moveService);
            case MAXIMUM_CHANGED -> toPool(what, (now, pool) -> changes.maximum(now, pool, 1 + dice.nextInt(5)));
            case POLICY_CHANGED -> toPool(what, changes::policy);
            case POOL_PAUSED -> toPool(what, changes::pause);
            case POOL_RELABELLED ->
                toPool(what, (now, pool) -> {
                    if (!pool.equals(TASKS)) {
                        changes.relabel(now, pool);
                    }
                });
            case FLEET_DRAINED -> toPool(what, (now, pool) -> changes.drain(now));
        }
    }

    /** The list keeps it back; who does not know of it otherwise cannot count it. */
    private void hide(RunnerId victim) {
        machines.hide(victim);
        hidden.add(victim);
        FleetSnapshot now = snapshot();
        if (now == null
                || now.runners().stream().noneMatch(runner -> runner.id().equals(victim))) {
            keptBack();
        }
    }

    private void keptBack() {
        hidden.stream().filter(victim -> !journal.isProvisioned(victim)).forEach(invariants::keptBack);
    }

    private void toPool(World what, BiConsumer<RunnerCoordinator, String> change) {
        RunnerCoordinator current = fleet;
        if (current != null && !crashPending) {
            String pool = List.copyOf(pools.keySet()).get(dice.nextInt(pools.size()));
            happened(what, pool, () -> change.accept(current, pool));
        }
    }

    private void happened(World what, Object to, Runnable act) {
        chaos.happened(what, to.toString());
        act.run();
    }

    private Optional<RunnerId> someMachine() {
        List<RunnerId> alive = machines.machines().stream()
                .filter(FakeRunnerProvider.MachineRecord::alive)
                .map(FakeRunnerProvider.MachineRecord::runner)
                .toList();
        return alive.isEmpty() ? Optional.empty() : Optional.of(alive.get(dice.nextInt(alive.size())));
    }

    private void strike(World what, Consumer<RunnerId> blow) {
        someMachine().ifPresent(victim -> {
            invariants.struck(victim);
            happened(what, victim, () -> blow.accept(victim));
        });
    }

    /** Something the provider is healed of after some minutes. */
    private void passing(World what, Object to, Runnable act) {
        happened(what, to, act);
        time.network().schedule(Duration.ofSeconds(30 + dice.nextInt(300)), this::heal);
    }

    private void noRoom(Runnable act) {
        invariants.roomIsThere(false);
        act.run();
    }

    private void heal() {
        machines.heal();
        SLOW_ROUTES.forEach(route -> github.faults().latency(route, Duration.ZERO));
        github.faults().clockSkew(Duration.ZERO);
        hidden.clear();
        invariants.roomIsThere(true);
    }

    private void atService(World what, Consumer<String> act) {
        String scaleSet = (dice.nextBoolean() ? "gpu" : "cpu") + "-set";
        if (github.sessions().stream().anyMatch(one -> one.scaleSet().equals(scaleSet))) {
            happened(what, scaleSet, () -> act.accept(scaleSet));
        }
    }

    /** Now and then an outage begins while a registration is being deleted, and the next jobs come in it. */
    private Optional<Fault> onRequest(RecordedRequest request) {
        Optional<Fault> fault = chaos.onRequest(request);
        if (fault.isPresent() && request.route() == Route.DELETE_RUNNER && dice.nextInt(3) == 0) {
            time.network().schedule(GLANCE, jobs::queue);
            chaos.outage(true);
            time.network().schedule(Duration.ofSeconds(40), () -> chaos.outage(false));
        }
        return fault;
    }

    /** While a write is slow it is a good moment to think better of it. */
    private CrashingJournal.Fate onWrite(List<JournalEntry> entries) {
        CrashingJournal.Fate fate = chaos.onWrite(entries);
        if (fate == CrashingJournal.Fate.SLOW && dice.nextInt(3) == 0) {
            time.network().schedule(GLANCE, () -> toPool(World.FLEET_DRAINED, (now, pool) -> changes.drain(now)));
        }
        return fate;
    }

    // ---- the coordinator -----------------------------------------------------------------------------------

    private void start() {
        invariants.begins();
        try {
            RunnerCoordinator.Builder builder = RunnerCoordinator.builder().fleet("fault-simulation");
            pools.values().forEach(builder::addPool);
            RunnerCoordinator started = builder.maxRunnersTotal(total)
                    .maxCreating(maxCreating)
                    .stagger(stagger)
                    .drainTimeout(Duration.ofMinutes(10))
                    .journal(journal)
                    .scheduler(host)
                    .onEvent(this::traced)
                    .start();
            fleet = started;
            changes.begins(started);
            work.begins(started);
            if (!chaos.isActive()) {
                changes.calm();
            }
        } catch (RunnerException failure) {
            trace.add("fleet", "did not start: " + failure.getMessage());
            time.network().schedule(Duration.ofSeconds(10), this::start);
        }
    }

    private RunnerPool jobPool(String name) {
        return pool(
                        name,
                        ScaleSetListener.builder(github.configUrl("acme"), name + "-set")
                                .credentials(GitHubCredentials.token("ghp_simulated"))
                                .labels(name)
                                .httpClient(github.httpClient(host))
                                .build())
                .build();
    }

    private RunnerPool stayingPool() {
        return pool(
                        STAYS,
                        WorkflowJobListener.builder(github.configUrl(GitHubWork.REPOSITORY), STAYS)
                                .credentials(GitHubCredentials.token("ghp_simulated"))
                                .httpClient(github.httpClient(host))
                                .persistent()
                                .build())
                .maxLifetime(lifetime)
                .build();
    }

    private RunnerPool.Builder pool(String name, JobSource jobs) {
        return RunnerPool.builder(name, jobs, machines)
                .maxRunners(maxima.getOrDefault(name, 1))
                .minIdle(dice.nextInt(4) == 0 ? 1 : 0)
                .idleTimeout(Duration.ofSeconds(dice.nextInt(120)))
                .policy(Changes.policy(dice));
    }

    private void traced(FleetEvent event) {
        trace.add("fleet", Trace.inShort(event));
        work.on(event);
        changes.on(event);
        if (event instanceof JobCompleted completed) {
            invariants.completed(completed);
        } else if (event instanceof RunnerStateChanged changed) {
            chaos.tally().change(changed.from(), changed.to());
            if (changed.to() == RunnerState.REMOVING && changed.pool().equals(STAYS)) {
                invariants.unregistered(changed.runner(), changed.at());
            }
        }
    }

    /** The program that asked for it still returns from its call, as a thread does that is about to be stopped. */
    private void crashSoon() {
        if (crashPending) {
            return;
        }
        crashPending = true;
        time.network().schedule(Duration.ZERO, () -> {
            ended(true);
            crashPending = false;
        });
    }

    /** The host is down, or its program starts the coordinator anew. */
    private void ended(boolean mayForget) {
        host.crash();
        changes.ends();
        work.ends();
        if (mayForget && chaos.losesJournal()) {
            invariants.forgotten(journal.lose());
            work.forgets();
        }
        keptBack();
        fleet = null;
        Duration down = Duration.ofSeconds(1 + dice.nextLong(90));
        trace.add("world", "no coordinator for " + down.toSeconds() + " s");
        time.network().schedule(down, this::start);
    }

    // ---- the judge -----------------------------------------------------------------------------------------

    private boolean step() {
        invariants.afterStep();
        Duration now = time.elapsed();
        if (now.compareTo(nextGlance) >= 0) {
            nextGlance = now.plus(GLANCE);
            FleetSnapshot seen = snapshot();
            if (seen != null && seen.state() == CoordinatorState.FAILED) {
                ended(false);
                seen = null;
            }
            changes.audit(seen, invariants::machines);
            if (seen != null) {
                work.audit();
            }
            invariants.audit(seen);
        }
        if (now.compareTo(nextLook) >= 0) {
            nextLook = now.plus(LOOK);
            jobs.rerunLost();
            over = !chaos.isActive() && now.compareTo(WORK) > 0 && connected() && jobs.allDone() && work.allDone();
        }
        return over || invariants.violation() != null;
    }

    private @Nullable FleetSnapshot snapshot() {
        RunnerCoordinator current = fleet;
        return current == null || crashPending ? null : current.snapshot();
    }

    /** A listener that waits for the session of its dead predecessor to end still has to find that out. */
    private boolean connected() {
        FleetSnapshot now = snapshot();
        return now != null && now.pools().stream().allMatch(pool -> pool.source() == SourceState.CONNECTED);
    }

    private void close() {
        RunnerCoordinator current = fleet;
        if (current == null) {
            invariants.violated("no coordinator runs at the end");
            return;
        }
        trace.add("world", "closes the fleet");
        var closed = current.closeAsync().toCompletableFuture();
        if (!time.advanceUntil(closed::isDone, CLOSING)) {
            invariants.violated("closing took longer than " + CLOSING);
        }
        invariants.atEnd(jobs.lastAttempts());
    }
}
