package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.internal.journal.LiveEntries;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Listing;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what we believe with what the lists say: once a minute, and sooner after a restart. Finds what a crash left
 * behind, what ended unseen, and what nobody remembers. In the serial section.
 */
final class Lookout {
    private static final Logger LOG = LoggerFactory.getLogger(Lookout.class);
    /** One list may slip; what is missing must be missing this often in a row. */
    static final int PROOF = 2;

    private final FleetLoop loop;
    private final Instant startedAt;
    private final Set<String> reported = new LinkedHashSet<>();
    private final Map<PoolState, Set<String>> unknownLastTime = new LinkedHashMap<>();
    /** When each source is listed next; absent while it is being listed. */
    private final Map<PoolState, TimerHeap.Timeout> nextLook = new LinkedHashMap<>();

    private final Map<ProviderState, Set<RunnerId>> strayLastTime = new LinkedHashMap<>();

    Lookout(FleetLoop loop) {
        this.loop = loop;
        this.startedAt = loop.scheduler.instant();
    }

    /** Takes up what earlier lives of this fleet have journalled. */
    void recover() {
        LiveEntries live = LiveEntries.of(loop.journal.recovered());
        for (ProviderState provider : loop.providers) {
            provider.lookedBefore =
                    pools(provider).allMatch(pool -> live.note(lookedAt(pool)).isPresent());
        }
        for (LiveEntries.Remembered one : live.runners()) {
            PoolState pool = loop.pool(one.pool());
            if (pool == null) {
                LOG.warn(
                        "{}: the journal knows runner {} of pool {}, which this fleet does not have; it is left alone",
                        loop.fleet,
                        one.runner(),
                        one.pool());
            } else {
                adopt(pool, one.runner(), one.since(), one.handle(), "found in the journal").retired = one.retired();
            }
        }
    }

    private Stream<PoolState> pools(ProviderState provider) {
        return loop.pools.stream().filter(pool -> pool.provider == provider);
    }

    /** By what name the journal notes that a pool's machines were looked at; too long for a pool's. */
    private static String lookedAt(PoolState pool) {
        return "paddock-has-seen-all-machines-of-" + pool.name;
    }

    private RunnerEntry adopt(
            PoolState pool, RunnerId id, Instant createdAt, Optional<RunnerHandle> handle, String why) {
        var runner = new RunnerEntry(id, pool, RunnerState.ORPHANED, createdAt, why);
        runner.handle = handle.orElse(null);
        runner.persistent = handle.map(RunnerHandle::isPersistent).orElse(false);
        runner.registersItself = runner.persistent;
        // It may have been asked for as late as this; until then plus its deadline its machine may appear.
        runner.provisionAskedAt = createdAt.plus(Deadlines.JOURNAL).plus(Deadlines.REGISTER);
        runner.provisionAnswered = pool.provider.creationsEnd;
        loop.add(runner);
        loop.lifecycle.timeout(runner, pool.provider.limits.provisionDeadline());
        LOG.info("{}: runner {} of an earlier life: {}", loop.fleet, id, why);
        return runner;
    }

    void start() {
        loop.providers.forEach(this::watch);
    }

    /** A source can be asked from now on. */
    void connected(PoolState pool) {
        if (unknownLastTime.putIfAbsent(pool, Set.of()) == null) {
            watch(pool);
        }
    }

    private boolean over() {
        return loop.closing.isLettingGo();
    }

    private Duration nextLook(boolean unresolved) {
        Duration interval = loop.settings.pace().lookInterval();
        if (unresolved && interval.compareTo(Deadlines.LIMBO_LOOK) > 0) {
            return Deadlines.LIMBO_LOOK;
        }
        return interval.plusMillis(loop.scheduler.random().nextLong(interval.toMillis() / 10));
    }

    /** Registrations that the last list showed as ours, not connected, and of no runner. */
    private Set<String> unclaimed(PoolState pool) {
        return unknownLastTime.getOrDefault(pool, Set.of());
    }

