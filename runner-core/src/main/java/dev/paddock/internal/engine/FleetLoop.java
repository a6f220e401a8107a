package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.FleetSnapshot;
import dev.paddock.Health;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.Target;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of one fleet and the step that follows every message: compare what should be with what is. Everything here
 * runs in the serial section; the classes beside it handle one kind of message each.
 */
final class FleetLoop {
    private static final Logger LOG = LoggerFactory.getLogger(FleetLoop.class);
    /** How soon a provider without room is asked again. */
    private static final Duration ROOM_RECHECK = Duration.ofSeconds(5);

    final FleetSettings settings;
    final String fleet;
    final Scheduler scheduler;
    final Identity identity;
    final FleetJournal.Session journal;
    final SerialSection section;
    final TimerHeap timers;
    final Effects effects;
    final EventHub hub;
    final SnapshotBook book = new SnapshotBook();
    final List<PoolState> pools = new ArrayList<>();
    final List<ProviderState> providers = new ArrayList<>();
    final Map<RunnerId, RunnerEntry> runners = new LinkedHashMap<>();
    final RunnerLifecycle lifecycle;
    final DemandIntake intake;
    final Lookout lookout;
    final Closing closing;
    final Records records;
    final TaskDesk tasks;
    final TaskCalls taskCalls;
    final SlotSharing sharing;
    private final Advertising advertising;
    final Setbacks setbacks;
    final Pacing pacing;
    private final Lifetimes lifetimes;
    final HealthWatch health;
    final AvailabilityWatch availability;
    final DecisionLog decisionLog;
    final Chronicle chronicle = new Chronicle();
    final Explainer explainer;

    private CoordinatorState state = CoordinatorState.RUNNING;
    private @Nullable Instant now;
    private final Runnable wakeSubscribers;
    private int firstPool;

    FleetLoop(FleetSettings settings, Scheduler scheduler, FleetJournal.Session journal) {
        this.settings = settings;
        this.fleet = settings.fleet();
        this.scheduler = scheduler;
        this.identity = new Identity(settings.fleet());
        this.journal = journal;
        this.hub = new EventHub(fleet, scheduler);
        this.wakeSubscribers = hub::wake;
        this.section = new SerialSection(
                scheduler,
                this::afterMessage,
                failure -> LOG.error("{}: the loop failed on a message", fleet, failure));
        this.timers = new TimerHeap(scheduler, section);
        this.effects = new Effects(scheduler, section, timers, book::changed);
        this.records = new Records(this);
        this.lifecycle = new RunnerLifecycle(this);
        this.intake = new DemandIntake(this);
        this.lookout = new Lookout(this);
        this.closing = new Closing(this);
        this.tasks = new TaskDesk(this);
        this.taskCalls = new TaskCalls(this);
        this.sharing = new SlotSharing(this);
        this.advertising = new Advertising(this);
        this.setbacks = new Setbacks(this);
        this.pacing = new Pacing(this);
        this.lifetimes = new Lifetimes(this);
        this.health = new HealthWatch(this);
        this.availability = new AvailabilityWatch(this);
        this.decisionLog = new DecisionLog(this);
        this.explainer = new Explainer(this);
    }

    CoordinatorState state() {
        return state;
    }

    void state(CoordinatorState next, String detail) {
        if (state != next) {
            CoordinatorState before = state;
            state = next;
            book.changed();
            LOG.info("{}: {} -> {}: {}", fleet, before, next, detail);
            publish(new CoordinatorStateChanged(scheduler.instant(), before, next, detail));
            pools.forEach(pool -> pool.dirty = true);
            if (next != CoordinatorState.RUNNING) {
                tasks.refuseAll();
            }
        }
    }

    /** The moment of the message under way. */
    Instant now() {
        Instant read = now;
        if (read == null) {
            read = scheduler.instant();
            now = read;
        }
        return read;
    }

    /** The pool whose turn it is to be served first. */
    int firstPool() {
        return firstPool;
    }

