package dev.paddock.github;

import dev.paddock.Job;
import java.util.Objects;

/**
 * One job's news inside a {@link ScaleSetMessage}.
 *
 * @param kind what happened
 * @param job the job as this news describes it
 * @param runner the runner's name; empty if the news names none
 * @param runnerId the runner's id at the service; 0 if the news names none
 * @param result how the job ended, in the service's own word; empty unless completed
 */
public record JobMessage(Kind kind, Job job, String runner, long runnerId, String result) {
    /** What happened to the job. */
    public enum Kind {
        /** It may be acquired. */
        AVAILABLE,
        /** It was given to this scale set. */
        ASSIGNED,
        /** A runner took it. */
        STARTED,
        /** It ended, or its assignment lapsed. */
        COMPLETED
    }

    /** Checks for nulls. */
    public JobMessage {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(result, "result");
    }
}
