package dev.paddock.spi;

import dev.paddock.RunnerId;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Something a provider saw of one runner.
 *
 * @param runner the runner
 * @param kind what was seen
 * @param exitCode the exit code of the runner program, with {@link Kind#EXITED} if known
 * @param evidence words for a person: the marker line, the end of the log; without secrets
 */
public record RunnerObservation(RunnerId runner, Kind kind, OptionalInt exitCode, String evidence) {
    /** What was seen. */
    public enum Kind {
        /** The runner is connected and waits for a job. */
        LISTENING,
        /** The runner runs a job. */
        WORKING,
        /** The runner's job is over. */
        JOB_DONE,
        /** The runner lost its connection and is reconnecting by itself. */
        RECONNECTING,
        /** The runner replaces itself by a newer version. */
        UPDATING,
        /** The machine or process is gone. Nothing else is ever said of this runner. */
        EXITED
    }

    /** Checks for nulls. */
    public RunnerObservation {
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(exitCode, "exitCode");
        Objects.requireNonNull(evidence, "evidence");
    }

    /**
     * An observation without an exit code.
     *
     * @param runner the runner
     * @param kind what was seen
     * @param evidence words for a person
     * @return the observation
     */
    public static RunnerObservation of(RunnerId runner, Kind kind, String evidence) {
        return new RunnerObservation(runner, kind, OptionalInt.empty(), evidence);
    }

    /**
     * The end of a runner program.
     *
     * @param runner the runner
     * @param exitCode its exit code
     * @param evidence the end of its log
     * @return the observation
     */
    public static RunnerObservation exited(RunnerId runner, int exitCode, String evidence) {
        return new RunnerObservation(runner, Kind.EXITED, OptionalInt.of(exitCode), evidence);
    }
}
