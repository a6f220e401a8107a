package dev.paddock.testkit.gcp;

import dev.paddock.RunnerCoordinator;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.ComputeEngineSimulator;
import dev.paddock.testkit.ComputeTemplate;
import dev.paddock.testkit.ComputeZone;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** GitHub and Compute Engine, both simulated, and a fleet between them, in virtual time. */
final class GcpWorld implements AutoCloseable {
    static final String T4 = "nvidia-tesla-t4";
    static final String SET = "linux-gpu";
    static final String REPOSITORY = "acme/engine";
    static final String[] ZONES = {"us-east1-c", "us-central1-a", "us-west1-a"};
    private static final Duration LIMIT = Duration.ofHours(1);

    final VirtualTime time;
    VirtualTime.Host host;
    final ActionsServiceSimulator github;
    final ComputeEngineSimulator compute;
    private final List<AutoCloseable> open = new ArrayList<>();

    private GcpWorld(long seed, UnaryOperator<ComputeEngineSimulator.Builder> settings, boolean guests) {
        time = VirtualTime.seeded(seed);
        host = time.host("coordinator");
        github = ActionsServiceSimulator.builder().inMemory(time);
        ComputeEngineSimulator.Builder builder = ComputeEngineSimulator.builder("acme-ci")
                .rules(rules -> rules.jitConfigKey("paddock-jit-config"))
                .template(template());
        for (String zone : ZONES) {
            builder.zone(ComputeZone.builder(zone).build());
        }
        compute = settings.apply(builder).inMemory(time);
        if (guests) {
            compute.runInGuests(github.runnerProgram());
        }
    }

    static ComputeTemplate template() {
        return ComputeTemplate.builder("linux-gpu-runner", "n1-standard-4")
                .accelerator(T4, 1)
                .onHostMaintenance("TERMINATE")
                .build();
    }

    static GcpWorld open(long seed) {
        return open(seed, builder -> builder);
    }

    static GcpWorld open(long seed, UnaryOperator<ComputeEngineSimulator.Builder> settings) {
        return new GcpWorld(seed, settings, true);
    }

    /** One whose guests boot, and run nothing. */
    static GcpWorld silent(long seed) {
        return new GcpWorld(seed, builder -> builder, false);
    }

    GcpProject project() {
        GcpProject project = GcpProject.builder("acme-ci")
                .endpoint(URI.create(compute.url()))
                .httpClient(compute.httpClient(host))
                .build();
        open.add(project);
        return project;
    }

    GcpRunnerProvider.Builder machines() {
        return GcpRunnerProvider.builder(project(), "linux-gpu-runner").zones(ZONES);
    }

    ScaleSetListener.Builder jobs() {
        return ScaleSetListener.builder(github.configUrl(REPOSITORY), SET)
                .credentials(GitHubCredentials.token("ghp_any"))
                .httpClient(github.httpClient(host));
    }

    RunnerCoordinator start(UnaryOperator<RunnerCoordinator.Builder> settings) {
        return start(machines().build(), settings);
    }

    RunnerCoordinator start(GcpRunnerProvider machines, UnaryOperator<RunnerCoordinator.Builder> settings) {
        RunnerCoordinator fleet = settings.apply(RunnerCoordinator.builder(jobs().build(), machines)
                        .fleet("gcp")
                        .maxRunners(10)
                        .scheduler(host))
                .start();
        open.add(() -> until(fleet.closeAsync().toCompletableFuture()::isDone, "the end of the fleet"));
        return fleet;
    }

    /** The machine that runs the fleet dies and is there again; what it had opened is gone. */
    void crash() {
        host.crash();
        open.clear();
        host = time.host("coordinator");
    }

    /** Waits for the end of a fleet; what it failed with. */
    Optional<Throwable> closeFleet(RunnerCoordinator fleet) {
        CompletableFuture<Void> end = fleet.closeAsync().toCompletableFuture();
        until(end::isDone, "the end of the fleet");
        return end.isCompletedExceptionally()
                ? Optional.ofNullable(end.handle((nothing, failure) -> failure).join())
                : Optional.empty();
    }

    void submit(String name, Duration work) {
        github.submit(Workflow.of(REPOSITORY, WorkflowJob.taking(name, work, SET)));
    }

    boolean allDone() {
        return github.jobs().stream().allMatch(job -> job.state() == JobRecord.State.DONE);
    }

    void until(BooleanSupplier condition, String what) {
        if (!time.advanceUntil(condition, LIMIT)) {
            throw new AssertionError(
                    "waited " + LIMIT + " in vain for " + what + ", seed " + time.seed() + "; " + compute.instances());
        }
    }

    @Override
    public void close() {
        for (int last = open.size() - 1; last >= 0; last--) {
            try {
                open.get(last).close();
            } catch (RuntimeException failure) {
                throw failure;
            } catch (Exception checked) {
                throw new IllegalStateException(checked);
            }
        }
    }
}
