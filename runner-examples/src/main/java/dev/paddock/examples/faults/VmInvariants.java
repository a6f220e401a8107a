package dev.paddock.examples.faults;

import dev.paddock.FleetSnapshot;
import dev.paddock.RunnerId;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeQuota;
import dev.paddock.testkit.ComputeRequest;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.VirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What must hold of VMs, quotas and registrations whatever happens. The first violation is kept. */
final class VmInvariants {
    private static final Duration BETWEEN_AUDITS = Duration.ofSeconds(30);
    /** Long enough for an orphan to be found twice in lists and be undone with retries, places unreachable included. */
    private static final Duration LONGEST_WITHOUT_OWNER = Duration.ofMinutes(25);
    /** A creation that was promised its quota may be sent as late as this. */
    private static final Duration CREATION = Duration.ofMinutes(6);
    /** What was read before that is not relied on. */
    private static final Duration READING = Duration.ofMinutes(10);
    /** What takes longer to make got stuck. */
    private static final Duration LONGEST_INSERT = Duration.ofSeconds(90);
    /** A reading that is newer may not have been heard of. */
    private static final Duration UNHEARD = Duration.ofSeconds(10);

    private final VirtualTime time;
    private final VmWorld world;
    private final Map<String, Integer> maxima;
    private final int total;
    private final Predicate<RunnerId> intended;
    private final Set<String> struck = new HashSet<>();
    /** Runners that a lost journal knew of: they may be one too many. */
    private final Set<String> surprises = new HashSet<>();

    private final Map<String, Instant> changed = new HashMap<>();
    private final Map<String, Integer> refusals = new HashMap<>();
    private final Map<Long, ComputeInstance> strangers = new LinkedHashMap<>();
    private final Map<String, Duration> ownerless = new LinkedHashMap<>();
    private Instant begun;
    private Duration nextAudit = BETWEEN_AUDITS;
    private Duration nextLook = Duration.ZERO;
    private int changes;
    private @Nullable String violation;

