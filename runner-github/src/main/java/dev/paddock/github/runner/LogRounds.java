package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks whether the runners of a session have said anything, at all of them in one round. A runner's lane is asked only
 * if there is something to read, for a timer and a turn of a thread for each look cost many times what the look does.
 */
final class LogRounds {
    /** How often. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Scheduler scheduler;
    private final ProcessTable processes;
    private final AtomicBoolean closed;
    private final ConcurrentMap<RunnerId, Watch> watches = new ConcurrentSkipListMap<>();
    /** Whether a round is to come. Without runners there is none. */
    private final AtomicBoolean going = new AtomicBoolean();

    /**
     * One that is looked at.
     *
     * @param found its process, if this session has not started it: then nobody tells of its end
     * @param asked whether its lane is to look already
     */
    private record Watch(LocalRunner runner, ProgramOutput output, Optional<ProcessHandle> found, AtomicBoolean asked) {
        boolean hasNews(ProcessTable processes) {
            return output.hasNews() || (found.isPresent() && !processes.runs(found.get()));
        }

        void look() {
            asked.set(false);
            runner.look();
        }
    }

    LogRounds(Scheduler scheduler, ProcessTable processes, AtomicBoolean closed) {
        this.scheduler = scheduler;
        this.processes = processes;
        this.closed = closed;
    }

    void add(LocalRunner runner, ProgramOutput output, Optional<ProcessHandle> found) {
        watches.put(runner.id(), new Watch(runner, output, found, new AtomicBoolean()));
        if (going.compareAndSet(false, true)) {
            later();
        }
    }

    void remove(LocalRunner runner) {
        watches.remove(runner.id());
    }

    private void later() {
        if (!closed.get()) {
            scheduler.schedule(LOOK, () -> scheduler.effects().execute(this::round));
        }
    }

    private void round() {
        for (Watch watch : watches.values()) {
            if (!closed.get() && watch.hasNews(processes) && watch.asked().compareAndSet(false, true)) {
                watch.runner().lane().run(watch::look);
            }
        }
        if (!watches.isEmpty()) {
            later();
            return;
        }
        going.set(false);
        if (!watches.isEmpty() && going.compareAndSet(false, true)) { // one came between
            later();
        }
    }
}
