package dev.paddock.examples;

import dev.paddock.RunnerCoordinator;
import dev.paddock.event.JobCompleted;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import java.net.URI;
import java.time.Duration;

/** Makes a VM of Compute Engine for each job of one scale set, in the first zone that has room, and deletes it after. */
public final class GcpFleet {
    private GcpFleet() {}

    /**
     * Runs the fleet until the process is ended.
     *
     * @param args the organization's or repository's URL, the project, its instance template, which also names the scale
     *     set, and the zones; a fifth is the address of another Compute Engine than Google's, such as a simulator
     */
    public static void main(String... args) {
        if (args.length < 4 || args.length > 5) {
            throw new IllegalArgumentException("usage: gcp-fleet URL PROJECT TEMPLATE ZONE,ZONE [COMPUTE_ENGINE]");
        }
        var jobs = ScaleSetListener.builder(args[0], args[2])
                .credentials(GitHubCredentials.fromEnvironment())
                .build();
        var endpoint = args.length == 5 ? URI.create(args[4]) : GcpProject.GOOGLE;
        try (var project = GcpProject.builder(args[1]).endpoint(endpoint).build()) {
            var machines = GcpRunnerProvider.builder(project, args[2]).zones(args[3].split(","));
            try (var fleet = RunnerCoordinator.builder(jobs, machines.build())
                    .maxRunners(10)
                    .drainTimeout(Duration.ZERO) // busy VMs finish by themselves
                    .closeOnShutdown(Duration.ofMinutes(1))
                    .on(ZoneTried.class, GcpFleet::tell)
                    .on(JobCompleted.class, job -> System.out.println(job.job().name() + " " + job.result()))
                    .start()) {
                fleet.awaitTermination();
            }
        }
    }

    private static void tell(ZoneTried zone) {
        System.out.println(zone.runner() + " in " + zone.zone() + ": "
                + zone.refused().map(Object::toString).orElse("made"));
    }
}