    /** The pool after it is served first from now on. */
    void nextTurn() {
        firstPool = (firstPool + 1) % pools.size();
        pools.get(firstPool).dirty = true;
    }

    boolean acceptsNewRunners() {
        return state == CoordinatorState.RUNNING;
    }

    /** Tells subscribers, once what has been appended so far is durable. */
    void publish(FleetEvent event) {
        records.publish(event);
    }

    // ---- runners -------------------------------------------------------------------------------------------

    void add(RunnerEntry runner) {
        runners.put(runner.id, runner);
        runner.pool.counted(null, runner.state);
        runner.pool.memory.added(runner, runner.pool.occupied(), scheduler.instant());
        book.add(runner);
        lifetimes.added(runner);
        runner.pool.dirty = true;
    }

    /** The only place where a runner's state changes. */
    void enter(RunnerEntry runner, RunnerState to, String detail) {
        StateTable.check(runner, to);
        RunnerState from = runner.state;
        PoolState pool = runner.pool;
        boolean handing = pool.hosts && isHandingOver(from, to);
        if (runner.timeout != null && !handing) {
            runner.timeout.cancel();
            runner.timeout = null;
        }
        runner.effect++;
        Instant now = now();
        pool.meters.left(from, runner.since, to, runner.createdAt, now);
        runner.state = to;
        runner.since = now;
        runner.detail = detail;
        pool.counted(from, to);
        if (from == RunnerState.IDLE) {
            pool.idle.remove(runner);
        }
        if (to == RunnerState.IDLE) {
            pool.idle.add(runner);
        }
        if (handing) {
            tasks.settle(pool);
        } else {
            pool.dirty = true;
        }
        if (LOG.isDebugEnabled()) {
            LOG.debug("{}: {} {} -> {}: {}", fleet, runner.id, from, to, detail);
        }
        if (handing) {
            pool.memory.handed(to, runner.since);
        } else {
            pool.memory.entered(runner, from, to, pool.occupied(), runner.since);
            health.entered(runner);
            availability.entered(runner, from, to);
        }
        publish(new RunnerStateChanged(runner.since, pool.name, runner.id, from, to, detail));
        if (to == RunnerState.REMOVED) {
            runners.remove(runner.id);
            lifetimes.gone(runner);
            chronicle.gone(runner);
            book.remove(runner);
            firstPool = (pools.indexOf(pool) + 1) % pools.size();
            pools.forEach(other -> other.dirty = true);
        } else {
            book.changed(runner);
        }
        if (pool.hosts) {
            tasks.moved(runner, from, to);
        } else {
            credit(runner, from, to);
        }
    }

    /** A runner takes a task or gives it back: its timeout stays, and its pool is decided about a little later. */
    private static boolean isHandingOver(RunnerState from, RunnerState to) {
        return (from == RunnerState.IDLE && to == RunnerState.BUSY)
                || (from == RunnerState.BUSY && to == RunnerState.IDLE);
    }

    /** A job whose runner is done stays in the statistics until its completion is reported: it needs no new runner. */
    private void credit(RunnerEntry runner, RunnerState from, RunnerState to) {
        String name = runner.id.value();
        if (to.servesDemand()) {
            confirmed(runner.pool, name);
        } else if (from.servesDemand() && runner.worked && !runner.confirmed()) {
            if (runner.isOfEarlierLife()) {
                runner.pool.endedUnseen.add(name);
            }
            cover(runner.pool, runner.id);
        }
    }

    /** For a while; longer only as long as its source counts more running jobs than there are runners for. */
    private void cover(PoolState pool, RunnerId id) {
        pool.unconfirmed.put(id.value(), timers.after(Deadlines.COMPLETION_LAG, () -> {
            pool.unconfirmed.remove(id.value());
            pool.dirty = true;
            boolean counted = pool.statistics.running() > pool.busyCount() + pool.unconfirmed.size();
            if (runners.containsKey(id) && counted) {
                cover(pool, id);
            } else {
                pool.endedUnseen.remove(id.value());
            }
        }));
    }

