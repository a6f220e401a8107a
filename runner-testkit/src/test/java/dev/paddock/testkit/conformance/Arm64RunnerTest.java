package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.JobResult;
import dev.paddock.RunnerCoordinator;
import dev.paddock.ShutdownMode;
import dev.paddock.event.FleetEvent;
import dev.paddock.event.JobAssigned;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A fleet for ARM64, whatever this host is: the package's listener is a script, which runs anywhere. */
@Timeout(60)
class Arm64RunnerTest extends RestCase {
    @TempDir
    private Path folder;

    private final List<FleetEvent> events = new CopyOnWriteArrayList<>();
    private RunnerCoordinator fleet;

    @Override
    Transport open() {
        return Transport.socket();
    }

    @AfterEach
    void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    private LocalRunnerProvider machines() {
        var installer = RunnerInstaller.builder(rest(), folder.resolve("cache"))
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .platform(RunnerPlatform.of("Linux", "aarch64"))
                .build();
        return LocalRunnerProvider.builder(folder.resolve("runners"), installer).build();
    }

    @Test
    @DisplayName("RL-R30, RL-R2: a job for ARM64 is assigned, runs and succeeds on a runner of the package linux-arm64")
    void aJobForArm64Succeeds() {
        start(builder -> builder.rest(
                rest -> rest.runnerVersion("2.336.0").runnerPackage("linux-arm64", RunnerPackages.working())));
        LocalRunnerProvider machines = machines();
        assertThat(machines.systemLabels()).contains("ARM64").doesNotContain("X64");
        var jobs = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .build();
        fleet = RunnerCoordinator.builder(jobs, machines)
                .fleet("arm64")
                .onEvent(events::add)
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start();
        sim().submit(Workflow.builder("arm64-ci")
                .repository(REPOSITORY)
                .add(WorkflowJob.builder("build")
                        .labels(SET)
                        .step(Step.run("work", "true"))
                        .build())
                .build());
        until(() -> events.stream().anyMatch(JobCompleted.class::isInstance), "the job");
        assertThat(events.stream()
                        .<Class<?>>map(FleetEvent::getClass)
                        .filter(List.of(JobAssigned.class, JobStarted.class, JobCompleted.class)::contains))
                .containsExactly(JobAssigned.class, JobStarted.class, JobCompleted.class);
        assertThat(events)
                .filteredOn(JobCompleted.class::isInstance)
                .singleElement()
                .satisfies(event ->
                        assertThat(((JobCompleted) event).result().kind()).isEqualTo(JobResult.Kind.SUCCEEDED));
        assertThat(requests(Route.PACKAGE_FILE))
                .singleElement()
                .satisfies(request -> assertThat(request.path()).contains("linux-arm64"));
    }
}
