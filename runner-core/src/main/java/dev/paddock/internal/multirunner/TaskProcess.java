package dev.paddock.internal.multirunner;

import java.time.Instant;
import java.util.Optional;

/**
 * The process of a task. A number alone does not name one, for it is given again; so it must have begun when it did.
 *
 * @param pid its number
 * @param startedAt in milliseconds
 */
public record TaskProcess(long pid, long startedAt) {
    /** Linux tells a process's beginning by the boot's, which is known to a second only and may be read anew. */
    private static final long TOLERANCE = 1000;

    /** What has to be done to a process once the change is written. */
    record Signal(TaskProcess process, boolean force) {
        void send() {
            process.find().ifPresent(found -> {
                found.descendants().toList().forEach(this::send);
                send(found);
            });
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

    public static TaskProcess of(ProcessHandle handle) {
        Instant start = handle.info()
                .startInstant()
                .filter(known -> handle.isAlive())
                .orElseThrow(() -> new IllegalArgumentException("process " + handle.pid()
                        + " has ended, or the system does not say when it began; a task can be given without one"));
        return new TaskProcess(handle.pid(), start.toEpochMilli());
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
