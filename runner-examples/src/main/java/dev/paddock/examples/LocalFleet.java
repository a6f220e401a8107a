package dev.paddock.examples;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.JobCompleted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs a runner program on this host for the jobs of one scale set, until it is told to stop. */
public final class LocalFleet {
    private LocalFleet() {}

    /**
     * Runs the fleet.
     *
     * @param args the organization's or repository's URL and the runner program
     */
    public static void main(String... args) {
        if (args.length != 2) {
            throw new IllegalArgumentException("usage: local-fleet URL PROGRAM");
        }
        var jobs = ScaleSetListener.builder(args[0], "linux-gpu")
                .credentials(GitHubCredentials.fromEnvironment())
                .labels("self-hosted", "linux", "gpu")
                .build();
        var machines = LocalRunnerProvider.builder(Path.of("runners"), List.of(args[1]))
                .slots(2)
                .build();
        try (var fleet = RunnerCoordinator.builder(jobs, machines)
                .maxRunners(2)
                .closeOnShutdown(Duration.ofMinutes(1))
                .on(JobCompleted.class, event -> System.out.println(event.job().name() + " " + event.result()))
                .start()) {
            fleet.awaitTermination();
        }
    }
}
