package dev.paddock.github.runner;

import dev.paddock.spi.ProviderContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a {@link LocalRunnerProvider} was told of the host that its runners share. */
record HostOptions(
        CpuBinding binding,
        Optional<Path> cgroup,
        boolean limitMemory,
        List<SharedCache> caches,
        Optional<HostJanitor> janitor,
        Duration every) {
    /** What contradicts itself, or the variables that are set besides. */
    List<String> problems(Set<String> environment) {
        List<String> problems = new ArrayList<>();
        boolean grouped = binding == CpuBinding.CGROUP || binding == CpuBinding.BEST;
        if (binding == CpuBinding.CGROUP && cgroup.isEmpty()) {
            problems.add("cpuBinding CGROUP needs cgroup(…), the group that is delegated to this program");
        }
        if (limitMemory && (cgroup.isEmpty() || !grouped)) {
            problems.add("limitMemory needs cgroup(…), and cpuBinding CGROUP or BEST");
        }
        SortedSet<String> names = new TreeSet<>();
        SortedSet<String> variables = new TreeSet<>(environment);
        variables.addAll(Set.of(Launcher.JIT_CONFIG, Launcher.RUNNER, Launcher.FOLDER));
        List<Path> folders = new ArrayList<>();
        for (SharedCache cache : caches) {
            if (!names.add(cache.name())) {
                problems.add("two caches are called " + cache.name());
            }
            for (Path folder : folders) {
                if (folder.startsWith(cache.folder()) || cache.folder().startsWith(folder)) {
                    problems.add("the caches' folders " + folder + " and " + cache.folder() + " must be apart");
                }
            }
            folders.add(cache.folder());
            SortedSet<String> told = new TreeSet<>(cache.variables().keySet());
            told.addAll(cache.homes().keySet());
            told.stream()
                    .filter(variable -> !variables.add(variable))
                    .forEach(variable ->
                            problems.add("the cache " + cache.name() + " sets " + variable + ", which is set already"));
        }
        return problems;
    }

    /** The shares of one session. */
    HostShares open(Slots slots, ProviderContext context, ProcessTable processes, RunnerFiles files) {
        CpuBinder binder = CpuBinder.of(binding, cgroup, context.fleet());
        Optional<CpuLeases> cpus = binder.binds() ? HostCpus.read().map(CpuLeases::new) : Optional.empty();
        var keeper = new CacheKeeper(
                caches.stream()
                        .map(cache -> CacheFolder.of(cache, processes, context.scheduler()))
                        .toList(),
                processes,
                context.scheduler());
        return new HostShares(
                slots, cpus, binder, keeper, limitMemory, new Chores(janitor, every, context.scheduler()), files);
    }
}
