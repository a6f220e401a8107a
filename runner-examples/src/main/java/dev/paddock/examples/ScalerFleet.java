package dev.paddock.examples;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.FleetSnapshot;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.gcp.GcpProject;
import dev.paddock.gcp.GcpRunnerProvider;
import dev.paddock.gcp.ZoneSelector;
import dev.paddock.github.GitHubConnection;
import dev.paddock.github.GitHubScope;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The fleet that {@link ScalerSettings} describe: VMs of Compute Engine for the jobs of its pools, in this process. Pools
 * of one project share its quota. Closing leaves busy VMs alone, and removes those that wait. Thread-safe.
 */
public final class ScalerFleet implements AutoCloseable {
    /** Longer than any job may take: what ends a drain is the last VM's end, or whoever closes the fleet. */
    private static final Duration UNTIL_EMPTY = Duration.ofDays(365);

    private static final Duration NEVER = Duration.ofDays(3_650);

    private final RunnerCoordinator fleet;
    private final CompletableFuture<DrainOutcome> finished = new CompletableFuture<>();
    private boolean draining;

    private ScalerFleet(RunnerCoordinator fleet) {
        this.fleet = fleet;
    }

    /**
     * Starts it: takes up the VMs of an earlier life that live, and listens for jobs.
     *
     * @param settings what it is
     * @param adjust adds to what is set: subscribers, {@code closeOnShutdown}
     * @return the fleet, to be closed by the caller
     * @throws IllegalArgumentException if a setting is not one that Google or GitHub could know
     * @throws dev.paddock.error.RunnerException if its journal cannot be used
     */
    public static ScalerFleet start(ScalerSettings settings, UnaryOperator<RunnerCoordinator.Builder> adjust) {
        Map<String, GcpProject> projects = new LinkedHashMap<>();
        try {
            RunnerCoordinator.Builder builder = RunnerCoordinator.builder()
                    .drainTimeout(Duration.ZERO)
                    .shutdownMode(ShutdownMode.TERMINATE_IDLE)
                    .lookInterval(settings.cleanupInterval());
            for (ScalerPool pool : settings.pools()) {
                GcpProject project = projects.computeIfAbsent(
                        pool.project(),
                        id -> GcpProject.builder(id)
                                .endpoint(settings.endpoint())
                                .build());
                builder.addPool(pool(settings, pool, machines(pool, project)));
            }
            settings.fleet().ifPresent(builder::fleet);
            settings.journal().ifPresent(file -> builder.journal(FleetJournal.file(file)));
            var started = new ScalerFleet(adjust.apply(builder).start());
            started.fleet.termination().whenComplete((done, failure) -> started.ended(projects, failure));
            return started;
        } catch (RuntimeException failure) {
            projects.values().forEach(GcpProject::close);
            throw failure;
        }
    }

    private void ended(Map<String, GcpProject> projects, @Nullable Throwable failure) {
        projects.values().forEach(GcpProject::close);
        if (failure == null) {
            finished.complete(DrainOutcome.CLOSED);
        } else {
            finished.completeExceptionally(failure);
        }
    }

    private static GcpRunnerProvider machines(ScalerPool pool, GcpProject project) {
        GcpRunnerProvider.Builder machines = GcpRunnerProvider.builder(project, pool.template())
                .zones(pool.zones().toArray(String[]::new))
                .expectGpu(pool.gpuType().isPresent())
                .zoneSelector(pool.gpuType().isPresent() ? ZoneSelector.mostAvailable() : ZoneSelector.roundRobin());
        return (pool.windows() ? machines.windows() : machines).build();
    }

    private static RunnerPool pool(ScalerSettings settings, ScalerPool pool, GcpRunnerProvider machines) {
        ScaleSetListener jobs = ScaleSetListener.builder(GitHubScope.fromEnvironment(pool.url()), pool.name())
                .credentials(settings.credentials())
                .connection(GitHubConnection.fromEnvironment())
                .labels(pool.labels().toArray(String[]::new))
                .runnerGroup(pool.runnerGroup())
                .sessionMaxAge(pool.sessionMaxAge().orElse(NEVER))
                .build();
        return RunnerPool.builder(pool.vmPrefix(), jobs, machines)
                .maxRunners(pool.maxRunners())
                .minIdle(pool.minRunners())
                .idleTimeout(pool.orphanGrace().orElse(NEVER))
                .build();
    }

    /**
     * The fleet itself: its snapshot, its metrics.
     *
     * @return the coordinator; close this object, not that
     */
    public RunnerCoordinator coordinator() {
        return fleet;
    }

    /**
     * Whether no jobs are taken, since {@link #drain} and until {@link #resume}.
     *
     * @return false at first
     */
    public synchronized boolean isDraining() {
        return draining;
    }

    /** Takes no more jobs. When the last VM has finished and is gone, {@link #finished} completes. Idempotent. */
    public synchronized void drain() {
        if (draining) {
            return;
        }
        draining = true;
        fleet.drain(UNTIL_EMPTY).thenAccept(outcome -> {
            if (outcome == DrainOutcome.EMPTY) {
                finished.complete(outcome);
            }
        });
    }

    /** Takes jobs again. Idempotent. */
    public synchronized void resume() {
        if (draining) {
            draining = false;
            fleet.resume().exceptionally(ended -> null);
        }
    }

    /**
     * The end of its work.
     *
     * @return completes with {@code EMPTY} when a drain has come to its end, with {@code CLOSED} when the fleet was closed
     *     before; fails as {@link RunnerCoordinator#termination}
     */
    public CompletionStage<DrainOutcome> finished() {
        return finished.minimalCompletionStage();
    }

    /**
     * What keeps it from its work now.
     *
     * @return a line each; empty if it takes jobs, or drains, and hears GitHub
     */
    public List<String> troubles() {
        FleetSnapshot now = fleet.snapshot();
        List<String> troubles = new ArrayList<>();
        if (!Set.of(CoordinatorState.RUNNING, CoordinatorState.DRAINING).contains(now.state())) {
            troubles.add("the fleet is " + now.state());
        }
        for (FleetSnapshot.Pool pool : now.pools()) {
            if (pool.source() != SourceState.CONNECTED) {
                troubles.add(pool.name() + ": GitHub is " + pool.source() + ": " + pool.sourceDetail());
            }
            pool.failing()
                    .ifPresent(failing -> troubles.add(pool.name() + ": " + failing.failures()
                            + " creations in a row failed: " + failing.evidence()));
        }
        return troubles;
    }

    /** Ends it. Busy VMs finish by themselves, and are taken up by the next start; those that wait are removed. */
    @Override
    public void close() {
        fleet.close();
    }
}
