package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/** Which runner has which CPUs. A runner that asks for none is in no list: it may use all. */
final class CpuLeases {
    private final HostCpus host;
    private final AtomicReference<SortedMap<RunnerId, CpuSet>> held =
            new AtomicReference<>(Collections.emptySortedMap());

    CpuLeases(HostCpus host) {
        this.host = host;
    }

    /** The runner's CPUs: those it has, else those on which the fewest are. */
    CpuSet lease(RunnerId runner, int cores) {
        if (cores < 1) {
            return CpuSet.EMPTY;
        }
        return held.updateAndGet(
                        now -> now.containsKey(runner) ? now : with(now, runner, host.choose(cores, now.values())))
                .getOrDefault(runner, CpuSet.EMPTY);
    }

    /** What a runner of an earlier life has. */
    void restore(RunnerId runner, CpuSet cpus) {
        if (!cpus.isEmpty()) {
            held.updateAndGet(now -> with(now, runner, cpus));
        }
    }

    void release(RunnerId runner) {
        held.updateAndGet(now -> {
            SortedMap<RunnerId, CpuSet> rest = new TreeMap<>(now);
            rest.remove(runner);
            return rest;
        });
    }

    /** Another runner that has a CPU of this one's. */
    Optional<RunnerId> neighbour(RunnerId runner) {
        SortedMap<RunnerId, CpuSet> now = held.get();
        CpuSet own = now.getOrDefault(runner, CpuSet.EMPTY);
        return now.entrySet().stream()
                .filter(other -> !other.getKey().equals(runner))
                .filter(other -> !other.getValue().and(own).isEmpty())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    int cpus() {
        return host.all().size();
    }

    private static SortedMap<RunnerId, CpuSet> with(SortedMap<RunnerId, CpuSet> now, RunnerId runner, CpuSet cpus) {
        SortedMap<RunnerId, CpuSet> more = new TreeMap<>(now);
        more.put(runner, cpus);
        return more;
    }
}
