package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.JobRecord.State;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import dev.paddock.testkit.SimulatorWorld.Message;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The wire as a client meets it, over both faces. */
class ProtocolSimulatorTest {
    private static final String SETS = "runtime/runnerscalesets";
    private static final String AGENTS = "distributedtask/pools/0/agents";

    private static ActionsServiceSimulator.Builder quick() {
        return ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(100));
    }

    private static String typeName(Answer answer) {
        return answer.json().get("typeName").textValue();
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aJobIsAssignedRunAndReported(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            long set = world.register().createScaleSet("linux", "gpu");
            var session = world.openSession(set);
            assertThat(session.poll(0, 2).status()).isEqualTo(202);

            world.simulator.submit(one("train", "gpu"));
            Message assigned = session.message(0, 2);
            assertThat(assigned.id()).isEqualTo(100_000_001);
            assertThat(assigned.kinds()).containsExactly("JobAssigned train");
            assertThat(assigned.statistics().get("totalAssignedJobs").intValue())
                    .isEqualTo(1);
            assertThat(session.delete(assigned.id()).status()).isEqualTo(204);

            var runner = world.runner(set, "linux-1");
            assertThat(runner.connect().status()).isEqualTo(200);
            JsonNode job = runner.job().json();
            assertThat(job.get("name").textValue()).isEqualTo("train");
            assertThat(job.get("steps").get(0).get("command").textValue()).isEqualTo("true");
            String id = job.get("jobId").textValue();
            assertThat(runner.renew(id).json().get("canceled").booleanValue()).isFalse();
            assertThat(runner.finish(id, "succeeded").status()).isEqualTo(204);

            Message completed = session.message(assigned.id(), 2);
            assertThat(completed.kinds()).containsExactly("JobStarted train", "JobCompleted train");
            assertThat(completed.jobs().get(1).get("result").textValue()).isEqualTo("succeeded");
            assertThat(completed.jobs().get(1).get("runnerId").longValue()).isEqualTo(runner.id);
            assertThat(world.simulator.registrations()).isEmpty();
            assertThat(world.job("train").result()).contains("succeeded");
            assertThat(world.job("train").runner()).contains("linux-1");
            assertThat(world.admin("DELETE", session.path(), "").status()).isEqualTo(204);
            assertThat(world.simulator.sessions()).isEmpty();
            assertThat(world.simulator.violations()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void theAcquireFlowOffersAndTheWinnerGetsTheJob(Face face) {
        try (var world = SimulatorWorld.open(face, quick().flow(Flow.ACQUIRE))) {
            long set = world.register().createScaleSet("linux", "gpu");
            var session = world.openSession(set);
            assertThat(world.admin("GET", SETS + "/" + set + "/acquirablejobs", "")
                            .status())
                    .isEqualTo(204);
            world.simulator.submit(one("train", "gpu"));
            world.simulator.submit(one("test", "gpu"));

            Message offer = session.message(0, 5);
            assertThat(offer.kinds()).containsExactly("JobAvailable train", "JobAvailable test");
            assertThat(offer.jobs().get(0).get("runnerRequestId").longValue()).isEqualTo(1);
            assertThat(offer.jobs().get(0).get("acquireJobUrl").textValue()).endsWith("/acquirejobs");
            assertThat(offer.statistics().get("totalAvailableJobs").intValue()).isEqualTo(2);
            assertThat(offer.statistics().get("totalAssignedJobs").intValue()).isZero();
            Answer acquirable = world.admin("GET", SETS + "/" + set + "/acquirablejobs", "");
            assertThat(acquirable.json().get("count").intValue()).isEqualTo(2);

            assertThat(session.acquire("[1,7]").body()).isEqualTo("{\"count\":1,\"value\":[1]}");
            assertThat(session.acquire("[1]").body()).isEqualTo("{\"count\":0,\"value\":[]}");
            Message assigned = session.message(offer.id(), 5);
            assertThat(assigned.kinds()).containsExactly("JobAssigned train");
            assertThat(world.job("train").state()).isEqualTo(State.ASSIGNED);
            assertThat(world.job("test").state()).isEqualTo(State.AVAILABLE);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void noMoreJobsAreAssignedThanAdvertised(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            for (int i = 0; i < 3; i++) {
                world.simulator.submit(one("job" + i, "linux"));
            }
            assertThat(session.poll(0, 0).status()).isEqualTo(202);
            Message two = session.message(0, 2);
            assertThat(two.kinds()).containsExactly("JobAssigned job0", "JobAssigned job1");
            assertThat(session.poll(two.id(), 2).status()).isEqualTo(202);
            world.simulator.cancel(world.job("job0").id());
            Message third = session.message(two.id(), 2);
            assertThat(third.kinds()).containsExactly("JobCompleted job0", "JobAssigned job2");
            assertThat(third.jobs().get(0).get("result").textValue()).isEqualTo("canceled");
            assertThat(third.jobs().get(0).get("runnerId").longValue()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageBelowTheCursorComesAgainIfAskedFor(Face face) {
        try (var world = SimulatorWorld.open(face, quick().redeliverBelowCursor(true))) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.submit(one("first"));
            long first = session.message(0, 9).id();
            assertThat(session.message(first, 9).id()).isEqualTo(first);
            assertThat(session.delete(first).status()).isEqualTo(204);
            assertThat(session.poll(first, 9).status()).isEqualTo(202);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aSecondDeletionOfAMessageIsNotFoundIfAskedFor(Face face) {
        try (var world = SimulatorWorld.open(face, quick().secondDeleteFails(true))) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.submit(one("first"));
            long first = session.message(0, 9).id();
            assertThat(session.delete(first).status()).isEqualTo(204);
            assertThat(session.delete(first).status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageComesAgainUntilItIsDeleted(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.submit(one("first"));
            long first = session.message(0, 9).id();
            world.simulator.submit(one("second"));

            assertThat(session.message(0, 9).id()).isEqualTo(first);
            Message second = session.message(first, 9);
            assertThat(second.id()).isEqualTo(first + 1);
            assertThat(session.poll(second.id(), 9).status()).isEqualTo(202);
            assertThat(session.message(0, 9).kinds()).containsExactly("JobAssigned first");
            assertThat(session.delete(first).status()).isEqualTo(204);
            assertThat(session.delete(first).status()).isEqualTo(204);
            assertThat(session.message(0, 9).id()).isEqualTo(second.id());

            world.admin("DELETE", session.path(), "");
            var next = world.openSession(session.scaleSet);
            assertThat(next.message(0, 9).id()).isEqualTo(second.id());
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void atMostFiftyJobMessagesComeAtOnceAndOthersAreMerged(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            var workflow = Workflow.builder("many");
            for (int i = 0; i < 60; i++) {
                workflow.add(WorkflowJob.builder("job" + i).build());
            }
            world.simulator.submit(workflow.build());
            Message full = session.message(0, 100);
            Message rest = session.message(full.id(), 100);
            assertThat(full.jobs()).hasSize(50);
            assertThat(rest.jobs()).hasSize(10);
            assertThat(rest.statistics().get("totalAssignedJobs").intValue()).isEqualTo(60);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aWaitingPollWakesForAnAssignmentAndOnlyIfToldSoForAStart(Face face) throws Exception {
        for (boolean late : new boolean[] {true, false}) {
            var builder = ActionsServiceSimulator.builder()
                    .longPoll(Duration.ofSeconds(late ? 1 : 600))
                    .lateStarted(late);
            try (var world = SimulatorWorld.open(face, builder)) {
                var session = world.openSession(world.register().createScaleSet("linux"));
                var waiting = session.send(0, 1);
                world.awaitArrival(Route.POLL, 1);
                world.simulator.submit(one("job"));
                assertThat(world.await(waiting).statusCode()).isEqualTo(200);

                var runner = world.runner(session.scaleSet, "r");
                runner.connect();
                var started = session.send(100_000_001, 1);
                world.awaitArrival(Route.POLL, 2);
                runner.job();
                assertThat(world.await(started).statusCode()).isEqualTo(late ? 202 : 200);
                if (late) {
                    assertThat(session.message(100_000_001, 1).kinds()).containsExactly("JobStarted job");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void scaleSetsAreFoundPatchedAndDeleted(Face face) {
        try (var world = SimulatorWorld.open(face, quick().runnerGroup("gpu").dropLabel("fancy"))) {
            String name = "a&b #c+d%";
            long id = world.register().createScaleSet(name, "one", "fancy");
            String query = "?runnerGroupId=1&name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
            JsonNode found = world.admin("GET", SETS + query, "").json();
            assertThat(found.get("count").intValue()).isEqualTo(1);
            JsonNode set = found.get("value").get(0);
            assertThat(set.get("id").longValue()).isEqualTo(id);
            assertThat(set.get("labels")).hasSize(1);
            assertThat(world.admin("GET", SETS + "?runnerGroupId=2&name=x", "").json())
                    .isEqualTo(SimulatorWorld.parse("{\"count\":0,\"value\":[]}"));

            Answer twice = world.admin("POST", SETS, "{\"name\":\"" + name + "\",\"runnerGroupId\":1}");
            assertThat(twice.status()).isEqualTo(400);
            assertThat(twice.json().get("message").textValue()).contains("already exists in runner group");
            assertThat(world.admin("PATCH", SETS + "/" + id, "{\"RunnerSetting\":{\"disableUpdate\":true}}")
                            .json()
                            .at("/RunnerSetting/disableUpdate")
                            .booleanValue())
                    .isTrue();
            Answer moved = world.admin(
                    "PATCH",
                    SETS + "/" + id,
                    "{\"runnerGroupId\":2,\"RunnerSetting\":{},\"createdOn\":\"0001-01-01T00:00:00Z\"}");
            assertThat(moved.status()).isEqualTo(200);
            assertThat(moved.json().get("runnerGroupName").textValue()).isEqualTo("gpu");
            assertThat(moved.json().get("name").textValue()).isEqualTo(name);
            assertThat(moved.json().at("/RunnerSetting/disableUpdate").booleanValue())
                    .isTrue();
            assertThat(moved.json().get("labels")).isEqualTo(set.get("labels"));

            assertThat(world.admin("DELETE", SETS + "/" + id, "").status()).isEqualTo(204);
            Answer gone = world.admin("GET", SETS + "/" + id, "");
            assertThat(gone.status()).isEqualTo(404);
            assertThat(typeName(gone)).contains("RunnerScaleSetNotFoundException");
            assertThat(gone.response().headers().firstValue("ActivityId")).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void runnerGroupsAreFoundByNameInAnyCase(Face face) {
        try (var world = SimulatorWorld.open(face, quick().runnerGroup("gpu")).register()) {
            assertThat(world.admin("GET", "runtime/runnergroups/?groupName=default", "")
                            .json())
                    .isEqualTo(SimulatorWorld.parse("{\"count\":1,\"value\":["
                            + "{\"id\":1,\"name\":\"Default\",\"size\":0,\"isDefaultGroup\":true}]}"));
            assertThat(world.admin("GET", "runtime/runnergroups/", "")
                            .json()
                            .get("count")
                            .intValue())
                    .isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aScaleSetHasOneSessionAndItsTokenRotates(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            long set = world.register().createScaleSet("linux");
            var session = world.openSession(set);
            Answer second = world.admin("POST", SETS + "/" + set + "/sessions", "{\"ownerName\":\"other\"}");
            assertThat(second.status()).isEqualTo(409);
            assertThat(typeName(second)).contains("RunnerScaleSetSessionConflictException");
            assertThat(second.json().get("message").textValue()).contains("already has an active session");

            Answer refreshed = world.admin("PATCH", session.path(), "");
            assertThat(refreshed.status()).isEqualTo(200);
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
            assertThat(session.delete(1).status()).isEqualTo(401);
            assertThat(session.acquire("[1]").status()).isEqualTo(401);
            session.token = refreshed.json().get("messageQueueAccessToken").textValue();
            assertThat(session.poll(0, 1).status()).isEqualTo(202);

            assertThat(world.admin("DELETE", session.path(), "").status()).isEqualTo(204);
            Answer again = world.admin("DELETE", session.path(), "");
            assertThat(again.status()).isEqualTo(400);
            assertThat(typeName(again)).contains("RunnerScaleSetSessionExpiredException");
            assertThat(world.openSession(set).id).isNotEqualTo(session.id);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void anEvictedSessionIsGoneForEveryCall(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.faults().evictSession("linux");
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
            Answer refresh = world.admin("PATCH", session.path(), "");
            assertThat(refresh.status()).isEqualTo(404);
            assertThat(typeName(refresh)).contains("RunnerAdminException");

            world.simulator.faults().removeScaleSet("linux");
            Answer poll = session.poll(0, 1);
            assertThat(poll.status()).isEqualTo(404);
            assertThat(typeName(poll)).contains("RunnerScaleSetNotFoundException");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void tokensExpireWhenToldAndTheServiceMoves(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            world.simulator.faults().expireQueueToken("linux");
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
            world.simulator.faults().expireAdminTokens();
            assertThat(world.admin("GET", SETS, "").status()).isEqualTo(401);
            String before = world.register().service;
            world.simulator.faults().moveService();
            assertThat(world.admin("GET", SETS, "").status()).isEqualTo(401);
            assertThat(world.register().service).isNotEqualTo(before);
            assertThat(world.admin("GET", SETS, "").json().get("count").intValue())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void runnersAreRegisteredFoundAndDeletedUnlessBusy(Face face) {
        try (var world = SimulatorWorld.open(face, quick())) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            var runner = world.runner(session.scaleSet, "r1");
            Answer twice = world.admin(
                    "POST",
                    SETS + "/" + session.scaleSet + "/generatejitconfig",
                    "{\"name\":\"r1\",\"workFolder\":\"\"}");
            assertThat(twice.status()).isEqualTo(409);
            assertThat(typeName(twice)).contains("AgentExistsException");
            JsonNode found = world.admin("GET", AGENTS + "?agentName=r1", "").json();
            assertThat(found.get("count").intValue()).isEqualTo(1);
            assertThat(found.at("/value/0/status").textValue()).isEqualTo("offline");
            assertThat(found.at("/value/0/runnerScaleSetId").longValue()).isEqualTo(session.scaleSet);

            world.simulator.submit(one("job"));
            session.message(0, 1);
            runner.connect();
            String job = runner.job().json().get("jobId").textValue();
            JsonNode one = world.admin("GET", AGENTS + "/" + runner.id, "").json();
            assertThat(one.get("status").textValue()).isEqualTo("online");
            assertThat(one.get("busy").booleanValue()).isTrue();
            Answer busy = world.admin("DELETE", AGENTS + "/" + runner.id, "");
            assertThat(busy.status()).isEqualTo(409);
            assertThat(typeName(busy)).contains("JobStillRunningException");
            assertThat(world.admin("DELETE", SETS + "/" + session.scaleSet, "").status())
                    .isEqualTo(400);

            runner.finish(job, "failed");
            Answer gone = world.admin("DELETE", AGENTS + "/" + runner.id, "");
            assertThat(gone.status()).isEqualTo(404);
            assertThat(typeName(gone)).contains("AgentNotFoundException");
            assertThat(world.admin("GET", AGENTS + "/" + runner.id, "").status())
                    .isEqualTo(404);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aRunnerWhoseRegistrationIsDeletedHearsOfItAtOnce(Face face) throws Exception {
        try (var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder())) {
            long set = world.register().createScaleSet("linux");
            var runner = world.runner(set, "r1");
            assertThat(runner.connect().status()).isEqualTo(200);
            assertThat(runner.connect().status()).isEqualTo(409);
            var waiting = runner.askForJob();
            world.awaitArrival(Route.RUNNER_JOB, 1);
            assertThat(world.admin("DELETE", AGENTS + "/" + runner.id, "").status())
                    .isEqualTo(204);
            assertThat(world.await(waiting).statusCode()).isEqualTo(401);
            assertThat(runner.connect().status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void manyPollsWaitAtOnce(Face face) throws Exception {
        try (var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder())) {
            world.register();
            var waiting = new ArrayList<CompletableFuture<?>>();
            for (int i = 0; i < 30; i++) {
                var session = world.openSession(world.createScaleSet("set" + i));
                waiting.add(session.send(0, 1));
            }
            world.awaitArrival(Route.POLL, 30);
            for (int i = 0; i < 30; i++) {
                world.simulator.submit(one("job" + i, "set" + i));
            }
            for (var poll : waiting) {
                world.await(poll);
            }
        }
    }
}
