package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerPool;
import dev.paddock.ShutdownMode;
import dev.paddock.event.JobCompleted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.GitHubChecks;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.github.runner.PreflightReport;
import dev.paddock.github.runner.RunnerInstaller;
import dev.paddock.github.runner.RunnerPlatform;
import dev.paddock.testkit.Fault;
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

/** A fleet whose provider looks before it installs: a real archive, real processes, a real socket. */
@Timeout(60)
class PreflightFleetTest extends RestCase {
    @TempDir
    private Path folder;

    private final List<JobCompleted> completed = new CopyOnWriteArrayList<>();
    private final List<PreflightReport> reports = new CopyOnWriteArrayList<>();
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

    private void startFleet() {
        var installer = RunnerInstaller.builder(rest(), folder.resolve("cache"))
                .httpClient(transport().httpClient(sim()))
                .scheduler(transport().scheduler())
                .platform(new RunnerPlatform("linux", "x64"))
                .build();
        var machines = LocalRunnerProvider.builder(folder.resolve("runners"), installer)
                .preflight(GitHubChecks.builder(rest())
                        .httpClient(transport().httpClient(sim()))
                        .scheduler(transport().scheduler())
                        .installer(installer)
                        .refusePublicRepositories()
                        .build())
                .preflightEvery(Duration.ofSeconds(3))
                .build();
        var jobs = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .build();
        fleet = RunnerCoordinator.builder()
                .fleet("checked")
                .addPool(RunnerPool.builder("cpu", jobs, machines).maxRunners(1).build())
                .on(JobCompleted.class, completed::add)
                .on(PreflightReport.class, reports::add)
                .drainTimeout(Duration.ZERO)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .start();
    }

    @Test
    @DisplayName("RL-T1, RL-T2, RL-R27: what fails keeps a fleet from downloading and starting; mended, it works")
    void whatFailsKeepsAFleetFromStartingUntilItIsMended() {
        start(builder -> builder.rest(
                rest -> rest.runnerVersion("2.336.0").runnerPackage("linux-x64", RunnerPackages.working())));
        faults().next(Route.REST_LIST_RUNNERS, Fault.status(403));
        startFleet();
        sim().submit(Workflow.builder("build")
                .repository(REPOSITORY)
                .add(WorkflowJob.builder("build")
                        .labels(SET)
                        .step(Step.run("work", "true"))
                        .build())
                .build());
        until(() -> fleet.explain("cpu").text().contains("the preflight failed: GH-AUTH"), "why");
        assertThat(fleet.explain("cpu").text())
                .contains(
                        "Its provider has no room: the preflight failed: GH-AUTH: could not list the self-hosted runners:"
                                + " 403")
                .contains(" -> Give credentials with Self-hosted runners read and write on the organization");
        assertThat(requests(Route.PACKAGE_FILE)).isEmpty();
        assertThat(requests(Route.RUNNER_PACKAGE)).isEmpty();
        assertThat(fleet.snapshot().runners()).isEmpty();
        assertThat(folder.resolve("cache")).doesNotExist();
        until(() -> completed.size() == 1, "the job, without anybody's help");
        assertThat(requests(Route.PACKAGE_FILE)).hasSize(1);
        assertThat(reports).extracting(PreflightReport::isGo).startsWith(false).contains(true);
    }
}
