package dev.paddock.internal.multirunner;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The process of a task. A number alone does not name one, for it is given again; so it must have begun when it did.
 *
 * @param pid its number
 * @param startedAt in milliseconds
 * @param descendants those that it had when it was asked to end: the system forgets whose they were once it has ended
 */
public record TaskProcess(long pid, long startedAt, List<TaskProcess> descendants) {
    /** Linux tells a process's beginning by the boot's, which is known to a second only and may be read anew. */
    private static final long TOLERANCE = 1000;

    /** What has to be done to a process once the change is written. */
    record Signal(TaskProcess process, boolean force) {
        void send() {
            List<ProcessHandle> all = new ArrayList<>();
            process.collect(all);
            all.forEach(this::send);
        }

        /** Not to this process, which may be one of the task's and cannot be ended so: it ends when its work is done. */
        private void send(ProcessHandle to) {
            if (to.equals(ProcessHandle.current())) {
                return;
            }
            if (force) {
                to.destroyForcibly();
            } else {
                to.destroy();
            }
        }
    }

    TaskProcess(long pid, long startedAt) {
        this(pid, startedAt, List.of());
    }

    public static TaskProcess of(ProcessHandle handle) {
        Instant start = handle.info()
                .startInstant()
                .filter(known -> handle.isAlive())
                .orElseThrow(() -> new IllegalArgumentException("process " + handle.pid()
                        + " has ended, or the system does not say when it began; a task can be given without one"));
        return new TaskProcess(handle.pid(), start.toEpochMilli());
    }

    /** Each behind those that came from it. */
    private void collect(List<ProcessHandle> to) {
        descendants.forEach(known -> known.collect(to));
        find().ifPresent(found -> {
            to.addAll(found.descendants().toList());
            to.add(found);
        });
    }

    /** The same, with those that came from it and live. */
    TaskProcess withDescendants() {
        List<TaskProcess> living = find().stream()
                .flatMap(ProcessHandle::descendants)
                .flatMap(each -> each.info().startInstant().stream()
                        .map(start -> new TaskProcess(each.pid(), start.toEpochMilli())))
                .toList();
        return new TaskProcess(pid, startedAt, living);
    }

    /** The process, if it is still that one. */
    private Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(found -> found.info()
                        .startInstant()
                        .map(start -> Math.abs(start.toEpochMilli() - startedAt) <= TOLERANCE)
                        .orElse(false));
    }
}