    private boolean unresolved(PoolState pool) {
        return pool.count(RunnerState.ORPHANED) > 0;
    }

    // ---- machines ------------------------------------------------------------------------------------------

    private void watch(ProviderState provider) {
        if (over()) {
            return;
        }
        Instant asked = loop.scheduler.instant();
        loop.effects.<Listing>run(
                "listing machines",
                Deadlines.LIST,
                provider.session::list,
                (listing, failure) -> {
                    boolean whole = listing != null && listing.unreachable().isEmpty();
                    try {
                        if (listing != null) {
                            machines(provider, listing, asked);
                        } else {
                            LOG.warn("{}: the machines cannot be listed: {}", loop.fleet, String.valueOf(failure));
                        }
                    } finally {
                        looked(provider, whole);
                    }
                },
                null);
    }

    private void looked(ProviderState provider, boolean whole) {
        provider.known |= whole || provider.lookedBefore;
        boolean unresolved = !provider.looked && !maySeeNothing(provider, whole);
        for (PoolState pool : loop.pools) {
            if (pool.provider == provider) {
                unresolved |= unresolved(pool);
                pool.dirty |= !provider.looked;
            }
        }
        if (!provider.looked && maySeeNothing(provider, whole)) {
            provider.looked = true;
            if (!provider.lookedBefore) {
                Instant now = loop.scheduler.instant();
                loop.records.append(
                        pools(provider)
                                .map(pool -> JournalEntry.noted(lookedAt(pool), now, "seen"))
                                .toList(),
                        () -> {});
            }
        }
        loop.timers.after(nextLook(unresolved), () -> watch(provider));
    }

    /**
     * Whether runners may be made without having seen a whole list. Who begins without a journal of a life that has seen
     * one may have machines it knows nothing of; but a place that is gone for good must not keep a fleet from working.
     */
    private boolean maySeeNothing(ProviderState provider, boolean whole) {
        Instant patience = startedAt.plus(Deadlines.FIRST_LOOK);
        return whole || provider.lookedBefore || !loop.scheduler.instant().isBefore(patience);
    }

    private void machines(ProviderState provider, Listing listing, Instant asked) {
        Set<RunnerId> seen = new LinkedHashSet<>();
        Set<RunnerId> stray = new LinkedHashSet<>();
        Set<RunnerId> before = strayLastTime.put(provider, stray);
        for (Listing.Machine machine : listing.machines()) {
            RunnerId id = machine.handle().runner();
            seen.add(id);
            RunnerEntry runner = loop.runners.get(id);
            if (runner == null) {
                stray.add(id);
                // A list may have been read before a removal that has ended meanwhile; the first cannot. And what the
                // first whole one shows may not have been seen yet.
                if (before == null || !provider.looked || before.contains(id)) {
                    unknownMachine(provider, machine);
                }
            } else {
                seen(runner, machine);
            }
        }
        for (RunnerEntry runner : new ArrayList<>(loop.runners.values())) {
            if (runner.pool.provider == provider
                    && !seen.contains(runner.id)
                    && runner.since.isBefore(asked)
                    && provesAbsent(listing, runner)) {
                machineMissing(runner);
            }
        }
    }

    /** Whether a list that does not show a runner's machine has read all places where it may be. */
    static boolean provesAbsent(Listing listing, RunnerEntry runner) {
        RunnerProvider.Session session = runner.pool.provider.session;
        try {
            return listing.unreachable().stream()
                    .noneMatch(scope -> session.mayBeIn(scope, runner.id, Optional.ofNullable(runner.handle)));
        } catch (RuntimeException unknown) {
            LOG.warn("where the machine of {} may be cannot be told: {}", runner.id, String.valueOf(unknown));
            return false;
        }
    }

