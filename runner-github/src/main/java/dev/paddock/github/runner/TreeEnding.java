package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends everything a runner has started: asks the program as the official service host does, waits, ends by force,
 * children first, and looks again until nothing is left. A program that is asked ends its job itself; what it leaves is
 * asked once it is gone. Its processes are the program, their descendants, on Linux whatever carries the runner's marks
 * though its parent is gone, and whatever else its owner knows. Confined to the runner's lane.
 */
final class TreeEnding {
    /** After the grace: how long processes that are ended by force may take to be gone. */
    static final Duration FORCE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(TreeEnding.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    /** Whose processes are ended. All is called in its lane. */
    interface Owner {
        /** What it is called in messages. */
        String name();

        Lane lane();

        /** The variables that every process of it inherits, and no other process has all of. */
        Map<String, String> marks();

        /** What else runs of it, such as all that its control group holds. */
        default List<ProcessHandle> others() {
            return List.of();
        }

        /** Whether its program runs, as it knows. */
        boolean isRunning();

        /** Asks the program to end. */
        void ask(ProcessHandle program);

        /** The grace is over: what is left is ended by force. Called until nothing is left. */
        void endsByForce();

        /** Why it is not to be gone on with; empty if it is. */
        Optional<RunnerException> whyGivenUp();
    }

    private final Owner owner;
    private final ProcessTable processes;
    private final Scheduler scheduler;
    private final Duration grace;
    private final @Nullable ProcessHandle root;
    private final CompletableFuture<Boolean> result = new CompletableFuture<>();
    private final Set<ProcessHandle> seen = new LinkedHashSet<>();
    private final Set<ProcessHandle> asked = new LinkedHashSet<>();
    private final long begun;
    private Duration pause = FIRST_PAUSE;

    TreeEnding(Owner owner, @Nullable ProcessHandle root, ProcessTable processes, Scheduler scheduler, Duration grace) {
        this.owner = owner;
        this.root = root;
        this.processes = processes;
        this.scheduler = scheduler;
        this.grace = grace;
        begun = scheduler.nanoTime();
    }

    /** Completes in the lane when nothing is left; fails with a {@link RunnerException} that names what does not end. */
    CompletableFuture<Boolean> result() {
        return result;
    }

    void begin() {
        try {
            step();
        } catch (Throwable failure) {
            result.completeExceptionally(failure);
        }
    }

    private void step() {
        Optional<RunnerException> givenUp = owner.whyGivenUp();
        if (givenUp.isPresent()) {
            throw givenUp.get();
        }
        Collection<ProcessHandle> left = hunt();
        // A look that finds nothing can have missed what was being born; two in a row cannot.
        if (left.isEmpty() && !owner.isRunning() && hunt().isEmpty()) {
            result.complete(true);
            return;
        }
        Duration elapsed = Duration.ofNanos(scheduler.nanoTime() - begun);
        if (elapsed.compareTo(grace.plus(FORCE)) > 0) {
            throw stubborn(left);
        }
        boolean force = elapsed.compareTo(grace) >= 0;
        if (force) {
            owner.endsByForce();
        }
        end(left, force);
        scheduler.schedule(pause, () -> owner.lane().run(this::begin));
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }

    private void end(Collection<ProcessHandle> left, boolean force) {
        List<ProcessHandle> childrenFirst = new ArrayList<>(left);
        Collections.reverse(childrenFirst);
        if (force) {
            for (ProcessHandle process : childrenFirst) {
                LOG.debug("{}: process {} is ended by force", owner.name(), process.pid());
                process.destroyForcibly();
            }
        } else if (root != null && processes.runs(root)) {
            if (asked.add(root)) {
                owner.ask(root);
            }
        } else {
            childrenFirst.stream().filter(asked::add).forEach(ProcessHandle::destroy);
        }
    }

    /** The processes of the runner that run now, the program first. */
    private Collection<ProcessHandle> hunt() {
        Map<Long, ProcessHandle> found = new LinkedHashMap<>();
        List<ProcessHandle> roots = new ArrayList<>();
        if (root != null) {
            roots.add(root);
        }
        roots.addAll(seen);
        roots.addAll(processes.marked(owner.marks()));
        roots.addAll(owner.others());
        for (ProcessHandle process : roots) {
            if (!found.containsKey(process.pid()) && processes.runs(process)) {
                found.putIfAbsent(process.pid(), process);
                process.descendants().filter(processes::runs).forEach(child -> found.putIfAbsent(child.pid(), child));
            }
        }
        found.remove(ProcessHandle.current().pid());
        seen.clear();
        seen.addAll(found.values());
        return found.values();
    }

    private RunnerException stubborn(Collection<ProcessHandle> left) {
        String pids =
                left.stream().map(process -> String.valueOf(process.pid())).collect(Collectors.joining(", "));
        return Host.retryable(
                owner.name() + ": processes " + pids + " do not end, not even by force; end them as their owner", null);
    }
}
