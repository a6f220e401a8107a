package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs that no scale set has go to the runners registered by REST. */
@Timeout(60)
class ClassicRunnersSimulatorTest {
    private static CompletableFuture<HttpResponse<String>> listening(RestWorld rest, Answer jit) {
        var runner = rest.runner(jit);
        assertThat(runner.connect().status()).isEqualTo(200);
        return runner.askForJob();
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aQueuedJobGoesToAnIdleRunnerThatHasAllItsLabels(Face face) throws Exception {
        try (var rest = RestWorld.open(face)) {
            var plain = listening(rest, rest.jit("orgs/my-org", "plain", "linux"));
            var big = listening(rest, rest.jit("orgs/my-org", "big", "linux", "gpu"));
            rest.world.awaitArrival(Route.RUNNER_JOB, 2);
            rest.simulator.submit(one("train", "GPU", "linux"));
            assertThat(SimulatorWorld.parse(rest.world.await(big).body())
                            .get("name")
                            .textValue())
                    .isEqualTo("train");
            assertThat(plain).isNotDone();
            JobRecord job = rest.world.job("train");
            assertThat(job.state()).isEqualTo(State.RUNNING);
            assertThat(job.runner()).contains("big");
            assertThat(job.scaleSet()).isEmpty();
            rest.assertNoBreach();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aJobOfAnotherRepositoryIsNotForIt(Face face) {
        var builder = ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(100));
        try (var rest = RestWorld.open(face, builder)) {
            var elsewhere = rest.runner(rest.jit("repos/my-org/other", "elsewhere", "gpu"));
            var stranger = rest.runner(rest.jit("orgs/acme", "stranger", "gpu"));
            var anywhere = rest.runner(rest.jit("enterprises/all", "anywhere", "gpu"));
            rest.simulator.submit(one("train", "gpu"));
            elsewhere.connect();
            stranger.connect();
            anywhere.connect();
            assertThat(elsewhere.job().status()).isEqualTo(202);
            assertThat(stranger.job().status()).isEqualTo(202);
            assertThat(anywhere.job().json().get("name").textValue()).isEqualTo("train");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aScaleSetComesFirst(Face face) {
        var builder = ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(100));
        try (var rest = RestWorld.open(face, builder)) {
            var session = rest.world.openSession(rest.world.register().createScaleSet("linux", "gpu"));
            var runner = rest.runner(rest.jit("orgs/my-org", "classic", "gpu", "linux"));
            runner.connect();
            rest.simulator.submit(one("train", "gpu"));
            assertThat(runner.job().status()).isEqualTo(202);
            assertThat(session.message(0, 1).kinds()).containsExactly("JobAssigned train");
            rest.simulator.faults().removeScaleSet("linux");
            assertThat(runner.job().json().get("name").textValue()).isEqualTo("train");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void theServiceSeesAClassicRunnerWithoutAScaleSet(Face face) {
        try (var rest = RestWorld.open(face)) {
            rest.world.register();
            rest.jit("orgs/my-org", "classic", "gpu");
            Answer found = rest.world.admin("GET", "distributedtask/pools/0/agents?agentName=classic", "");
            assertThat(found.json().at("/value/0/runnerScaleSetId").longValue()).isZero();
            assertThat(found.json().at("/value/0/labels/0/name").textValue()).isEqualTo("gpu");
            long set = rest.world.createScaleSet("linux");
            Answer taken = rest.world.admin(
                    "POST",
                    "runtime/runnerscalesets/" + set + "/generatejitconfig",
                    "{\"name\":\"classic\",\"workFolder\":\"_work\"}");
            assertThat(taken.status()).isEqualTo(409);
        }
    }

    @Test
    void aRunnerInMemoryTakesOneJobAndIsGone() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            String secret = rest.jit("orgs/my-org", "r1", "gpu")
                    .json()
                    .get("encoded_jit_config")
                    .textValue();
            TestMachine machine =
                    TestMachine.boot(rest.simulator.runnerProgram(), "r1", secret, rest.world.time.host("machines"));
            rest.simulator.submit(Workflow.of(
                    "my-org/repo",
                    WorkflowJob.taking("train", Duration.ofMinutes(3), "gpu"),
                    WorkflowJob.taking("next", Duration.ofMinutes(3), "gpu")));
            rest.world.time.advance(Duration.ofMinutes(4));
            assertThat(machine.exitCode).hasValue(0);
            assertThat(machine.seen).containsExactly(Kind.LISTENING, Kind.WORKING, Kind.JOB_DONE);
            assertThat(rest.world.job("train").result()).contains("succeeded");
            assertThat(rest.world.job("next").state()).isEqualTo(State.QUEUED);
            assertThat(rest.simulator.registrations()).isEmpty();
        }
    }

    @Test
    void aRunnerThatIsKilledLosesItsJob() {
        var builder = ActionsServiceSimulator.builder().runnerLease(Duration.ofMinutes(2));
        try (var rest = RestWorld.open(Face.IN_MEMORY, builder)) {
            String secret = rest.jit("orgs/my-org", "r1", "gpu")
                    .json()
                    .get("encoded_jit_config")
                    .textValue();
            TestMachine machine =
                    TestMachine.boot(rest.simulator.runnerProgram(), "r1", secret, rest.world.time.host("machines"));
            rest.simulator.submit(Workflow.of("my-org/repo", WorkflowJob.taking("train", Duration.ofHours(1), "gpu")));
            rest.world.time.advance(Duration.ofMinutes(1));
            machine.kill();
            rest.world.time.advance(Duration.ofMinutes(3));
            assertThat(rest.world.job("train").result()).contains("abandoned");
            assertThat(rest.simulator.registrations())
                    .singleElement()
                    .matches(agent -> !agent.online() && !agent.busy());
        }
    }

    @Test
    void aRealProcessRunsAJob(@TempDir Path root) throws Exception {
        try (var rest = RestWorld.open(Face.LOOPBACK)) {
            rest.simulator.submit(one("hello", "gpu"));
            String secret = rest.jit("repos/my-org/repo", "r1", "gpu")
                    .json()
                    .get("encoded_jit_config")
                    .textValue();
            var builder = new ProcessBuilder(StandInRunner.command()).directory(root.toFile());
            builder.environment().put("ACTIONS_RUNNER_INPUT_JITCONFIG", secret);
            Path log = root.resolve("runner.log");
            Process process = builder.redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try {
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            assertThat(process.exitValue()).as(Files.readString(log)).isZero();
            assertThat(rest.world.job("hello").result()).contains("succeeded");
            assertThat(rest.simulator.registrations()).isEmpty();
            rest.assertNoBreach();
        }
    }
}
