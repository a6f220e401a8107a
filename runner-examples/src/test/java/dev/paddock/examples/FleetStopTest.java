package dev.paddock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerCoordinator;
import dev.paddock.ShutdownMode;
import dev.paddock.event.CoordinatorStateChanged;
import dev.paddock.event.JobStarted;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.github.runner.LocalRunnerProvider;
import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.StandInRunner;
import dev.paddock.testkit.Step;
import dev.paddock.testkit.Workflow;
import dev.paddock.testkit.WorkflowJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two fleets on one host with one runner program, and that program started by hand. */
@Timeout(180)
class FleetStopTest {
    @TempDir
    private Path folder;

    private final CountDownLatch draining = new CountDownLatch(1);

    /** The stand-in; without a registration, a process that waits. */
    private Path program() throws Exception {
        String standIn =
                StandInRunner.command().stream().map(part -> "'" + part + "'").collect(Collectors.joining(" "));
        Path script = Files.writeString(
                folder.resolve("run.sh"),
                "#!/bin/sh\n[ -n \"$ACTIONS_RUNNER_INPUT_JITCONFIG\" ] || exec sleep 1000\nexec " + standIn + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    private RunnerCoordinator fleet(
            ActionsServiceSimulator github, Path program, String name, Duration drain, CountDownLatch started) {
        var jobs = ScaleSetListener.builder(github.configUrl("acme"), name)
                .credentials(GitHubCredentials.token("any"))
                .build();
        var machines = LocalRunnerProvider.builder(folder.resolve(name), List.of(program.toString()))
                .grace(Duration.ofSeconds(5))
                .build();
        RunnerCoordinator fleet = RunnerCoordinator.builder(jobs, machines)
                .fleet(name)
                .maxRunners(1)
                .drainTimeout(drain)
                .shutdownMode(ShutdownMode.TERMINATE_ALL)
                .on(JobStarted.class, event -> started.countDown())
                .on(CoordinatorStateChanged.class, event -> {
                    if (event.to() == CoordinatorState.DRAINING) {
                        draining.countDown();
                    }
                })
                .start();
        String wait = "touch '" + folder.resolve(name + ".at") + "'; while [ ! -e '" + folder.resolve(name + ".go")
                + "' ]; do sleep 0.05; done";
        github.submit(Workflow.builder(name)
                .repository("acme/engine")
                .add(WorkflowJob.builder(name)
                        .labels(name)
                        .step(Step.run("wait", wait))
                        .build())
                .build());
        return fleet;
    }

    private static ProcessHandle runner(Path root) throws Exception {
        try (var records = Files.newDirectoryStream(root, "*.json")) {
            String record = Files.readString(records.iterator().next());
            return ProcessHandle.of(Long.parseLong(record.replaceAll("(?s).*\"pid\" : (\\d+).*", "$1")))
                    .orElseThrow();
        }
    }

    private static JobRecord job(ActionsServiceSimulator github, String name) {
        return github.jobs().stream()
                .filter(job -> job.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @DisplayName("SLATE-49: the stop of one fleet ends its own processes alone, after their job unless it is forced")
    void theStopOfOneFleetEndsItsOwnProcessesAloneAfterTheirJobUnlessItIsForced() throws Exception {
        Path program = program();
        var started = new CountDownLatch(2);
        Process foreign = new ProcessBuilder(program.toString()).start();
        try (var github = ActionsServiceSimulator.builder()
                .longPoll(Duration.ofMillis(500))
                .lateStarted(false)
                .start()) {
            RunnerCoordinator patient = fleet(github, program, "patient", Duration.ofMinutes(2), started);
            RunnerCoordinator forced = fleet(github, program, "forced", Duration.ZERO, started);
            try {
                assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
                ProcessHandle one = runner(folder.resolve("patient"));
                ProcessHandle other = runner(folder.resolve("forced"));

                CompletableFuture<?> closed = patient.closeAsync().toCompletableFuture();
                assertThat(draining.await(60, TimeUnit.SECONDS)).isTrue();
                assertThat(one.isAlive()).as("it has a job").isTrue();
                assertThat(job(github, "patient").state()).isEqualTo(JobRecord.State.RUNNING);
                Files.createFile(folder.resolve("patient.go"));
                closed.get(60, TimeUnit.SECONDS);
                assertThat(job(github, "patient").result()).contains("succeeded");
                assertThat(one.isAlive()).isFalse();
                assertThat(other.isAlive()).isTrue();
                assertThat(job(github, "forced").state()).isEqualTo(JobRecord.State.RUNNING);
                assertThat(foreign.isAlive()).isTrue();

                forced.closeAsync().toCompletableFuture().get(60, TimeUnit.SECONDS);
                assertThat(other.isAlive()).isFalse();
                assertThat(job(github, "forced").result().orElse("")).isNotEqualTo("succeeded");
                assertThat(foreign.isAlive()).as("of the same program").isTrue();
                assertThat(folder.resolve("patient")).isEmptyDirectory();
                assertThat(folder.resolve("forced")).isEmptyDirectory();
            } finally {
                Files.writeString(folder.resolve("forced.go"), "");
                Files.writeString(folder.resolve("patient.go"), "");
                patient.close();
                forced.close();
            }
        } finally {
            foreign.destroyForcibly().waitFor();
        }
    }
}
