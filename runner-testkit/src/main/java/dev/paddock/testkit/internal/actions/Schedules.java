package dev.paddock.testkit.internal.actions;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.internal.actions.RunEntry.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Begins the runs of workflows that have a schedule. */
final class Schedules {
    private final SimClock clock;
    private final JobEngine jobs;
    private final String branch;
    private final Map<WorkflowEntry, Cancellable> timers = new LinkedHashMap<>();

    Schedules(SimClock clock, JobEngine jobs, String branch) {
        this.clock = clock;
        this.jobs = jobs;
        this.branch = branch;
    }

    /** From now on by this workflow's schedule, and by no other of its file. */
    void put(WorkflowEntry file, Workflow workflow) {
        Cancellable before = timers.remove(file);
        if (before != null) {
            before.cancel();
        }
        workflow.schedule().ifPresent(cron -> plan(file, workflow, Cron.parse(cron)));
    }

    private void plan(WorkflowEntry file, Workflow workflow, Cron cron) {
        Instant now = clock.now();
        Cancellable timer = clock.after(Duration.between(now, cron.after(now)), () -> {
            if (timers.containsKey(file)) {
                jobs.submit(workflow, new Trigger("schedule", branch, "octocat"));
                plan(file, workflow, cron);
            }
        });
        timers.put(file, timer);
    }

    void close() {
        timers.values().forEach(Cancellable::cancel);
        timers.clear();
    }
}
