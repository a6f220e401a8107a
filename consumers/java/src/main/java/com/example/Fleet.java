package com.example;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.JobCompleted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.scaling.Target;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A fleet in Java, and one run of it on a simulated GitHub. */
public final class Fleet {
    private static final int JOBS = 3;

    private Fleet() {}

    static RunnerCoordinator.Builder fleet(String url, GitHubCredentials credentials, RunnerProvider machines) {
        var jobs = ScaleSetListener.builder(url, "linux-gpu")
                .credentials(credentials)
                .labels("self-hosted", "linux", "gpu")
                .build();
        return RunnerCoordinator.builder(jobs, machines)
                .maxRunners(2)
                .policy((pool, now) -> new Target(pool.statistics().assigned(), "one for each job"))
                .on(
                        JobCompleted.class,
                        event -> System.out.println(event.job().name() + ": " + event.result()));
    }

    /**
     * Works off three jobs, or fails.
     *
     * @param args none
     * @throws Exception if the jobs do not all succeed, or something is left of their runners
     */
    public static void main(String... args) throws Exception {
        Path root = Files.createTempDirectory("java-fleet-");
        var machines = LocalRunnerProvider.builder(root, StandInRunner.command())
                .slots(2)
                .build();
        var done = new CountDownLatch(JOBS);
        try (var github = ActionsServiceSimulator.builder().lateStarted(false).start()) {
            try (var fleet = fleet(github.configUrl("acme/engine"), GitHubCredentials.token("any"), machines)
                    .drainTimeout(Duration.ofSeconds(20))
                    .on(JobCompleted.class, event -> done.countDown())
                    .start()) {
                Duration time = Duration.ofMillis(100);
                github.submit(Workflow.of(
                        "acme/engine",
                        WorkflowJob.taking("build", time, "gpu"),
                        WorkflowJob.taking("test", time, "gpu"),
                        WorkflowJob.taking("train", time, "gpu")));
                check(done.await(60, TimeUnit.SECONDS), "not over after a minute: " + fleet.snapshot());
            }
            check(
                    github.jobs().stream().allMatch(job -> job.result().orElse("").equals("succeeded")),
                    "not all succeeded: " + github.jobs());
            check(github.registrations().isEmpty(), "left registered: " + github.registrations());
            check(github.sessions().isEmpty(), "left open: " + github.sessions());
            check(github.violations().isEmpty(), "breaches of the protocol: " + github.violations());
        }
        Files.delete(root); // works on an empty folder only
        System.out.println(JOBS + " jobs succeeded and left nothing, with Jackson "
                + version("com.fasterxml.jackson.databind.ObjectMapper") + " and slf4j "
                + version("org.slf4j.Logger"));
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static String version(String type) throws ClassNotFoundException {
        return Class.forName(type).getPackage().getImplementationVersion();
    }
}
