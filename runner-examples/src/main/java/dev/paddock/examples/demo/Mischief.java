package dev.paddock.examples.demo;

import dev.paddock.examples.demo.SimulatedGitHub.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/** What happens on any working day: somebody cancels a job, and a runner is killed in the middle of another. */
final class Mischief {
    private static final Duration AFTER = Duration.ofMillis(800);

    private final SimulatedGitHub github;
    private final DemoWorkload workload;
    private final Predicate<String> kill;
    private final Display display;
    private boolean canceled;
    private boolean killed;

    /** Kills a runner, by its name, with {@code kill}, which tells whether there was anything to kill yet. */
    Mischief(SimulatedGitHub github, DemoWorkload workload, Predicate<String> kill, Display display) {
        this.github = github;
        this.workload = workload;
        this.kill = kill;
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
                killed = kill.test(runner);
                if (killed) {
                    display.note(Instant.now(), "runner " + runner + " is killed in the middle of " + job.name());
                }
            });
        }
    }

    private Optional<Job> due(String name) {
        Instant limit = Instant.now().minus(AFTER);
        return workload.running(name)
                .filter(job -> job.startedAt().orElse(Instant.MAX).isBefore(limit));
    }
}
