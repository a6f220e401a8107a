package dev.paddock.examples;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerProfile;
import dev.paddock.capacity.CapacityPlanner;
import dev.paddock.capacity.CapacityRequest;
import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.HostSlots;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuProbe;
import dev.paddock.host.HostProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Finds out which runners this host can hold, and runs those, each on its GPU, as a pool for each profile that a plan may have. */
public final class PlanHost {
    private static final Path ROOT = Path.of("runners");

    private PlanHost() {}

    /**
     * Runs the fleet.
     *
     * @param args the organization's or repository's URL and the runner program
     */
    public static void main(String... args) {
        if (args.length != 2) {
            throw new IllegalArgumentException("usage: plan-host URL PROGRAM");
        }
        try (var gpus = GpuProbe.builder().build()) {
            var host = HostProbe.builder(ROOT).gpus(gpus).build();
            run(host.inventory(), GpuHealth.builder(gpus), args[0], List.of(args[1]));
        }
    }

    static void run(HostInventory host, GpuHealth.Builder gpus, String url, List<String> program) {
        var wanted = CapacityRequest.mostValue(RunnerProfile.standardProfiles()).build();
        var slots = HostSlots.of(CapacityPlanner.exact(), host, wanted);
        System.out.println(slots.plan().explain());
        gpus.onChange(gpu -> System.out.println(
                slots.schedulable(gpu.gpu(), gpu.isSchedulable()).explain()));
        try (var health = gpus.start()) {
            var here = LocalRunnerProvider.builder(ROOT, program).slots(slots).build();
            var machines = health.guard(here);
            var fleet = RunnerCoordinator.builder().closeOnShutdown(Duration.ofMinutes(1));
            for (RunnerProfile profile : RunnerProfile.standardProfiles()) {
                String name = profile.name().replace('_', '-');
                var jobs = ScaleSetListener.builder(url, name)
                        .credentials(GitHubCredentials.fromEnvironment())
                        .labels(slots.labels(profile).toArray(String[]::new));
                var pool = RunnerPool.builder(name, jobs.build(), machines).profile(profile);
                fleet.addPool(pool.maxRunners(wanted.maxRunners()).build());
            }
            fleet.start().awaitTermination();
        }
    }
}
