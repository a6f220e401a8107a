package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds runners to their bounds by whichever way this host has. */
final class CpuBinder {
    private static final Logger LOG = LoggerFactory.getLogger(CpuBinder.class);
    private static final List<Path> TASKSET = List.of(Path.of("/usr/bin/taskset"), Path.of("/bin/taskset"));

    private final Optional<RunnerCgroups> groups;
    private final Optional<Path> taskset;

    /**
     * How one runner is to be started.
     *
     * @param group the control group that the process joins first
     * @param prefix what stands before the program
     */
    record Start(Optional<Path> group, List<String> prefix) {
        static final Start UNBOUND = new Start(Optional.empty(), List.of());
    }

    CpuBinder(Optional<RunnerCgroups> groups, Optional<Path> taskset) {
        this.groups = groups;
        this.taskset = taskset;
    }

    /** Looks for the way, and tells if there is none. */
    static CpuBinder of(CpuBinding wanted, Optional<Path> cgroup, String fleet) {
        return of(wanted, cgroup, TASKSET, fleet);
    }

    static CpuBinder of(CpuBinding wanted, Optional<Path> cgroup, List<Path> tasksets, String fleet) {
        List<String> missing = new ArrayList<>();
        Optional<RunnerCgroups> groups = Optional.empty();
        if (wanted != CpuBinding.NONE && wanted != CpuBinding.TASKSET && cgroup.isPresent()) {
            var found = new RunnerCgroups(cgroup.get());
            Optional<String> problem = found.whyNotUsable();
            problem.ifPresent(missing::add);
            groups = problem.isPresent() ? Optional.empty() : Optional.of(found);
        }
        Optional<Path> taskset = wanted == CpuBinding.NONE
                ? Optional.empty()
                : tasksets.stream().filter(Files::isExecutable).findFirst();
        if (wanted == CpuBinding.CGROUP && groups.isEmpty()) {
            taskset = Optional.empty();
        } else if (wanted != CpuBinding.NONE && taskset.isEmpty()) {
            missing.add("there is no taskset; it comes with util-linux");
        }
        if (wanted != CpuBinding.NONE && groups.isEmpty() && taskset.isEmpty()) {
            LOG.warn("{}: runners are not held to CPUs: {}", fleet, String.join("; ", missing));
        } else if (wanted == CpuBinding.BEST && groups.isEmpty() && cgroup.isPresent()) {
            LOG.info("{}: runners are held to CPUs by taskset: {}", fleet, String.join("; ", missing));
        }
        return new CpuBinder(groups, taskset);
    }

    /** Whether there is a way. */
    boolean binds() {
        return groups.isPresent() || taskset.isPresent();
    }

    Start start(RunnerId runner, Bounds bounds) throws IOException {
        Optional<Path> group = groups.isPresent() ? Optional.of(groups.get().make(runner, bounds)) : Optional.empty();
        boolean pinned = group.isPresent() && Files.exists(group.get().resolve("cpuset.cpus"));
        if (bounds.cpus().isEmpty() || pinned || taskset.isEmpty()) {
            return new Start(group, List.of());
        }
        return new Start(
                group, List.of(taskset.get().toString(), "-c", bounds.cpus().toString()));
    }

    /** What runs in the runner's group, whoever its parent and whatever its environment; nothing without groups. */
    List<ProcessHandle> processes(RunnerId runner) {
        List<ProcessHandle> found = new ArrayList<>();
        if (groups.isPresent()) {
            try {
                groups.get()
                        .processes(runner)
                        .forEach(pid -> ProcessHandle.of(pid).ifPresent(found::add));
            } catch (IOException unreadable) {
                LOG.debug("the group of {} cannot be read: {}", runner, unreadable.toString());
            }
        }
        return found;
    }

    /** Ends all that runs in the runner's group at once, what is being born too; where the kernel cannot, nothing. */
    void kill(RunnerId runner) {
        try {
            if (groups.isPresent() && !groups.get().kill(runner)) {
                LOG.debug("the group of {} cannot be ended as a whole", runner);
            }
        } catch (IOException failure) {
            LOG.debug("the group of {} cannot be ended as a whole: {}", runner, failure.toString());
        }
    }

    /** Nothing of the runner runs any more. */
    void ended(RunnerId runner) {
        try {
            if (groups.isPresent() && !groups.get().remove(runner)) {
                LOG.warn(
                        "{} has ended, but processes {} are left in its group {}",
                        runner,
                        groups.get().processes(runner),
                        groups.get().group(runner));
            }
        } catch (IOException failure) {
            LOG.warn("the group of {} cannot be removed: {}", runner, failure.toString());
        }
    }
}