    void confirmed(PoolState pool, String runnerName) {
        TimerHeap.Timeout timeout = pool.unconfirmed.remove(runnerName);
        pool.endedUnseen.remove(runnerName);
        if (timeout != null) {
            timeout.cancel();
            pool.dirty = true;
        }
    }

    // ---- what follows every message -------------------------------------------------------------------------

    private void afterMessage() {
        try {
            tasks.serve();
            boolean changed = false;
            for (int i = 0; i < pools.size(); i++) {
                changed |= pools.get(i).dirty;
            }
            if (changed) {
                reconcileWhatChanged();
            }
        } finally {
            now = null; // or the next message would be judged by the moment of one that failed
            if (hub.hasNews()) {
                section.afterwards(wakeSubscribers);
            }
        }
    }

    private void reconcileWhatChanged() {
        tasks.count();
        pools.forEach(pool -> pool.askRoom(fleet));
        if (sharing.isSet()) {
            pools.forEach(pool -> pool.dirty = true);
        }
        int first = pacing.first(firstPool);
        for (int i = 0; i < pools.size(); i++) {
            PoolState pool = pools.get((first + i) % pools.size());
            if (pool.dirty) {
                pool.dirty = false;
                reconcile(pool);
                availability.look(pool);
            }
        }
        book.changed();
        advertising.tell();
        closing.check();
    }

    private void reconcile(PoolState pool) {
        if (state != CoordinatorState.RUNNING && state != CoordinatorState.DRAINING) {
            return;
        }
        Instant now = scheduler.instant();
        Duration suspicion = state == CoordinatorState.DRAINING || pool.hosts
                ? Duration.ZERO
                : pool.phantoms.look(pool.statistics, pool.idleSince(), now);
        DecisionLog.Considered considered = consider(pool, now);
        PoolRules.Verdict verdict = considered.verdict();
        Target target = considered.target();
        pool.target = target;
        decisionLog.report(pool, considered, now);
        recheck(pool, soonest(verdict.recheck(), target.recheck(), suspicion));
        verdict.retire().forEach(id -> retire(id, "not needed: " + target.reason()));
        pool.successorOwed |= PoolRules.owes(considered.inputs(), verdict);
        verdict.aged().forEach(id -> retire(id, Lifetimes.why(pool)));
        verdict.cancel().forEach(id -> retire(id, "cancelled, another one was sooner"));
        lifecycle.create(pool, verdict.create(), verdict.hedges());
    }

    /** A task of the host's on a runner that is too old is over: it may go before it is given the next. */
    void taskOver(RunnerEntry runner) {
        if (runner.aged) {
            tasks.count();
            reconcile(runner.pool);
        }
    }

    private void retire(RunnerId id, String why) {
        RunnerEntry runner = runners.get(id);
        if (runner != null) {
            lifecycle.deregister(runner, why);
        }
    }

    /** The shortest that is not zero. */
    private static Duration soonest(Duration... waits) {
        Duration best = Duration.ZERO;
        for (Duration wait : waits) {
            if (!wait.isZero() && (best.isZero() || wait.compareTo(best) < 0)) {
                best = wait;
            }
        }
        return best;
    }

    /** What should be done about a pool now. Changes nothing. */
    DecisionLog.Considered consider(PoolState pool, Instant now) {
        PoolView view = pool.view(now);
        Target target = target(pool, view, now);
        var inputs = new PoolRules.Inputs(
                view,
                target,
                pool.covered(),
                sharing.forCreation(pool, target, free(), now),
                room(pool),
                Math.min(
                        Setbacks.mostAtOnce(pool) - pool.startingCount(),
                        Math.min(pool.provider.limits.concurrentCreations() - pool.provider.creating, pacing.slots())),
                pool.isReady(),
                pool.counted || pool.source == SourceState.FAILED,
                pool.backoff != null,
                state == CoordinatorState.DRAINING,
                target.idleTimeout().orElse(pool.rules.idleTimeout()),
                pool.rules.paused(),
                pool.memory.cancellable(target.late()),
                pool.successorOwed);
        PoolRules.Verdict verdict = PoolRules.decide(
                inputs,
                () -> StreamSupport.stream(pool.idle.spliterator(), false)
                        .filter(HealthWatch::mayRetire)
                        .map(runner -> new PoolRules.Idle(runner.id, runner.since))
                        .iterator(),
                () -> Lifetimes.idle(pool).iterator(),
                now);
        return new DecisionLog.Considered(view, target, inputs, verdict);
    }

