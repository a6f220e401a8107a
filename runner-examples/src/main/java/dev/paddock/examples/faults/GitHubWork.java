package dev.paddock.examples.faults;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Workflows that people run, and run again when the world has taken a runner from them. */
final class GitHubWork {
    static final String REPOSITORY = "acme/engine";

    private final ActionsServiceSimulator github;
    private final RandomGenerator dice;
    private final Trace trace;
    private final Invariants invariants;
    private final Chaos chaos;
    private int workflows;

    GitHubWork(ActionsServiceSimulator github, RandomGenerator dice, Trace trace, Invariants invariants, Chaos chaos) {
        this.github = github;
        this.dice = dice;
        this.trace = trace;
        this.invariants = invariants;
        this.chaos = chaos;
    }

    void queue() {
        var workflow = Workflow.builder("workflow " + ++workflows).repository(REPOSITORY);
        workflow.add(job("build", "cpu").build());
        int tests = 1 + dice.nextInt(5);
        for (int test = 1; test <= tests; test++) {
            workflow.add(job("test-" + test, "gpu").needs("build").build());
        }
        int lints = dice.nextInt(3);
        for (int lint = 1; lint <= lints; lint++) {
            workflow.add(job("lint-" + lint, "cpu").build());
        }
        int checks = dice.nextInt(4);
        for (int check = 1; check <= checks; check++) {
            workflow.add(job("check-" + check, Episode.STAYS).build());
        }
        long run = github.submit(workflow.build());
        trace.add("world", "queues run " + run);
    }

    private WorkflowJob.Builder job(String name, String label) {
        return WorkflowJob.builder(name)
                .labels(label)
                .step(Step.taking("work", Duration.ofSeconds(5 + dice.nextInt(180))));
    }

    boolean allDone() {
        return lastAttempts().stream().allMatch(job -> job.state() == JobRecord.State.DONE);
    }

    void rerunLost() {
        for (JobRecord job : lastAttempts()) {
            if (job.state() == JobRecord.State.DONE
                    && !job.result().orElse("").equals("succeeded")
                    && !job.result().orElse("").equals("skipped")) {
                judge(job);
            }
        }
    }

    private void judge(JobRecord job) {
        String runner = job.runner().orElse("");
        boolean lost = !runner.isEmpty() && invariants.wasStruck(runner);
        boolean givenUp = runner.isEmpty() && job.result().orElse("").equals("abandoned") && chaos.mayOverbook();
        if (lost || givenUp) {
            trace.add(
                    "world",
                    "job " + job.name() + " of run " + job.runId()
                            + (lost ? " lost its runner" : " was given up before there was a place") + ": run again");
            github.rerun(job.id());
        } else {
            invariants.violated("job " + job.name() + " of run " + job.runId() + " ended as "
                    + job.result().orElse("nothing") + " on " + (runner.isEmpty() ? "no runner" : runner));
        }
    }

    /** The last attempt of each job. */
    List<JobRecord> lastAttempts() {
        Map<String, JobRecord> last = new LinkedHashMap<>();
        for (JobRecord job : github.jobs()) {
            last.merge(
                    job.runId() + "/" + job.name(),
                    job,
                    (before, now) -> before.attempt() > now.attempt() ? before : now);
        }
        return List.copyOf(last.values());
    }
}