    private void seen(RunnerEntry runner, Listing.Machine machine) {
        runner.machineMissing = 0;
        if (runner.handle == null) {
            runner.handle = machine.handle();
            runner.persistent |= machine.handle().isPersistent();
            runner.registersItself |= runner.persistent;
            loop.tasks.placed(runner);
            loop.book.changed(runner);
        }
        if (runner.state == RunnerState.ORPHANED) {
            runner.machineAlive = machine.alive();
            resolve(runner);
        } else if (!machine.alive() && !runner.exited) {
            ended(runner, "its provider lists it as ended");
        }
    }

    private void machineMissing(RunnerEntry runner) {
        boolean asked = runner.handle != null || runner.provisionAskedAt != null;
        boolean due = asked && !runner.exited && (runner.handle != null || !loop.lifecycle.mayAppear(runner));
        boolean proven = due && ++runner.machineMissing >= PROOF;
        if (runner.state == RunnerState.ORPHANED) {
            if (proven || runner.handle == null) {
                runner.machineAlive = false;
                resolve(runner);
            }
        } else if (proven) {
            ended(runner, "its provider no longer lists it");
        }
    }

    private void ended(RunnerEntry runner, String evidence) {
        loop.intake.exited(
                runner, new RunnerObservation(runner.id, RunnerObservation.Kind.EXITED, OptionalInt.empty(), evidence));
    }

    private void unknownMachine(ProviderState provider, Listing.Machine machine) {
        RunnerId id = machine.handle().runner();
        PoolState pool = loop.pool(machine.handle().pool());
        if (pool == null || pool.provider != provider || !loop.identity.isOurs(pool.name, id.value())) {
            if (reported.add(id.value())) {
                LOG.warn(
                        "{}: machine {} at {} is not provably ours; it is left alone",
                        loop.fleet,
                        id,
                        machine.handle().place());
            }
            return;
        }
        Instant now = loop.scheduler.instant();
        RunnerEntry runner = adopt(
                pool,
                id,
                now,
                Optional.of(machine.handle()),
                "found at " + machine.handle().place());
        runner.machineAlive = machine.alive();
        TimerHeap.Timeout later = nextLook.get(pool);
        if (later != null) {
            later.cancel();
            nextLook.put(pool, loop.timers.after(Deadlines.LIMBO_LOOK, () -> watch(pool)));
        }
        loop.records.append(List.of(JournalEntry.provisioned(id, pool.name, now, machine.handle())), () -> {});
        resolve(runner);
    }

    // ---- registrations -------------------------------------------------------------------------------------

    private void watch(PoolState pool) {
        nextLook.remove(pool);
        var attachment = pool.attachment;
        if (over() || attachment == null) {
            return;
        }
        Instant asked = loop.scheduler.instant();
        loop.effects.<RegistrationList>run(
                "listing registrations",
                Deadlines.LIST,
                attachment::list,
                (list, failure) -> {
                    try {
                        if (list != null) {
                            registrations(pool, list, asked);
                        } else {
                            LOG.warn(
                                    "{}: the registrations of pool {} cannot be listed: {}",
                                    loop.fleet,
                                    pool.name,
                                    String.valueOf(failure));
                        }
                    } finally {
                        pool.dirty = true; // a policy may want something else by now, though nothing has happened
                        boolean doubt = unresolved(pool) || !unclaimed(pool).isEmpty();
                        nextLook.put(pool, loop.timers.after(nextLook(doubt), () -> watch(pool)));
                    }
                },
                null);
    }

    private void registrations(PoolState pool, RegistrationList list, Instant asked) {
        Map<String, RegistrationList.Entry> byName = new LinkedHashMap<>();
        list.entries().forEach(entry -> byName.put(entry.runner(), entry));
        for (RunnerEntry runner : new ArrayList<>(loop.runners.values())) {
            if (runner.pool == pool && runner.since.isBefore(asked)) {
                RegistrationList.Entry entry = byName.get(runner.id.value());
                if (entry != null) {
                    runner.registrationMissing = 0;
                    registered(runner, entry);
                } else if (list.complete()) {
                    registrationMissing(runner);
                }
            }
        }
        leaked(pool, byName);
    }

