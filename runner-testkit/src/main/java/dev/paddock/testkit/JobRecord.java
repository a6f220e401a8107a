package dev.paddock.testkit;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A job as the simulator knows it at one moment.
 *
 * @param id the job's id
 * @param number its id in REST and webhooks: above what fits into 32 bits, as GitHub's are
 * @param requestId the service's request id; 0 in the direct flow
 * @param runId the run of the workflow
 * @param attempt 1, and more after a rerun
 * @param workflow the workflow's name
 * @param name the job's name in the workflow
 * @param repository owner and repository
 * @param labels what a runner must have
 * @param state where it stands
 * @param round how often it was assigned
 * @param result {@code succeeded}, {@code failed}, {@code canceled}, {@code abandoned} or {@code skipped}, once done
 * @param scaleSet the scale set it is routed to
 * @param runner the runner that runs or ran it
 * @param queuedAt when it was free to run
 * @param assignedAt when it was last assigned
 * @param startedAt when a runner took it
 * @param finishedAt when it was done
 */
public record JobRecord(
        String id,
        long number,
        long requestId,
        long runId,
        int attempt,
        String workflow,
        String name,
        String repository,
        List<String> labels,
        State state,
        int round,
        Optional<String> result,
        Optional<String> scaleSet,
        Optional<String> runner,
        Optional<Instant> queuedAt,
        Optional<Instant> assignedAt,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt) {
    /** Where a job stands. */
    public enum State {
        /** It waits for jobs it needs. */
        BLOCKED,
        /** It waits for a scale set or a runner that has its labels, or for capacity. */
        QUEUED,
        /** It is offered and waits to be acquired. */
        AVAILABLE,
        /** It waits for a runner. */
        ASSIGNED,
        /** A runner has it. */
        RUNNING,
        /** It is over. */
        DONE
    }

    /** Copies the labels. */
    public JobRecord {
        labels = List.copyOf(labels);
    }
}
