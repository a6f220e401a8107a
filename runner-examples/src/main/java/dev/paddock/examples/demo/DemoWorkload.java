package dev.paddock.examples.demo;

import dev.paddock.examples.demo.SimulatedGitHub.Job;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the demo queues, what is done to it on the way, and how each job must end. */
final class DemoWorkload {
    static final String CANCELED_JOB = "soak";
    static final String FAILING_JOB = "benchmark";
    static final String KILLED_JOB = "training";

    private static final int COMMITS = 3;
    private static final int GPU_TESTS = 5;

    private final SimulatedGitHub github;
    private final String repository;
    /** Tells the workflows of one journal from others, so that a later life knows its own. */
    private final Optional<String> mark;

    private boolean goesOn;

    DemoWorkload(SimulatedGitHub github, String repository, Optional<Path> journal) {
        this.github = github;
        this.repository = repository;
        mark = journal.map(file -> String.format("%08x", file.toString().hashCode()));
    }

    /** Queues all jobs; with a journal only those that no earlier life has queued. */
    void queue() {
        List<Workflow> workflows = new ArrayList<>();
        for (int commit = 1; commit <= COMMITS; commit++) {
            workflows.add(commit(commit));
        }
        workflows.add(nightly());
        for (Workflow workflow : workflows) {
            if (mark.isPresent() && github.knows(workflow)) {
                goesOn = true;
            } else {
                github.submit(workflow);
            }
        }
    }

    /** Whether an earlier life had begun. */
    boolean goesOn() {
        return goesOn;
    }

    private String name(String workflow) {
        return mark.map(one -> workflow + " of " + one).orElse(workflow);
    }

    /** Tests wait for the build, the package for the tests. */
    private Workflow commit(int number) {
        var workflow = Workflow.builder(name("commit " + number)).repository(repository);
        workflow.add(WorkflowJob.builder("build")
                .labels("cpu")
                .step(Step.taking("compile", Duration.ofMillis(800)))
                .build());
        workflow.add(WorkflowJob.builder("lint")
                .labels("cpu")
                .step(Step.taking("check", Duration.ofMillis(400)))
                .build());
        List<String> tests = new ArrayList<>();
        for (int test = 1; test <= GPU_TESTS; test++) {
            String name = "gpu-test-" + test;
            tests.add(name);
            workflow.add(WorkflowJob.builder(name)
                    .labels("gpu")
                    .needs("build")
                    .step(step("prepare", "mkdir -p out && echo ok > out/ready", 50, 0))
                    .step(step("test", "test -f out/ready && sleep 0.7", 700, 0))
                    .build());
        }
        workflow.add(WorkflowJob.builder("package")
                .labels("cpu")
                .needs(tests.toArray(String[]::new))
                .step(Step.taking("archive", Duration.ofMillis(300)))
                .build());
        return workflow.build();
    }

    /** What runs in a process, and how that would come out on a VM that there is not. */
    private static Step step(String name, String command, long milliseconds, int exitCode) {
        return new Step(name, command, Duration.ofMillis(milliseconds), exitCode);
    }

    private Workflow nightly() {
        return Workflow.builder(name("nightly"))
                .repository(repository)
                .add(WorkflowJob.builder(FAILING_JOB)
                        .labels("gpu")
                        .step(step("measure", "echo 'slower than the bar' >&2; exit 3", 50, 3))
                        .build())
                .add(WorkflowJob.builder(CANCELED_JOB)
                        .labels("cpu")
                        .step(Step.taking("soak", Duration.ofMinutes(10)))
                        .build())
                .add(WorkflowJob.builder(KILLED_JOB)
                        .labels("gpu")
                        .step(Step.taking("train", Duration.ofMillis(2_500)))
                        .build())
                .build();
    }

    /** The job of this name that runs now. */
    Optional<Job> running(String name) {
        return github.jobs().stream()
                .filter(job -> job.name().equals(name) && job.isRunning())
                .findFirst();
    }

    /** The last attempt of every job, in the order queued. */
    List<Job> lastAttempts() {
        Map<String, Job> last = new LinkedHashMap<>();
        for (Job job : github.jobs()) {
            last.merge(
                    job.runId() + "/" + job.name(),
                    job,
                    (before, now) -> before.attempt() > now.attempt() ? before : now);
        }
        return List.copyOf(last.values());
    }

    /** GitHub does not repeat a job whose runner was lost; somebody asks for it, here the demo. */
    void rerunLost() {
        for (Job job : lastAttempts()) {
            if (job.isOver() && job.result().equals("abandoned")) {
                github.rerun(job);
            }
        }
    }

    /** How far it is, in words. */
    String progress() {
        List<Job> jobs = lastAttempts();
        return jobs.stream().filter(Job::isOver).count() + " of " + jobs.size() + " jobs are over";
    }

    boolean isOver() {
        return lastAttempts().stream().allMatch(Job::isOver);
    }

    boolean endedAsItShould(Job job) {
        String expected = switch (job.name()) {
            case FAILING_JOB -> "failed";
            case CANCELED_JOB -> "canceled";
            default -> "succeeded";
        };
        // It may have come through while there was nobody to kill it.
        boolean secondTry = goesOn || !job.name().equals(KILLED_JOB) || job.attempt() == 2;
        return job.result().equals(expected) && secondTry;
    }

    /** How long each started job waited for its runner, shortest first. */
    List<Duration> waits() {
        return github.jobs().stream()
                .filter(job -> job.queuedAt().isPresent() && job.startedAt().isPresent())
                .map(job -> Duration.between(
                        job.queuedAt().orElseThrow(), job.startedAt().orElseThrow()))
                .sorted()
                .toList();
    }
}
