package dev.paddock.examples.demo;

import dev.paddock.examples.demo.SimulatedGitHub.Job;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What happens on any working day: somebody cancels a job, and a runner is killed in the middle of another. */
final class Mischief {
    private static final Duration AFTER = Duration.ofMillis(800);

    private final SimulatedGitHub github;
    private final DemoWorkload workload;
    private final Path root;
    private final Display display;
    private boolean canceled;
    private boolean killed;

    Mischief(SimulatedGitHub github, DemoWorkload workload, Path root, Display display) {
        this.github = github;
        this.workload = workload;
        this.root = root;
        this.display = display;
    }

    void look() {
        if (!canceled) {
            due(DemoWorkload.CANCELED_JOB).ifPresent(job -> {
                display.note(Instant.now(), "somebody cancels job " + job.name());
                github.cancel(job);
                canceled = true;
            });
        }
        if (!killed) {
            due(DemoWorkload.KILLED_JOB).filter(job -> job.attempt() == 1).ifPresent(job -> {
                String runner = job.runner().orElseThrow();
                Leftovers.process(root, runner).ifPresent(process -> {
                    display.note(Instant.now(), "runner " + runner + " is killed in the middle of " + job.name());
                    killed = process.destroyForcibly();
                });
            });
        }
    }

    private Optional<Job> due(String name) {
        Instant limit = Instant.now().minus(AFTER);
        return workload.running(name)
                .filter(job -> job.startedAt().orElse(Instant.MAX).isBefore(limit));
    }
}
