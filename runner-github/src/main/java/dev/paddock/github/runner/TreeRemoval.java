package dev.paddock.github.runner;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Removal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends everything a runner has started: asks the program as the official service host does, waits, ends by force,
 * children first, and looks again until nothing is left. A program that is asked ends its job itself; what it leaves is
 * asked once it is gone. Its processes are the program, their descendants, and on Linux whatever carries the runner's marks though its parent is
 * gone. Confined to the runner's lane.
 */
final class TreeRemoval {
    /** After the grace: how long processes that are ended by force may take to be gone. */
    static final Duration FORCE = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(TreeRemoval.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

    private final LocalRunner runner;
    private final Host host;
    private final @Nullable ProcessHandle root;
    private final CompletableFuture<Removal> result = new CompletableFuture<>();
    private final Set<ProcessHandle> seen = new LinkedHashSet<>();
    private final Set<ProcessHandle> asked = new LinkedHashSet<>();
    private final long begun;
    private Duration pause = FIRST_PAUSE;

    TreeRemoval(LocalRunner runner, @Nullable ProcessHandle root) {
        this.runner = runner;
        this.host = runner.host();
        this.root = root;
        begun = host.scheduler().nanoTime();
    }

    CompletableFuture<Removal> result() {
        return result;
    }

    void nothingToDo() {
        result.complete(Removal.ALREADY_GONE);
    }

    void begin() {
        try {
            step();
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void step() {
        if (host.closed().get()) {
            fail(Host.retryable(runner.id() + ": its provider was closed while it was removed", null));
            return;
        }
        Collection<ProcessHandle> left = hunt();
        // A look that finds nothing can have missed what was being born; two in a row cannot.
        if (left.isEmpty() && !runner.isRunning() && hunt().isEmpty()) {
            runner.keepDiagnostics().whenComplete((kept, never) -> runner.lane().run(this::takeAway));
            return;
        }
        Duration elapsed = Duration.ofNanos(host.scheduler().nanoTime() - begun);
        if (elapsed.compareTo(host.settings().grace().plus(FORCE)) > 0) {
            fail(stubborn(left));
            return;
        }
        boolean force = elapsed.compareTo(host.settings().grace()) >= 0;
        if (force) {
            runner.endsByForce();
        }
        end(left, force);
        host.scheduler().schedule(pause, () -> runner.lane().run(this::begin));
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }

    private void takeAway() {
        try {
            Removal removal = runner.takeAway();
            runner.removalOver();
            result.complete(removal);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void end(Collection<ProcessHandle> left, boolean force) {
        List<ProcessHandle> childrenFirst = new ArrayList<>(left);
        Collections.reverse(childrenFirst);
        if (force) {
            for (ProcessHandle process : childrenFirst) {
                LOG.debug("{}: {}: process {} is ended by force", host.fleet(), runner.id(), process.pid());
                process.destroyForcibly();
            }
        } else if (root != null && host.processes().runs(root)) {
            if (asked.add(root)) {
                host.launcher().ask(root, host);
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
        roots.addAll(host.processes().marked(host.launcher().marks(runner.id())));
        for (ProcessHandle process : roots) {
            if (!found.containsKey(process.pid()) && host.processes().runs(process)) {
                found.putIfAbsent(process.pid(), process);
                process.descendants()
                        .filter(host.processes()::runs)
                        .forEach(child -> found.putIfAbsent(child.pid(), child));
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
                runner.id() + ": processes " + pids + " do not end, not even by force; end them as their owner", null);
    }

    private void fail(Throwable failure) {
        runner.removalOver();
        result.completeExceptionally(failure);
    }
}
