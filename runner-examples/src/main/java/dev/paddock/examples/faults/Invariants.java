package dev.paddock.examples.faults;

import dev.paddock.CoordinatorState;
import dev.paddock.FleetSnapshot;
import dev.paddock.Runner;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.JobCompleted;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.FakeRunnerProvider;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What must hold whatever happens. The first violation is kept. */
final class Invariants {
    private static final Duration BETWEEN_AUDITS = Duration.ofSeconds(30);
    /** Long enough for an orphan to be found twice in lists and be undone with retries. */
    private static final Duration LONGEST_WITHOUT_OWNER = Duration.ofMinutes(20);

    /** Failures in a row make a pool wait up to 80 s before the next try, and counters may be stale. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /** It waits for a successor that failures, or a policy, may keep back for some minutes. */
    private static final Duration LONGEST_TOO_OLD = Duration.ofMinutes(10);

    private final VirtualTime time;
    private final ActionsServiceSimulator github;
    private final FakeRunnerProvider machines;
    private final ToIntFunction<String> caps;
    private final int total;
    private final Duration lifetime;
    private final Predicate<RunnerId> intended;
    private final Set<RunnerId> there = new HashSet<>();
    private final Set<RunnerId> surprises = new HashSet<>();
    private final Set<String> told = new HashSet<>();
    private final Map<String, Duration> ownerless = new LinkedHashMap<>();
    private final Map<String, Duration> waitingSince = new LinkedHashMap<>();
    private final Map<String, Duration> tooOldSince = new LinkedHashMap<>();
    private final Map<String, Integer> alive = new LinkedHashMap<>();
    private final Set<RunnerId> struck = new HashSet<>();
    private final Map<RunnerId, Instant> unregistered = new HashMap<>();
    private Duration nextAudit = BETWEEN_AUDITS;
    private boolean room = true;
    private @Nullable String violation;

    Invariants(
            VirtualTime time,
            ActionsServiceSimulator github,
            FakeRunnerProvider machines,
            ToIntFunction<String> caps,
            int total,
            Duration lifetime,
            Predicate<RunnerId> intended) {
        this.time = time;
        this.github = github;
        this.machines = machines;
        this.caps = caps;
        this.total = total;
        this.lifetime = lifetime;
        this.intended = intended;
    }

    @Nullable
    String violation() {
        return violation;
    }

    void violated(String what) {
        if (violation == null) {
            violation = what;
        }
    }

    /** The world ended this machine, not the fleet. */
    void struck(RunnerId runner) {
        struck.add(runner);
    }

    /** No registration was there when its removal was asked for; its machine may make one before it is removed. */
    void unregistered(RunnerId runner, Instant at) {
        unregistered.put(runner, at);
    }

    boolean wasStruck(String runner) {
        return struck.contains(new RunnerId(runner));
    }

    /** After every step of virtual time. */
    void afterStep() {
        alive.clear();
        int all = 0;
        for (FakeRunnerProvider.MachineRecord machine : machines.machines()) {
            if (!intended.test(machine.runner())) {
                violated("machine " + machine.runner() + " exists, and no intent to make it was written");
            }
            if (machine.alive() && !surprises.contains(machine.runner())) {
                all++;
                alive.merge(machine.handle().pool(), 1, Integer::sum);
            }
        }
        alive.forEach((pool, count) -> {
            if (count > caps.applyAsInt(pool)) {
                violated(count + " machines of pool " + pool + ", its maximum is " + caps.applyAsInt(pool));
            }
        });
        if (all > total) {
            violated(all + " machines, the fleet's maximum is " + total + ": "
                    + machines.machines().stream()
                            .filter(FakeRunnerProvider.MachineRecord::alive)
                            .map(FakeRunnerProvider.MachineRecord::runner)
                            .toList());
        }
    }

    /** How many machines of a pool there were after the last step. */
    int machines(String pool) {
        return alive.getOrDefault(pool, 0);
    }

    /** Another life of the coordinator remembers nothing of what it has told. */
    void begins() {
        told.clear();
    }

    void completed(JobCompleted event) {
        if (!told.add(event.job().key() + " on " + event.runner().orElse("no runner"))) {
            violated("the completion of " + event.job().key() + " was told twice");
        }
    }

    /** When a machine ends, before anybody else hears of it. */
    void machineEnds(RunnerId runner) {
        for (JobRecord job : github.jobs()) {
            if (job.state() != JobRecord.State.RUNNING
                    || !job.runner().orElse("").equals(runner.value())) {
                continue;
            }
            Instant asked = unregistered.getOrDefault(runner, Instant.MAX);
            if (job.startedAt().orElse(Instant.MIN).isAfter(asked)) {
                struck(runner);
            } else if (!struck.contains(runner)) {
                violated("runner " + runner + " was removed while it ran job " + job.name());
            }
        }
    }