    private Target target(PoolState pool, PoolView view, Instant now) {
        try {
            Target target = Objects.requireNonNull(pool.rules.policy().target(view, now), "the policy's target");
            pool.policyFails = false;
            return target;
        } catch (Throwable failure) {
            if (!pool.policyFails) {
                pool.policyFails = true;
                LOG.error("{}: the policy of pool {} failed; the pool stays as it is", fleet, pool.name, failure);
            }
            return new Target(view.serving(), "the policy failed: " + failure).withAllowed(view.serving());
        }
    }

    private void recheck(PoolState pool, Duration soonest) {
        if (pool.recheck != null) {
            pool.recheck.cancel();
            pool.recheck = null;
        }
        boolean roomBinds = room(pool) < pool.rules.maxRunners() - pool.occupied();
        boolean later = soonest.isZero() || soonest.compareTo(ROOM_RECHECK) > 0;
        Duration after = roomBinds && later ? ROOM_RECHECK : soonest;
        if (!after.isZero()) {
            pool.recheck = timers.after(after, () -> pool.dirty = true);
        }
    }

    /** How many runners more the fleet may have. */
    int free() {
        long occupied = 0;
        for (PoolState pool : pools) {
            occupied += pool.occupied();
        }
        return (int) Math.max(0, settings.maxRunnersTotal() - occupied);
    }

    /** How many its provider can make beside those it has not been asked for yet. */
    static int room(PoolState pool) {
        return Math.max(0, pool.room - pool.shared.notYetAsked);
    }

    /** Makes no more calls and sets no more timers; what still comes in finds nothing to do. */
    void end() {
        section.end();
        hub.end();
        effects.end();
        timers.end();
    }

    boolean hasEnded() {
        return effects.hasEnded();
    }

    // ---- views ---------------------------------------------------------------------------------------------

    FleetSnapshot snapshot() {
        return new FleetSnapshot(
                fleet,
                journal.epoch(),
                book.version(),
                scheduler.instant(),
                state,
                pools.stream().map(this::snapshot).toList(),
                book.runners(),
                effects.lateResults());
    }

    FleetSnapshot.Pool snapshot(PoolState pool) {
        return pool.snapshot(availability.of(pool), tasks.queue().of(pool), health.overdue(pool));
    }

    MetricsReport.Facts facts() {
        Map<PoolState, Map<Health.Status, Integer>> health = health();
        return new MetricsReport.Facts(
                scheduler.instant(),
                fleet,
                journal.epoch(),
                state,
                settings.maxRunnersTotal(),
                effects.lateResults(),
                tasks.refusals(),
                pools.stream()
                        .map(pool -> pool.facts(
                                health.getOrDefault(pool, Map.of()),
                                availability.of(pool),
                                tasks.queue().of(pool)))
                        .toList());
    }

    private Map<PoolState, Map<Health.Status, Integer>> health() {
        Map<PoolState, Map<Health.Status, Integer>> health = new LinkedHashMap<>();
        for (RunnerEntry runner : runners.values()) {
            if (runner.lookedAt) {
                health.computeIfAbsent(runner.pool, pool -> new EnumMap<>(Health.Status.class))
                        .merge(runner.health.health().status(), 1, Integer::sum);
            }
        }
        return health;
    }

    @Nullable
    PoolState pool(String name) {
        for (PoolState pool : pools) {
            if (pool.name.equals(name)) {
                return pool;
            }
        }
        return null;
    }
}