    private void registered(RunnerEntry runner, RegistrationList.Entry entry) {
        if (runner.state == RunnerState.ORPHANED) {
            runner.registered = Optional.of(entry);
            resolve(runner);
        } else if (entry.presence() == Presence.ONLINE && runner.state == RunnerState.STARTING) {
            if (entry.busy()) {
                runner.worked = true;
                loop.intake.busy(runner, "its source lists it as busy");
            } else {
                loop.intake.listening(runner);
            }
        } else if (entry.busy()) {
            runner.idleInLists = 0;
        } else {
            loop.intake.listedIdle(runner);
        }
    }

    private void registrationMissing(RunnerEntry runner) {
        if (runner.state == RunnerState.ORPHANED) {
            runner.registered = Optional.empty();
            resolve(runner);
        } else if ((runner.state == RunnerState.IDLE
                        || (runner.state == RunnerState.STARTING && !runner.registersItself))
                && ++runner.registrationMissing >= PROOF) {
            loop.lifecycle.deregister(runner, "its source no longer lists it");
        }
    }

    /** Registrations with our name and no runner: left by a crash before this life's journal. */
    private void leaked(PoolState pool, Map<String, RegistrationList.Entry> byName) {
        Set<String> unknown = new LinkedHashSet<>();
        Set<String> before = unclaimed(pool);
        var attachment = pool.attachment;
        byName.forEach((name, entry) -> {
            if (attachment == null
                    || entry.presence() == Presence.ONLINE
                    || !loop.identity.isOurs(pool.name, name)
                    || loop.runners.containsKey(new RunnerId(name))) {
                return;
            }
            unknown.add(name);
            if (before.contains(name)) {
                LOG.info("{}: registration {} has no runner; it is deleted", loop.fleet, name);
                loop.effects.<Deregistration>run(
                        "deregistering " + name,
                        Deadlines.DEREGISTER,
                        () -> attachment.deregister(new RunnerId(name)),
                        (answer, failure) -> {},
                        null);
            }
        });
        unknownLastTime.put(pool, unknown);
    }

    // ---- orphans -------------------------------------------------------------------------------------------

    /** Decides about an orphan once both lists have spoken. */
    private void resolve(RunnerEntry runner) {
        Boolean alive = runner.machineAlive;
        var registered = runner.registered;
        if (alive == null || runner.state != RunnerState.ORPHANED) {
            return;
        }
        if (!alive) {
            runner.exited = runner.handle != null;
            loop.lifecycle.deregister(runner, "its machine is gone");
        } else if (registered != null) {
            runner.provisionAnswered = true;
            if (registered.isEmpty()) {
                loop.lifecycle.deregister(runner, "its registration is gone");
            } else if (runner.retired && runner.held == null) {
                loop.lifecycle.deregister(runner, TaskDesk.RETIRED);
            } else if (runner.pool.hosts
                    ? runner.held != null
                    : registered.get().busy()) {
                runner.worked = true; // what the desk knows of a task is newer than its list
                loop.intake.busy(runner, "adopted; it runs a job");
                if (runner.confirmed()) { // told meanwhile: the list is older
                    loop.enter(runner, RunnerState.DRAINING, "adopted; its job is over");
                    loop.lifecycle.timeout(runner, runner.pool.provider.limits.finishDeadline());
                }
            } else if (registered.get().presence() == Presence.ONLINE) {
                loop.intake.listening(runner);
            } else {
                loop.enter(runner, RunnerState.STARTING, "adopted; not connected yet");
                loop.lifecycle.timeout(runner, runner.pool.provider.limits.startupDeadline());
            }
        }
    }
}