    VmInvariants(
            VirtualTime time,
            VmWorld world,
            Map<String, Integer> maxima,
            int total,
            Predicate<RunnerId> intended,
            List<ComputeInstance> strangers) {
        this.time = time;
        this.world = world;
        this.maxima = maxima;
        this.total = total;
        this.intended = intended;
        strangers.forEach(vm -> this.strangers.put(vm.id(), vm));
        begun = time.now();
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

    void struck(String vm) {
        struck.add(vm);
    }

    boolean wasStruck(String vm) {
        return struck.contains(vm);
    }

    /** Others took of a quota, gave some back, or changed it. */
    void othersChanged(String scope) {
        changed.put(scope, time.now());
    }

    /** Another life of the coordinator knows no quota yet. */
    void begins() {
        begun = time.now();
        ownerless.clear();
    }

    void forgotten(Set<RunnerId> lost) {
        lost.forEach(runner -> surprises.add(runner.value()));
    }

    // ---- at every step -------------------------------------------------------------------------------------

    /** After each step in which a request may have changed something, and each second of virtual time. */
    void afterStep() {
        int now = 0;
        for (ComputeRoute route : List.of(
                ComputeRoute.INSERT_INSTANCE,
                ComputeRoute.BULK_INSERT,
                ComputeRoute.DELETE_INSTANCE,
                ComputeRoute.SET_LABELS,
                ComputeRoute.SET_METADATA)) {
            now += world.compute.count(route);
        }
        if (now != changes || time.elapsed().compareTo(nextLook) >= 0) {
            changes = now;
            nextLook = time.elapsed().plusSeconds(1);
            List<ComputeInstance> vms = world.compute.instances();
            ours(vms);
            strangers(vms);
            quotas();
            if (!world.compute.busyDeletions().isEmpty()) {
                violated("a VM was deleted while it ran a job: " + world.compute.busyDeletions());
            }
        }
    }

    private void ours(List<ComputeInstance> vms) {
        Map<String, Integer> pools = new TreeMap<>();
        Set<String> names = new HashSet<>();
        int all = 0;
        for (ComputeInstance vm : vms) {
            if (!VmWorld.isOurs(vm)) {
                continue;
            }
            if (!names.add(vm.name())) {
                violated("there are two VMs of runner " + vm.name());
            }
            if (!intended.test(new RunnerId(vm.name()))) {
                violated("VM " + vm.name() + " exists, and no intent to make it was written");
            }
            if (!surprises.contains(vm.name())) {
                all++;
                pools.merge(VmWorld.poolOf(vm), 1, Integer::sum);
            }
        }
        pools.forEach((pool, count) -> {
            if (count > maxima.getOrDefault(pool, 0)) {
                violated(count + " VMs of pool " + pool + ", its maximum is " + maxima.get(pool) + ": " + names);
            }
        });
        if (all > total) {
            violated(all + " VMs, the fleet's maximum is " + total + ": " + names);
        }
        world.compute.jitConfigs().values().forEach(holders -> {
            if (holders.size() > 1) {
                violated("one registration is in " + holders);
            }
        });
    }

    private void strangers(List<ComputeInstance> vms) {
        Map<Long, ComputeInstance> now = new HashMap<>();
        vms.forEach(vm -> now.put(vm.id(), vm));
        strangers.forEach((id, before) -> {
            ComputeInstance vm = now.get(id);
            boolean same = vm != null
                    && List.of("PROVISIONING", "STAGING", "RUNNING").contains(vm.status())
                    && vm.labels().equals(before.labels())
                    && vm.metadata().equals(before.metadata());
            if (!same) {
                violated("the VM of somebody else was touched: " + before + ", now " + vm);
            }
        });
    }

    private void quotas() {
        for (ComputeQuota quota : world.compute.quotas()) {
            String key = quota.scope() + "/" + quota.metric();
            int before = refusals.getOrDefault(key, 0);
            if (quota.refusals() > before) {
                refusals.put(key, quota.refusals());
                if (!excused(quota.scope())) {
                    violated("a VM was asked for beyond a quota that could be known: " + quota);
                }
            }
            if (quota.peak() > quota.limit() && !changed.containsKey(quota.scope())) {
                violated("a quota was exceeded: " + quota);
            }
        }
    }

    /** Whether nobody could know: others took some a short while ago, or it was not to be read. */
    private boolean excused(String scope) {
        Instant now = time.now();
        Instant since = changed.getOrDefault(scope, Instant.EPOCH);
        if (since.isAfter(now.minus(CREATION)) || hidesUsage(now)) {
            return true;
        }
        Instant from = List.of(since, begun, now.minus(READING)).stream()
                .max(Instant::compareTo)
                .orElse(now);
        ComputeRoute route = scope.equals(VmWorld.GLOBAL) ? ComputeRoute.GET_PROJECT : ComputeRoute.LIST_REGIONS;
        return world.compute.requests().stream()
                .filter(request -> request.route() == route && request.fault().isEmpty())
                .map(ComputeRequest::at)
                .noneMatch(at -> at.isAfter(from) && at.isBefore(now.minus(UNHEARD)));
    }

    /** Usage that is shown late is not seen of VMs that an earlier life asked for, or that never come to run. */
    private boolean hidesUsage(Instant now) {
        return world.late
                && (begun.isAfter(now.minus(CREATION)) || world.ours().stream().anyMatch(vm -> isUnseen(vm, now)));
    }

    private static boolean isUnseen(ComputeInstance vm, Instant now) {
        boolean coming = vm.status().equals("PROVISIONING") || vm.status().equals("STAGING");
        return coming
                ? vm.createdAt().isBefore(now.minus(LONGEST_INSERT))
                : !vm.status().equals("RUNNING");
    }

    // ---- now and then --------------------------------------------------------------------------------------

    /** Whatever exists outside has an owner, or finds one or its end in bounded time. */
    void audit(@Nullable FleetSnapshot fleet) {
        Duration now = time.elapsed();
        if (now.compareTo(nextAudit) < 0) {
            return;
        }
        nextAudit = now.plus(BETWEEN_AUDITS);
        if (fleet == null) {
            ownerless.clear();
            return;
        }
        Set<String> owned = new HashSet<>();
        fleet.runners().forEach(runner -> owned.add(runner.id().value()));
        Set<String> outside = new HashSet<>();
        world.ours().forEach(vm -> outside.add(vm.name()));
        world.github.registrations().forEach(registration -> outside.add(registration.name()));
        ownerless.keySet().removeIf(name -> !outside.contains(name) || owned.contains(name));
        outside.stream().sorted().filter(name -> !owned.contains(name)).forEach(name -> {
            Duration since = ownerless.computeIfAbsent(name, key -> now);
            if (now.minus(since).compareTo(LONGEST_WITHOUT_OWNER) > 0) {
                violated(name + " exists outside and has had no owner for " + now.minus(since));
            }
        });
    }

    void nothingIsLeft(String when) {
        world.ours().forEach(vm -> violated("VM " + vm + " is left " + when));
    }

    /** When all is over and the fleet is closed. */
    void atEnd(List<JobRecord> lastAttempts) {
        for (JobRecord job : lastAttempts) {
            if (job.state() != JobRecord.State.DONE) {
                violated("job " + job.name() + " of run " + job.runId() + " is still " + job.state());
            }
        }
        nothingIsLeft("at the end");
        world.github.registrations().forEach(left -> violated("registration " + left.name() + " is left"));
        world.github.violations().forEach(request -> violated("the protocol was broken by " + request));
        world.compute.violations().forEach(request -> violated("Compute Engine's rules were broken by " + request));
        world.github.sessions().forEach(left -> violated("session " + left + " is left"));
    }
}
