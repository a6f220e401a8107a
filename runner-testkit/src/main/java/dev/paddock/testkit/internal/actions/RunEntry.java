package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.Workflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run of a workflow, through all its attempts. */
final class RunEntry {
    /** Why there is a run. */
    record Trigger(String event, String branch, String actor) {}

    static final Trigger PUSH = new Trigger("push", "main", "octocat");

    private final long id;
    private final Workflow workflow;
    private final Map<String, JobEntry> latest = new LinkedHashMap<>();

    final WorkflowEntry file;
    final long number;
    final Trigger trigger;
    final Instant createdAt;
    /** The jobs of all attempts. */
    final List<JobEntry> all = new ArrayList<>();

    int attempt = 1;
    Instant attemptAt;
    boolean cancelRequested;

    RunEntry(long id, Workflow workflow, WorkflowEntry file, Trigger trigger, Instant createdAt) {
        this.id = id;
        this.workflow = workflow;
        this.file = file;
        this.trigger = trigger;
        this.createdAt = createdAt;
        attemptAt = createdAt;
        number = file.nextRun();
    }

    long id() {
        return id;
    }

    Workflow workflow() {
        return workflow;
    }

    /** The latest attempt of each job by name. */
    Map<String, JobEntry> jobs() {
        return latest;
    }

    void add(JobEntry job) {
        latest.put(job.spec.name(), job);
        all.add(job);
        attempt = Math.max(attempt, job.attempt);
    }

    boolean isDone() {
        return latest.values().stream().allMatch(JobEntry::isDone);
    }

    /** In REST's words. */
    String status() {
        if (isDone()) {
            return "completed";
        }
        if (latest.values().stream().anyMatch(job -> job.attempt == attempt && job.startedAt != null)) {
            return "in_progress";
        }
        return latest.values().stream().allMatch(job -> job.isDone() || job.state == State.BLOCKED)
                ? "waiting"
                : "queued";
    }

    /** In REST's words; null while it runs. */
    @Nullable
    String conclusion() {
        if (!isDone()) {
            return null;
        }
        List<String> conclusions =
                latest.values().stream().map(JobEntry::conclusion).toList();
        if (conclusions.contains("failure") && !cancelRequested) {
            return "failure";
        }
        if (conclusions.contains("cancelled")) {
            return "cancelled";
        }
        return conclusions.stream().allMatch("skipped"::equals) ? "skipped" : "success";
    }

    /** When anything happened last. */
    Instant updatedAt() {
        return all.stream().map(job -> job.changedAt).max(Instant::compareTo).orElse(createdAt);
    }
}
