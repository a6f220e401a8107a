package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.RunnerObservation.Kind;
import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.SimulatorWorld.Face;
import dev.paddock.testkit.SimulatorWorld.Message;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of jobs, in virtual time. */
class JobsSimulatorTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static SimulatorWorld open() {
        return open(ActionsServiceSimulator.builder());
    }

    private static SimulatorWorld open(ActionsServiceSimulator.Builder builder) {
        return SimulatorWorld.open(Face.IN_MEMORY, builder).register();
    }

    private static TestMachine boot(SimulatorWorld world, long set, String name) {
        return TestMachine.boot(
                world.simulator.runnerProgram(), name, world.runner(set, name).secret, world.time.host("machines"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void anAssignmentNobodyTakesIsOfferedThreeTimesAndThenAbandoned(int minutes) {
        try (var world = open(ActionsServiceSimulator.builder().assignTimeout(MINUTE.multipliedBy(minutes)))) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            Message first = nextMessage(session, 0);
            Instant assigned = world.time.now();
            assertThat(first.kinds()).containsExactly("JobAssigned job");
            long cursor = first.id();
            for (int round = 2; round <= 3; round++) {
                Message again = nextMessage(session, cursor);
                cursor = again.id();
                assertThat(again.kinds()).containsExactly("JobCompleted job", "JobAssigned job");
                assertThat(again.jobs().get(0).get("result").textValue()).isEqualTo("canceled");
                assertThat(again.jobs().get(0).get("runnerId").longValue()).isZero();
                assertThat(again.jobs().get(0).get("runnerName").textValue()).isEmpty();
                assertThat(world.job("job").round()).isEqualTo(round);
                assertThat(Duration.between(assigned, world.time.now()))
                        .isCloseTo(MINUTE.multipliedBy(minutes), Duration.ofSeconds(1));
                assigned = world.time.now();
            }
            Message last = nextMessage(session, cursor);
            assertThat(last.kinds()).containsExactly("JobCompleted job");
            assertThat(last.jobs().get(0).get("result").textValue()).isEqualTo("abandoned");
            assertThat(last.statistics().get("totalAssignedJobs").intValue()).isZero();
            assertThat(world.job("job").result()).contains("abandoned");
        }
    }

    private static Message nextMessage(SimulatorWorld.Session session, long cursor) {
        for (int polls = 0; polls < 20; polls++) {
            var answer = session.poll(cursor, 1);
            if (answer.status() == 200) {
                Message message = Message.of(answer);
                session.delete(message.id());
                return message;
            }
        }
        throw new AssertionError("no message in twenty polls");
    }

    @Test
    void aRunnerInMemoryWorksItsStepsAndEnds() {
        try (var world = open()) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("job")
                            .step(Step.taking("compile", Duration.ofMinutes(20)))
                            .step(Step.taking("test", Duration.ofMinutes(30)))
                            .build())
                    .build());
            session.message(0, 1);
            TestMachine machine = boot(world, set, "r1");
            assertThat(world.time.advanceUntil(() -> machine.seen.contains(Kind.WORKING), MINUTE))
                    .isTrue();
            assertThat(world.simulator.scaleSets().get(0).statistics()).isEqualTo(new JobStatistics(1, 1, 1, 1, 0));
            world.time.advance(Duration.ofMinutes(51));

            JobRecord job = world.job("job");
            assertThat(job.result()).contains("succeeded");
            assertThat(Duration.between(
                            job.startedAt().orElseThrow(), job.finishedAt().orElseThrow()))
                    .isBetween(Duration.ofMinutes(50), Duration.ofMinutes(50).plusSeconds(1));
            assertThat(machine.exitCode).hasValue(0);
            assertThat(machine.seen).containsExactly(Kind.LISTENING, Kind.WORKING, Kind.JOB_DONE);
            assertThat(world.simulator.registrations()).isEmpty();
        }
    }

    @Test
    void aFailingStepEndsTheJobAndSkipsWhatNeedsIt() {
        try (var world = open()) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("deploy").needs("test").build())
                    .add(WorkflowJob.builder("test").needs("build", "lint").build())
                    .add(WorkflowJob.builder("build")
                            .step(Step.failing("make", MINUTE))
                            .step(Step.taking("never", MINUTE))
                            .build())
                    .add(WorkflowJob.builder("lint").build())
                    .build());
            assertThat(world.job("test").state()).isEqualTo(State.BLOCKED);
            session.message(0, 2);
            boot(world, set, "r1");
            boot(world, set, "r2");
            world.time.advance(MINUTE.multipliedBy(3));

            assertThat(world.job("lint").result()).contains("succeeded");
            assertThat(world.job("build").result()).contains("failed");
            assertThat(world.job("test").result()).contains("skipped");
            assertThat(world.job("deploy").result()).contains("skipped");
        }
    }

    @Test
    void aJobWhoseNeedsAreMetIsQueued() {
        try (var world = open()) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("build").build())
                    .add(WorkflowJob.builder("test").needs("build").build())
                    .build());
            assertThat(session.message(0, 5).kinds()).containsExactly("JobAssigned build");
            boot(world, set, "r1");
            world.time.advance(Duration.ofSeconds(1));
            assertThat(session.message(100_000_001, 5).kinds())
                    .containsExactly("JobStarted build", "JobCompleted build", "JobAssigned test");
        }
    }

    @Test
    void aKilledRunnerLosesItsJobWhenTheLeaseRunsOut() {
        try (var world = open(ActionsServiceSimulator.builder().runnerLease(MINUTE))) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("job")
                            .step(Step.taking("long", Duration.ofHours(1)))
                            .build())
                    .build());
            session.message(0, 1);
            TestMachine machine = boot(world, set, "r1");
            world.time.advance(Duration.ofMinutes(10));
            assertThat(world.job("job").state()).isEqualTo(State.RUNNING);
            machine.kill();
            world.time.advance(Duration.ofSeconds(30));
            assertThat(world.job("job").state()).isEqualTo(State.RUNNING);
            world.time.advance(MINUTE);

            assertThat(world.job("job").result()).contains("abandoned");
            RegistrationRecord lost = world.simulator.registrations().get(0);
            assertThat(lost.online()).isFalse();
            assertThat(lost.busy()).isFalse();
            var completed = world.register().openSession(set).message(0, 1);
            session.delete(completed.id());
            assertThat(world.admin("DELETE", "distributedtask/pools/0/agents/" + lost.id(), "")
                            .status())
                    .isEqualTo(204);
        }
    }

    @Test
    void aKilledIdleRunnerGetsNoJobAndGoesOffline() {
        try (var world = open(ActionsServiceSimulator.builder().runnerLease(MINUTE))) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            TestMachine machine = boot(world, set, "r1");
            world.time.advance(Duration.ofMinutes(10));
            assertThat(world.simulator.registrations().get(0).online()).isTrue();
            machine.kill();
            var again = TestMachine.boot(
                    world.simulator.runnerProgram(), "r1", machine.secret(), world.time.host("machines"));
            world.time.advance(Duration.ofSeconds(1));
            assertThat(again.exitCode).hasValue(5);
            world.simulator.submit(one("job"));
            session.poll(0, 1);
            world.time.advance(MINUTE);
            assertThat(world.job("job").state()).isNotEqualTo(State.RUNNING);
            assertThat(world.simulator.registrations().get(0).online()).isFalse();
            world.time.advance(Duration.ofDays(1));
            assertThat(world.simulator.registrations()).isEmpty();
        }
    }

    @Test
    void aJobIsCanceledWhereverItStands() {
        try (var world = open()) {
            long set = world.createScaleSet("linux");
            world.simulator.submit(Workflow.builder("ci")
                    .add(WorkflowJob.builder("running")
                            .step(Step.taking("long", Duration.ofHours(1)))
                            .build())
                    .add(WorkflowJob.builder("assigned").build())
                    .add(WorkflowJob.builder("queued").build())
                    .add(WorkflowJob.builder("blocked").needs("queued").build())
                    .add(WorkflowJob.builder("homeless").labels("no-such").build())
                    .build());
            var session = world.openSession(set);
            session.message(0, 2);
            TestMachine machine = boot(world, set, "r1");
            world.time.advance(MINUTE);
            for (String name : new String[] {"running", "assigned", "blocked", "queued", "homeless"}) {
                world.simulator.cancel(world.job(name).id());
            }
            world.time.advance(Duration.ofSeconds(10));
            assertThat(world.simulator.jobs())
                    .allSatisfy(job -> assertThat(job.result()).contains("canceled"));
            assertThat(machine.exitCode).hasValue(0);
            assertThat(world.simulator.registrations()).isEmpty();
            world.simulator.cancel(world.job("running").id());
            assertThatThrownBy(() -> world.simulator.cancel("none")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aJobThatIsOverRunsAgain() {
        try (var world = open()) {
            world.simulator.submit(one("job"));
            JobRecord first = world.job("job");
            assertThatThrownBy(() -> world.simulator.rerun(first.id())).isInstanceOf(IllegalStateException.class);
            world.simulator.cancel(first.id());
            JobRecord second = world.simulator.rerun(first.id());
            assertThat(second.attempt()).isEqualTo(2);
            assertThat(second.id()).isNotEqualTo(first.id());
            assertThat(second.runId()).isEqualTo(first.runId());
            assertThat(second.state()).isEqualTo(State.QUEUED);
        }
    }

    @Test
    void aJobGoesToTheFirstScaleSetThatHasAllItsLabels() {
        try (var world = open()) {
            world.simulator.submit(one("early", "big"));
            assertThat(world.job("early").scaleSet()).isEmpty();
            world.createScaleSet("small", "linux");
            world.createScaleSet("large", "linux", "big");
            world.simulator.submit(one("any", "linux"));
            world.simulator.submit(one("named", "LARGE"));
            assertThat(world.job("early").scaleSet()).contains("large");
            assertThat(world.job("any").scaleSet()).contains("small");
            assertThat(world.job("named").scaleSet()).contains("large");
        }
    }

    @Test
    void jobsWithoutARunnerLeaveADeletedScaleSet() {
        try (var world = open()) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            world.simulator.submit(one("job"));
            session.message(0, 1);
            world.runner(set, "r1");
            assertThat(world.job("job").state()).isEqualTo(State.ASSIGNED);
            world.simulator.faults().removeScaleSet("linux");
            assertThat(world.job("job").state()).isEqualTo(State.QUEUED);
            assertThat(world.simulator.registrations()).isEmpty();
            world.createScaleSet("linux");
            assertThat(world.job("job").scaleSet()).contains("linux");
        }
    }

    @Test
    void anOfferNobodyAcquiresIsMadeAgain() {
        try (var world = open(ActionsServiceSimulator.builder().flow(Flow.ACQUIRE))) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            Message first = session.message(0, 1);
            session.delete(first.id());
            Message again = session.message(first.id(), 1);
            assertThat(again.kinds()).containsExactly("JobAvailable job");
            session.delete(again.id());
            assertThat(session.acquire("[1]").json().get("count").intValue()).isEqualTo(1);
            assertThat(session.message(again.id(), 1).kinds()).containsExactly("JobAssigned job");
        }
    }

    @Test
    void aSessionNobodyPollsEndsAndOneThatPollsLives() {
        try (var world = open(ActionsServiceSimulator.builder().sessionTtl(Duration.ofSeconds(30)))) {
            long set = world.createScaleSet("linux");
            var session = world.openSession(set);
            for (int i = 0; i < 5; i++) {
                assertThat(session.poll(0, 1).status()).isEqualTo(202);
            }
            assertThat(world.simulator.sessions()).hasSize(1);
            world.time.advance(Duration.ofSeconds(31));
            assertThat(world.simulator.sessions()).isEmpty();
            assertThat(world.simulator.scaleSets().get(0).capacity()).isZero();
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
            world.openSession(set);
        }
    }

    @Test
    void tokensExpireInTheirTime() {
        try (var world = open()) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.time.advance(Duration.ofMinutes(10).plusSeconds(1));
            assertThat(world.admin("GET", "runtime/runnerscalesets", "").status())
                    .isEqualTo(401);
            world.register();
            session = world.openSession(session.scaleSet);
            Instant end = world.time.now().plus(Duration.ofMinutes(50));
            while (world.time.now().isBefore(end)) {
                assertThat(session.poll(0, 1).status()).isEqualTo(202);
            }
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
        }
    }
}
