package dev.paddock.github;

import dev.paddock.Job;
import java.util.Objects;

/**
 * A job that waits to be acquired; only older servers offer jobs this way.
 *
 * @param requestId what {@link ScaleSetSession#acquireJobs} takes
 * @param job the job
 */
public record AcquirableJob(long requestId, Job job) {
    /** Checks for null. */
    public AcquirableJob {
        Objects.requireNonNull(job, "job");
    }
}
