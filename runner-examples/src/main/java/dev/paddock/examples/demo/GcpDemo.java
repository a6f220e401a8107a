package dev.paddock.examples.demo;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.RunnerStateChanged;
import dev.paddock.examples.EventText;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.VmNotReady;
import dev.paddock.gcp.ZoneTried;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.ComputeZone;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The demo's jobs once more, on VMs of a simulated Compute Engine in three regions, of which one has no machine left. */
final class GcpDemo {
    private static final String REPOSITORY = "acme/engine";
    private static final String PROJECT = "acme-ci";
    private static final String TOKEN = "ghp_demo";
    private static final String GPU = "gpu";
    private static final String CPU = "cpu";
    private static final String MACHINE = "n1-standard-4";
    private static final String EMPTY_ZONE = "us-east1-c";
    private static final String[] ZONES = {EMPTY_ZONE, "us-central1-a", "us-west1-a"};
    private static final Duration TICK = Duration.ofMillis(150);
    private static final Duration LIMIT = Duration.ofSeconds(100);

    private final PrintStream out;
    private final Display display;
    private final Instant start = Instant.now();
    private final ZonesTold zones = new ZonesTold(ZONES);
    private final RunnerSeconds seconds = new RunnerSeconds();

    GcpDemo(PrintStream out) {
        this.out = out;
        display = new Display(out, Display.onTerminal(), start);
    }

    int run() throws InterruptedException {
        try (var github = ActionsServiceSimulator.builder()
                        .acceptToken(TOKEN)
                        .runnerLease(Duration.ofSeconds(3))
                        .longPoll(Duration.ofMillis(500))
                        .start();
                var compute = compute()) {
            compute.runInGuests(github.runnerProgram());
            String url = github.configUrl("acme");
            var simulator = new SimulatedGitHub(url);
            var workload = new DemoWorkload(simulator, REPOSITORY, Optional.empty());
            workload.queue();
            display.note(start, "GitHub is simulated at " + url + ", Compute Engine at " + compute.url());
            try (var project = GcpProject.builder(PROJECT)
                            .endpoint(URI.create(compute.url()))
                            .build();
                    var fleet = fleet(url, project)) {
                var mischief = new Mischief(simulator, workload, vm -> takenBack(compute, vm), display);
                Instant limit = start.plus(LIMIT);
                while (!workload.isOver() && Instant.now().isBefore(limit)) {
                    TimeUnit.MILLISECONDS.sleep(TICK.toMillis());
                    mischief.look();
                    workload.rerunLost();
                    display.draw(fleet.snapshot(), workload.progress());
                }
            }
            display.awaitTheLast();
            List<String> left = new ArrayList<>(simulator.leftFor(Set.of(scaleSet(GPU), scaleSet(CPU))));
            compute.instances().forEach(vm -> left.add("VM " + vm));
            zones.lines().forEach(out::println);
            return DemoReport.print(out, workload, seconds, left, start);
        }
    }

    private static ComputeEngineSimulator compute() {
        var builder = ComputeEngineSimulator.builder(PROJECT)
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .times(times -> times.insert(Duration.ofMillis(600))
                        .stockOut(Duration.ofMillis(300))
                        .boot(Duration.ofMillis(400))
                        .shutdown(Duration.ofMillis(200))
                        .delete(Duration.ofMillis(400)))
                .template(ComputeTemplate.builder(GPU, MACHINE)
                        .accelerator("nvidia-tesla-t4", 1)
                        .build())
                .template(ComputeTemplate.builder(CPU, MACHINE).build());
        for (String zone : ZONES) {
            ComputeZone.Builder one = ComputeZone.builder(zone);
            // The VMs here come and go faster than quotas are read, and those that have gone count until then.
            builder.quota(zone.substring(0, zone.length() - 2), "PREEMPTIBLE_NVIDIA_T4_GPUS", 64);
            builder.zone((zone.equals(EMPTY_ZONE) ? one.stock(MACHINE, 0) : one).build());
        }
        return builder.start();
    }

    private RunnerCoordinator fleet(String url, GcpProject project) {
        return RunnerCoordinator.builder()
                .fleet("demo")
                // Spot, so that Compute Engine may take one back in the middle of its job.
                .addPool(pool(GPU, url, GcpRunnerProvider.builder(project, GPU).spot()))
                .addPool(pool(CPU, url, GcpRunnerProvider.builder(project, CPU)))
                .maxRunnersTotal(10)
                .lookInterval(Duration.ofSeconds(2)) // VMs here live for seconds
                .drainTimeout(Duration.ofSeconds(10))
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .on(RunnerStateChanged.class, seconds::changed)
                .onEvent(this::tell)
                .start();
    }

    private void tell(FleetEvent event) {
        if (event instanceof ZoneTried tried) {
            zones.tried(tried);
        }
        if (event instanceof VmNotReady) {
            return; // they live for less than the time between two looks at their boot
        }
        EventText.ofVm(event).ifPresentOrElse(text -> display.note(event.at(), text), () -> display.event(event));
    }

    private static String scaleSet(String label) {
        return "demo-" + label;
    }

    private static RunnerPool pool(String label, String url, GcpRunnerProvider.Builder machines) {
        var jobs = ScaleSetListener.builder(url, scaleSet(label))
                .credentials(GitHubCredentials.token(TOKEN))
                .labels(scaleSet(label), "self-hosted", label)
                .build();
        return RunnerPool.builder(label, jobs, machines.zones(ZONES).build())
                .maxRunners(6)
                .idleTimeout(Duration.ofSeconds(2))
                .build();
    }

    private static boolean takenBack(ComputeEngineSimulator compute, String runner) {
        Optional<ComputeInstance> vm = compute.instances().stream()
                .filter(one -> one.name().equals(runner) && one.status().equals("RUNNING"))
                .findFirst();
        vm.ifPresent(one -> compute.preempt(one.name()));
        return vm.isPresent();
    }
}
