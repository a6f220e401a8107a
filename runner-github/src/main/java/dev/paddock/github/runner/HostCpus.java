package dev.paddock.github.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The CPUs that this program may use, by the physical core they are threads of.
 *
 * @param cores of each physical core the CPUs that may be used; disjoint, ordered by the first
 */
record HostCpus(List<CpuSet> cores) {
    private static final String ALLOWED = "Cpus_allowed_list:";

    /** Copies and orders. */
    HostCpus {
        cores = cores.stream()
                .filter(core -> !core.isEmpty())
                .sorted(Comparator.comparing(core -> core.cpus().get(0)))
                .toList();
    }

    /** Of this host; empty where there is no {@code /proc}, as on macOS and Windows. */
    static Optional<HostCpus> read() {
        return read(Path.of("/proc"), Path.of("/sys"));
    }

    /**
     * Which CPUs are threads of one core is asked of the kernel: their numbers follow no rule. One of which it says
     * nothing counts as a core by itself.
     */
    static Optional<HostCpus> read(Path proc, Path sys) {
        Optional<CpuSet> allowed = allowed(proc.resolve("self/status"));
        if (allowed.isEmpty() || allowed.get().isEmpty()) {
            return Optional.empty();
        }
        List<CpuSet> cores = new ArrayList<>();
        NavigableSet<Integer> left = new TreeSet<>(allowed.get().cpus());
        while (!left.isEmpty()) {
            int cpu = left.first();
            CpuSet siblings = siblings(sys, cpu);
            List<Integer> core = left.stream()
                    .filter(one -> one == cpu || siblings.cpus().contains(one))
                    .toList();
            core.forEach(left::remove);
            cores.add(CpuSet.of(core));
        }
        return Optional.of(new HostCpus(cores));
    }

    private static CpuSet siblings(Path sys, int cpu) {
        Path file = sys.resolve("devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list");
        try {
            return CpuSet.parse(Files.readString(file, StandardCharsets.US_ASCII));
        } catch (IOException | NumberFormatException unknown) {
            return CpuSet.EMPTY;
        }
    }

    /** What a process may run on, by its status file; empty if that cannot be read. */
    static Optional<CpuSet> allowed(Path status) {
        try {
            return new String(Files.readAllBytes(status), StandardCharsets.ISO_8859_1)
                    .lines()
                    .filter(line -> line.startsWith(ALLOWED))
                    .map(line -> CpuSet.parse(line.substring(ALLOWED.length())))
                    .findFirst();
        } catch (IOException | NumberFormatException unknown) {
            return Optional.empty();
        }
    }

    CpuSet all() {
        return CpuSet.of(cores.stream().flatMap(core -> core.cpus().stream()).toList());
    }

    /**
     * The CPUs for one more runner: those on which the fewest runners are, so that sets are disjoint while CPUs last and
     * what is too much is spread evenly. Of equals whole cores come first, then the rest of cores that are in use, then
     * the lowest numbers.
     *
     * @param wanted how many; all if that is more than there are
     * @param held what runners have now
     */
    CpuSet choose(int wanted, Iterable<CpuSet> held) {
        SortedMap<Integer, Integer> users = new TreeMap<>();
        all().cpus().forEach(cpu -> users.put(cpu, 0));
        held.forEach(set -> set.cpus().forEach(cpu -> users.computeIfPresent(cpu, (one, count) -> count + 1)));
        SortedSet<Integer> chosen = new TreeSet<>();
        int most = Math.min(wanted, users.size());
        while (chosen.size() < most) {
            int fewest = users.entrySet().stream()
                    .filter(cpu -> !chosen.contains(cpu.getKey()))
                    .mapToInt(Map.Entry::getValue)
                    .min()
                    .orElseThrow();
            List<CpuSet> free = cores.stream()
                    .map(core -> CpuSet.of(core.cpus().stream()
                            .filter(cpu -> users.getOrDefault(cpu, 0) == fewest && !chosen.contains(cpu))
                            .toList()))
                    .toList();
            take(free, most, chosen);
        }
        return CpuSet.of(chosen);
    }

    private void take(List<CpuSet> free, int most, SortedSet<Integer> chosen) {
        for (int i = 0; i < free.size(); i++) {
            boolean whole = free.get(i).size() == cores.get(i).size();
            if (whole && free.get(i).size() <= most - chosen.size()) {
                chosen.addAll(free.get(i).cpus());
            }
        }
        List<CpuSet> parts = new ArrayList<>();
        for (int i = 0; i < free.size(); i++) {
            if (!chosen.containsAll(free.get(i).cpus())) {
                parts.add(free.get(i));
            }
        }
        parts.sort(Comparator.comparingInt(CpuSet::size));
        for (CpuSet part : parts) {
            for (int cpu : part.cpus()) {
                if (chosen.size() < most) {
                    chosen.add(cpu);
                }
            }
        }
    }
}
