package dev.paddock.multirunner;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One runner of a {@link MultiRunner}, as it was when it was asked for.
 *
 * @param id such as {@code runner-001}
 * @param name such as {@code slate-gpu-heavy-01}
 * @param profile the name of its {@link dev.paddock.RunnerProfile}
 * @param gpu the index of the GPU it is bound to, of several the first; empty for none
 * @param devices UUIDs of what it is bound to; empty for none or if the file does not tell
 * @param status what it does
 * @param task what it runs; empty if nothing
 * @param startedAt since when; empty if it runs nothing or the file does not tell
 * @param tasksCompleted how many tasks succeeded on it
 * @param draining whether it is removed once its task is complete
 */
public record PoolRunner(
        String id,
        String name,
        String profile,
        OptionalInt gpu,
        List<String> devices,
        Status status,
        Optional<String> task,
        Optional<Instant> startedAt,
        long tasksCompleted,
        boolean draining) {
    /** What a runner does. */
    public enum Status {
        /** It waits for a task. */
        IDLE("idle"),
        /** It has a task. */
        RUNNING("running"),
        /** Its last task failed, and it recovers. */
        ERROR("error");

        private final String key;

        Status(String key) {
            this.key = key;
        }

        /**
         * The word in files and reports.
         *
         * @return {@code idle}, {@code running} or {@code error}
         */
        public String key() {
            return key;
        }
    }

    /** Copies. */
    public PoolRunner {
        devices = List.copyOf(devices);
    }
}