    /** A machine that was asked for and is not there yet is nobody's once the journal is lost: it is one too many. */
    void forgotten(Set<RunnerId> intended) {
        machines.machines().forEach(machine -> there.add(machine.runner()));
        intended.stream().filter(runner -> !there.contains(runner)).forEach(surprises::add);
    }

    /** A machine that a list kept back from a fleet which has no other way to know of it: it is one too many as well. */
    void keptBack(RunnerId runner) {
        surprises.add(runner);
    }

    /** Whether the world lets machines be made. */
    void roomIsThere(boolean there) {
        room = there;
        waitingSince.clear();
        tooOldSince.clear();
    }

    /** No job is left waiting while a runner for it could be made. */
    private void starving(FleetSnapshot fleet, Duration now) {
        boolean full = fleet.runners().size() >= total;
        for (FleetSnapshot.Pool pool : fleet.pools()) {
            int serving = pool.starting() + pool.idle() + pool.busy();
            boolean free = room
                    && !full
                    && !pool.settings().paused()
                    && fleet.state() == CoordinatorState.RUNNING
                    && serving + pool.leaving() < pool.settings().maxRunners();
            boolean listening = pool.source() == SourceState.CONNECTED;
            if (!listening || !free || pool.statistics().assigned() <= serving) {
                waitingSince.remove(pool.name());
            } else if (now.minus(waitingSince.computeIfAbsent(pool.name(), key -> now))
                            .compareTo(LONGEST_WAIT)
                    > 0) {
                violated("pool " + pool.name() + " has room, and jobs that wait: " + pool);
            }
        }
    }

    /** No runner that stays waits on when it is too old, while its successor could be made. */
    private void aging(FleetSnapshot fleet, Duration now) {
        Set<String> tooOld = new HashSet<>();
        boolean free = room && fleet.runners().size() < total && fleet.state() == CoordinatorState.RUNNING;
        for (FleetSnapshot.Pool pool : fleet.pools()) {
            if (free && pool.name().equals(Episode.STAYS) && !pool.settings().paused()) {
                for (Runner runner : fleet.runners()) {
                    boolean old =
                            Duration.between(runner.createdAt(), fleet.at()).compareTo(lifetime) > 0;
                    if (runner.pool().equals(pool.name()) && runner.state() == RunnerState.IDLE && old) {
                        tooOld.add(runner.id().value());
                    }
                }
            }
        }
        tooOldSince.keySet().retainAll(tooOld);
        for (String runner : tooOld) {
            if (now.minus(tooOldSince.computeIfAbsent(runner, key -> now)).compareTo(LONGEST_TOO_OLD) > 0) {
                violated("runner " + runner + " is idle and older than " + lifetime + ", and stays");
            }
        }
    }

    /** Whatever exists outside has an owner, or finds one or its end in bounded time. */
    void audit(@Nullable FleetSnapshot fleet) {
        Duration now = time.elapsed();
        if (now.compareTo(nextAudit) < 0) {
            return;
        }
        nextAudit = now.plus(BETWEEN_AUDITS);
        if (fleet == null) {
            ownerless.clear();
            waitingSince.clear();
            tooOldSince.clear();
            return;
        }
        starving(fleet, now);
        aging(fleet, now);
        Set<String> owned = new HashSet<>();
        for (Runner runner : fleet.runners()) {
            owned.add(runner.id().value());
        }
        Set<String> outside = new LinkedHashSet<>();
        machines.machines().forEach(machine -> outside.add(machine.runner().value()));
        github.registrations().forEach(registration -> outside.add(registration.name()));
        ownerless.keySet().removeIf(name -> !outside.contains(name) || owned.contains(name));
        for (String name : outside) {
            if (!owned.contains(name)) {
                Duration since = ownerless.computeIfAbsent(name, key -> now);
                if (now.minus(since).compareTo(LONGEST_WITHOUT_OWNER) > 0) {
                    violated(name + " exists outside and has had no owner for " + now.minus(since));
                }
            }
        }
    }

    /** When all is over and the fleet is closed. */
    void atEnd(List<JobRecord> lastAttempts) {
        for (JobRecord job : lastAttempts) {
            if (job.state() != JobRecord.State.DONE) {
                violated("job " + job.name() + " of run " + job.runId() + " is still " + job.state());
            }
        }
        machines.machines().forEach(machine -> violated("machine " + machine.runner() + " is left"));
        github.registrations().forEach(left -> violated("registration " + left.name() + " is left"));
        github.violations().forEach(request -> violated("the protocol was broken by " + request));
        github.sessions().forEach(left -> violated("session " + left + " is left"));
    }
}
