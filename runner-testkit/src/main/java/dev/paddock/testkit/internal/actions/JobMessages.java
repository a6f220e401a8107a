package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/** The job messages of a queue. */
final class JobMessages {
    private JobMessages() {}

    static ObjectNode available(JobEntry job, String acquireUrl) {
        return message("JobAvailable", job).put("acquireJobUrl", acquireUrl);
    }

    static ObjectNode assigned(JobEntry job) {
        return message("JobAssigned", job);
    }

    static ObjectNode started(JobEntry job, AgentEntry agent) {
        return message("JobStarted", job).put("runnerId", agent.id).put("runnerName", agent.name);
    }

    /** The end of a job; without a runner its id is 0. */
    static ObjectNode completed(JobEntry job, String result, Optional<AgentEntry> agent) {
        return message("JobCompleted", job)
                .put("result", result)
                .put("runnerId", agent.map(a -> a.id).orElse(0L))
                .put("runnerName", agent.map(a -> a.name).orElse(""));
    }

    static ObjectNode acquirable(JobEntry job, String acquireUrl) {
        var json = available(job, acquireUrl);
        json.remove(List.of("jobId", "jobDisplayName", "workflowRunId"));
        json.remove(List.of("queueTime", "scaleSetAssignTime", "runnerAssignTime", "finishTime"));
        return json;
    }

    private static ObjectNode message(String type, JobEntry job) {
        String repository = job.run.workflow().repository();
        int slash = repository.indexOf('/');
        var json = Json.object();
        json.put("messageType", type);
        json.put("runnerRequestId", job.requestId);
        json.put("repositoryName", repository.substring(slash + 1));
        json.put("ownerName", repository.substring(0, slash));
        json.put("jobId", job.id);
        json.put("jobWorkflowRef", repository + "/" + job.run.file.path() + "@refs/heads/" + job.run.trigger.branch());
        json.put("jobDisplayName", job.spec.name());
        json.put("workflowRunId", job.run.id());
        json.put("eventName", job.run.trigger.event());
        var labels = json.putArray("requestLabels");
        job.spec.labels().forEach(labels::add);
        json.put("queueTime", Json.time(Optional.ofNullable(job.queuedAt)));
        json.put("scaleSetAssignTime", Json.time(Optional.ofNullable(job.assignedAt)));
        json.put("runnerAssignTime", Json.time(Optional.ofNullable(job.startedAt)));
        json.put("finishTime", Json.time(Optional.ofNullable(job.finishedAt)));
        return json;
    }
}
