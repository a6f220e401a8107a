package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.spi.JobStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what the Actions service answers. Pure; throws {@link WireException}. */
final class Replies {
    private Replies() {}

    static RunnerGroup runnerGroup(JsonNode node) {
        return new RunnerGroup(id(node, "runner group"), Wire.text(node, "name"), Wire.flag(node, "isDefaultGroup"));
    }

    static ScaleSet scaleSet(JsonNode node) {
        var labels = new ArrayList<String>();
        for (JsonNode label : Wire.elements(node, "labels")) {
            labels.add(label.isTextual() ? label.textValue() : Wire.text(label, "name"));
        }
        return new ScaleSet(
                id(node, "scale set"),
                Wire.text(node, "name"),
                Wire.number(node, "runnerGroupId"),
                labels,
                statistics(Wire.get(node, "statistics")));
    }

    static ScaleSetRunner runner(JsonNode node) {
        JsonNode status = Wire.get(node, "status");
        return new ScaleSetRunner(
                id(node, "runner"),
                Wire.text(node, "name"),
                Wire.number(node, "runnerScaleSetId"),
                status != null && status.isTextual() ? Optional.of(status.textValue()) : Optional.empty(),
                Wire.flag(node, "busy"));
    }

    static AcquirableJob acquirableJob(JsonNode node) {
        Job job = job(node);
        return new AcquirableJob(job.key().requestId(), job);
    }

    static Long requestId(JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new WireException("a request id is not a whole number");
        }
        return node.longValue();
    }

    static long id(JsonNode node, String what) {
        long id = node.isObject() ? Wire.number(node, "id") : 0;
        if (id < 1) {
            throw new WireException("a " + what + " has no id");
        }
        return id;
    }

    /** All elements of {@code {"count":n,"value":[…]}}, or a failure: an element left out would look gone. */
    static <T> List<T> list(JsonNode node, Function<JsonNode, T> element) {
        if (!node.isObject()) {
            throw new WireException("it is not an object with a list");
        }
        if (Wire.get(node, "value") == null && Wire.get(node, "count") == null) {
            throw new WireException("it has neither value nor count");
        }
        var items = new ArrayList<T>();
        for (JsonNode value : Wire.elements(node, "value")) {
            items.add(element.apply(value));
        }
        if (Wire.number(node, "count") > items.size()) {
            throw new WireException("it counts more elements than it holds");
        }
        return List.copyOf(items);
    }

    /** The counters; empty where absent or unreadable, for missing data is not zero. */
    static Optional<JobStatistics> statistics(@Nullable JsonNode node) {
        if (node == null || !node.isObject()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new JobStatistics(
                    counter(node, "totalAssignedJobs"),
                    counter(node, "totalRunningJobs"),
                    counter(node, "totalRegisteredRunners"),
                    counter(node, "totalBusyRunners"),
                    counter(node, "totalIdleRunners")));
        } catch (WireException unreadable) {
            return Optional.empty();
        }
    }

    private static int counter(JsonNode node, String key) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, Wire.number(node, key)));
    }

    static Job job(JsonNode node) {
        String jobId = Wire.text(node, "jobId");
        long requestId = Wire.number(node, "runnerRequestId");
        if (jobId.isEmpty() && requestId == 0) {
            throw new WireException("neither jobId nor runnerRequestId is set");
        }
        String owner = Wire.text(node, "ownerName");
        String repository = Wire.text(node, "repositoryName");
        boolean qualified = owner.isEmpty() || repository.isEmpty() || repository.contains("/");
        return new Job(
                new JobKey(jobId, requestId),
                Wire.text(node, "jobDisplayName"),
                qualified ? repository : owner + "/" + repository,
                Wire.text(node, "jobWorkflowRef"),
                Wire.number(node, "workflowRunId"),
                Wire.texts(node, "requestLabels"),
                Wire.time(node, "queueTime"),
                Wire.time(node, "runnerAssignTime"),
                Wire.time(node, "finishTime"));
    }
}
