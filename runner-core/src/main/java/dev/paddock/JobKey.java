package dev.paddock;

import java.util.Objects;

/**
 * What identifies a job at its source.
 *
 * <p>Through scale sets, GitHub.com sends only the job id and a request id of 0; GitHub Enterprise Server sends request
 * ids. Through the REST API and webhooks, a job has a number, and its attempt stands in for the request id from the
 * second on. The pair is the key, never the request id alone.
 *
 * @param jobId the job's id, possibly empty on old servers
 * @param requestId the runner request id or the attempt, 0 where unused
 */
public record JobKey(String jobId, long requestId) {
    /** Checks for null. */
    public JobKey {
        Objects.requireNonNull(jobId, "jobId");
    }

    @Override
    public String toString() {
        return requestId == 0 ? jobId : jobId.isEmpty() ? "#" + requestId : jobId + "#" + requestId;
    }
}
