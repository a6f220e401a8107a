package dev.paddock.examples;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeInstance;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** GitHub and Compute Engine on loopback, in real time, for fleets in other processes. VMs come and go in a second. */
final class GcpSimulators implements AutoCloseable {
    static final String PROJECT = "acme-ci";
    static final String TOKEN = "ghp_of-the-scaler";
    static final List<String> ZONES = List.of("us-east1-c", "us-central1-a", "us-west1-a");
    static final String MACHINE = "n1-standard-4";

    final ActionsServiceSimulator github;
    final ComputeEngineSimulator compute;

    GcpSimulators() {
        github = ActionsServiceSimulator.builder()
                .acceptToken(TOKEN)
                .longPoll(Duration.ofMillis(300))
                .lateStarted(false)
                .sessionTtl(Duration.ofSeconds(3))
                .start();
        compute = ComputeEngineSimulator.builder(PROJECT)
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .times(times -> times.insert(Duration.ofMillis(300))
                        .stockOut(Duration.ofMillis(200))
                        .boot(Duration.ofMillis(200))
                        .shutdown(Duration.ofMillis(100))
                        .delete(Duration.ofMillis(200)))
                .zones(ZONES.toArray(String[]::new))
                .template(gpu("linux-gpu-runner"))
                .template(gpu("windows-gpu-runner"))
                .template(ComputeTemplate.builder("linux-cpu-runner", MACHINE).build())
                .start();
        compute.runInGuests(github.runnerProgram());
    }

    private static ComputeTemplate gpu(String name) {
        return ComputeTemplate.builder(name, MACHINE)
                .accelerator("nvidia-tesla-t4", 1)
                .build();
    }

    String url() {
        return github.configUrl("acme/engine");
    }

    void submit(String name, Duration work, String... labels) {
        github.submit(Workflow.of("acme/engine", WorkflowJob.taking(name, work, labels)));
    }

    JobRecord job(String name) {
        return github.jobs().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    boolean succeeded(String name) {
        return job(name).result().orElse("").equals("succeeded");
    }

    /** VMs that are not on their way out. */
    List<ComputeInstance> vms() {
        return compute.instances().stream()
                .filter(vm -> !List.of("STOPPING", "TERMINATED").contains(vm.status()))
                .toList();
    }

    /** The test's own time limit ends a wait in vain. */
    static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() {
        compute.close();
        github.close();
    }
}
