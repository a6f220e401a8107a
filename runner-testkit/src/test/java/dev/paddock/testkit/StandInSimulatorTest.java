package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in runner, a real program, against the loopback face. */
@Timeout(60)
class StandInSimulatorTest {
    @TempDir
    private Path root;

    private Process start(String secret) throws Exception {
        var runner = new ProcessBuilder(StandInRunner.command()).directory(root.toFile());
        runner.environment().put("ACTIONS_RUNNER_INPUT_JITCONFIG", secret);
        runner.redirectErrorStream(true)
                .redirectOutput(root.resolve("runner.log").toFile());
        return runner.start();
    }

    @Test
    void aRealProcessRunsAJob() throws Exception {
        try (var world = SimulatorWorld.open(Face.LOOPBACK, ActionsServiceSimulator.builder())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("job")
                            .step(Step.run("write", "echo done > result"))
                            .step(Step.run("fail", "exit 3"))
                            .build())
                    .build());
            session.message(0, 1);
            Process process = start(world.runner(session.scaleSet, "r1").secret);
            try {
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            assertThat(process.exitValue())
                    .as(Files.readString(root.resolve("runner.log")))
                    .isZero();
            assertThat(world.job("job").result()).contains("failed");
            assertThat(world.simulator.registrations()).isEmpty();
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @Test
    void aKilledProcessLosesItsJob() throws Exception {
        var builder = ActionsServiceSimulator.builder().lateStarted(false).runnerLease(Duration.ofSeconds(3));
        try (var world = SimulatorWorld.open(Face.LOOPBACK, builder)) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("job")
                            .step(Step.run("wait", "exec sleep 30"))
                            .build())
                    .build());
            long cursor = session.message(0, 1).id();
            Process process = start(world.runner(session.scaleSet, "r1").secret);
            try {
                world.awaitArrival(Route.RUNNER_RENEW, 1);
                assertThat(world.job("job").state()).isEqualTo(State.RUNNING);
            } finally {
                // The runner first, or it may yet report that its step was killed.
                var steps = process.descendants().toList();
                process.destroyForcibly().waitFor();
                steps.forEach(ProcessHandle::destroyForcibly);
            }
            var started = session.message(cursor, 1);
            assertThat(started.kinds()).containsExactly("JobStarted job");
            var completed = session.message(started.id(), 1);
            assertThat(completed.kinds()).containsExactly("JobCompleted job");
            assertThat(world.job("job").result()).contains("abandoned");
        }
    }
}
