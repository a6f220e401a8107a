package dev.paddock.github.runner;

import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Numbers of logical CPUs.
 *
 * @param cpus ascending, each once
 */
record CpuSet(List<Integer> cpus) {
    static final CpuSet EMPTY = new CpuSet(List.of());
    /** No kernel knows more; a longer range is a mistake, not a host. */
    private static final int MOST = 1 << 16;

    /** Copies. */
    CpuSet {
        cpus = List.copyOf(new TreeSet<>(cpus));
    }

    static CpuSet of(Collection<Integer> cpus) {
        return new CpuSet(List.copyOf(cpus));
    }

    /** As the kernel writes them, {@code 0-3,8}. */
    static CpuSet parse(String text) {
        SortedSet<Integer> cpus = new TreeSet<>();
        for (String part : text.strip().split(",", -1)) {
            if (part.isEmpty()) {
                continue;
            }
            String[] ends = part.split("-", -1);
            int first = Integer.parseInt(ends[0].strip());
            int last = ends.length == 1 ? first : Integer.parseInt(ends[1].strip());
            if (ends.length > 2 || first < 0 || last < first || last >= MOST) {
                throw new NumberFormatException("no list of CPUs: " + text);
            }
            for (int cpu = first; cpu <= last; cpu++) {
                cpus.add(cpu);
            }
        }
        return of(cpus);
    }

    int size() {
        return cpus.size();
    }

    boolean isEmpty() {
        return cpus.isEmpty();
    }

    /** The CPUs that are in both. */
    CpuSet and(CpuSet other) {
        return of(cpus.stream().filter(other.cpus::contains).toList());
    }

    /** As the kernel and {@code taskset -c} read them. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < cpus.size(); i++) {
            int first = cpus.get(i);
            int last = first;
            while (i + 1 < cpus.size() && cpus.get(i + 1) == last + 1) {
                last = cpus.get(++i);
            }
            text.append(text.length() == 0 ? "" : ",").append(first);
            if (last > first) {
                text.append(last == first + 1 ? "," : "-").append(last);
            }
        }
        return text.toString();
    }
}
