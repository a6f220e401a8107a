package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import dev.paddock.testkit.SimulatorWorld.Message;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each fault does what it says, over both faces. */
class FaultsSimulatorTest {
    private static final String SETS = "runtime/runnerscalesets";

    private static SimulatorWorld open(Face face) {
        return SimulatorWorld.open(face, ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(100)))
                .register();
    }

    private static void breaks(SimulatorWorld world, String method, String path, String body) {
        assertThatThrownBy(() -> world.await(world.send(method, world.adminUrl(path), body, world.adminHeaders())))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void anErrorComesInPlaceOfTheEffect(Face face) {
        try (var world = open(face)) {
            world.simulator
                    .faults()
                    .next(
                            Route.CREATE_SCALE_SET,
                            2,
                            Fault.status(503, "{\"message\":\"no\"}", Map.of("Retry-After", "7")));
            for (int i = 0; i < 2; i++) {
                Answer answer = world.admin("POST", SETS, "{\"name\":\"linux\",\"runnerGroupId\":1}");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.body()).isEqualTo("{\"message\":\"no\"}");
                assertThat(answer.response().headers().firstValue("Retry-After"))
                        .contains("7");
            }
            assertThat(world.simulator.scaleSets()).isEmpty();
            world.createScaleSet("linux");
            assertThat(world.simulator.requests().stream()
                            .filter(request -> request.fault().isPresent()))
                    .hasSize(2)
                    .allSatisfy(request -> assertThat(request.status()).hasValue(503));
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aResetHasNoEffectAndALostReplyHas(Face face) {
        try (var world = open(face)) {
            world.simulator.faults().next(Route.CREATE_SCALE_SET, Fault.reset());
            breaks(world, "POST", SETS, "{\"name\":\"linux\",\"runnerGroupId\":1}");
            assertThat(world.simulator.scaleSets()).isEmpty();
            world.simulator.faults().next(Route.CREATE_SCALE_SET, Fault.loseReply());
            breaks(world, "POST", SETS, "{\"name\":\"linux\",\"runnerGroupId\":1}");
            assertThat(world.simulator.scaleSets()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageWhoseReplyIsLostComesAgain(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            world.simulator.faults().next(Route.POLL, Fault.loseReply());
            // The JDK's client quietly repeats a GET whose kept-alive connection broke; the other face shows the break.
            if (face == Face.IN_MEMORY) {
                assertThatThrownBy(() -> world.await(session.send(0, 1))).hasCauseInstanceOf(IOException.class);
            }
            assertThat(session.message(0, 1).kinds()).containsExactly("JobAssigned job");
            assertThat(world.simulator.requests().stream().filter(request -> request.route() == Route.POLL))
                    .hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aDelayedReplyIsLateAndItsEffectIsNot(Face face) throws Exception {
        try (var world = open(face)) {
            world.simulator.faults().next(Route.CREATE_SCALE_SET, Fault.delay(Duration.ofMillis(200)));
            Instant before = world.time.now();
            var reply = world.send(
                    "POST", world.adminUrl(SETS), "{\"name\":\"linux\",\"runnerGroupId\":1}", world.adminHeaders());
            world.awaitArrival(Route.CREATE_SCALE_SET, 1);
            assertThat(world.simulator.scaleSets()).hasSize(1);
            assertThat(world.await(reply).statusCode()).isEqualTo(200);
            if (face == Face.IN_MEMORY) {
                assertThat(Duration.between(before, world.time.now())).isGreaterThan(Duration.ofMillis(200));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aRequestThatHangsHasNoEffectAndCanBeGivenUp(Face face) {
        try (var world = open(face)) {
            world.simulator.faults().next(Route.CREATE_SCALE_SET, Fault.hang());
            var reply = world.send(
                    "POST", world.adminUrl(SETS), "{\"name\":\"linux\",\"runnerGroupId\":1}", world.adminHeaders());
            world.awaitArrival(Route.CREATE_SCALE_SET, 1);
            if (face == Face.IN_MEMORY) {
                world.time.advance(Duration.ofHours(1));
            }
            assertThat(reply).isNotDone();
            assertThat(world.simulator.scaleSets()).isEmpty();
            reply.cancel(true);
            assertThat(reply).isCompletedExceptionally();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void anAcknowledgedMessageComesOnceMore(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            long id = session.message(0, 1).id();
            world.simulator.faults().next(Route.DELETE_MESSAGE, Fault.duplicate());
            assertThat(session.delete(id).status()).isEqualTo(204);
            assertThat(session.message(id, 1).id()).isEqualTo(id);
            assertThat(session.poll(0, 1).status()).isEqualTo(202);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageIsDeliveredTwiceThoughAcknowledged(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            world.simulator.faults().next(Route.POLL, Fault.duplicate());
            long id = session.message(0, 1).id();
            session.delete(id);
            assertThat(session.message(id, 1).id()).isEqualTo(id);
            assertThat(session.poll(0, 1).status()).isEqualTo(202);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aDoubledRequestTakesEffectTwice(Face face) {
        try (var world = open(face)) {
            long set = world.createScaleSet("linux");
            world.simulator.faults().next(Route.GENERATE_JIT_CONFIG, Fault.duplicate());
            Answer second = world.admin(
                    "POST", SETS + "/" + set + "/generatejitconfig", "{\"name\":\"r1\",\"workFolder\":\"_work\"}");
            assertThat(second.status()).isEqualTo(409);
            assertThat(world.simulator.registrations()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aReplyGetsAnotherBody(Face face) {
        try (var world = open(face)) {
            long set = world.createScaleSet("linux");
            world.simulator.faults().next(Route.GET_SCALE_SET, Fault.replaceBody("null"));
            world.simulator.faults().next(Route.GET_SCALE_SET, Fault.replaceBody(""));
            Answer answer = world.admin("GET", SETS + "/" + set, "");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("null");
            assertThat(world.admin("GET", SETS + "/" + set, "").body()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aConflictIsPretended(Face face) {
        try (var world = open(face)) {
            long set = world.createScaleSet("linux");
            world.simulator.faults().next(Route.OPEN_SESSION, Fault.sessionConflict());
            Answer answer = world.admin("POST", SETS + "/" + set + "/sessions", "{\"ownerName\":\"x\"}");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.body()).contains("linux already has an active session");
            assertThat(world.simulator.sessions()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void staleStatisticsAreThoseOfTheSendBefore(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            world.simulator.faults().next(Route.POLL, Fault.staleStatistics());
            Message stale = session.message(0, 1);
            assertThat(stale.kinds()).containsExactly("JobAssigned job");
            assertThat(stale.statistics().get("totalAssignedJobs").intValue()).isZero();
            assertThat(session.message(0, 1)
                            .statistics()
                            .get("totalAssignedJobs")
                            .intValue())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aDecisionSeesEveryRequestThatNoPlannedFaultStrikes(Face face) {
        try (var world = open(face)) {
            world.simulator.faults().next(Route.LIST_SCALE_SETS, Fault.status(502));
            world.simulator
                    .faults()
                    .decide(request -> request.query().contains("name=bad")
                            ? Optional.of(Fault.status(418, "teapot"))
                            : Optional.empty());
            assertThat(world.admin("GET", SETS + "?name=bad", "").status()).isEqualTo(502);
            assertThat(world.admin("GET", SETS + "?name=bad", "").body()).isEqualTo("teapot");
            assertThat(world.admin("GET", SETS + "?name=good", "").status()).isEqualTo(200);
            world.simulator.faults().clear();
            assertThat(world.admin("GET", SETS + "?name=bad", "").status()).isEqualTo(200);
        }
    }

    // ---- messages ------------------------------------------------------------------------------------------

    private static Workflow two() {
        return Workflow.builder("ci")
                .add(WorkflowJob.builder("a").build())
                .add(WorkflowJob.builder("b").build())
                .build();
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void theSecondOfTwoMessagesComesFirst(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(two());
            world.simulator.faults().next(Route.POLL, Fault.reorder());
            Message second = session.message(0, 2);
            assertThat(second.kinds()).containsExactly("JobAssigned b");
            session.delete(second.id());
            Message first = session.message(second.id(), 2);
            assertThat(first.kinds()).containsExactly("JobAssigned a");
            assertThat(first.id()).isEqualTo(second.id() - 1);
            session.delete(first.id());
            assertThat(session.poll(0, 2).status()).isEqualTo(202);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageIsOvertakenByOneThatComesLater(Face face) throws Exception {
        try (var world =
                SimulatorWorld.open(face, ActionsServiceSimulator.builder()).register()) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("a"));
            world.simulator.faults().next(Route.POLL, Fault.reorder());
            var poll = session.send(0, 2);
            world.awaitArrival(Route.POLL, 1);
            assertThat(world.simulator.scaleSets().get(0).undelivered()).isEqualTo(1);
            world.simulator.submit(one("b"));
            var reply = world.await(poll);
            assertThat(Message.of(new Answer(reply.statusCode(), reply.body(), reply))
                            .kinds())
                    .containsExactly("JobAssigned b");
            assertThat(session.message(0, 2).kinds()).containsExactly("JobAssigned a");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageThatNoneOvertakesComesWhenThePollIsOver(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("a"));
            world.simulator.faults().next(Route.POLL, Fault.reorder());
            assertThat(session.message(0, 2).kinds()).containsExactly("JobAssigned a");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void jobsAreAssignedBeyondTheCapacity(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(two());
            world.simulator.faults().next(Route.POLL, Fault.ignoreCapacity());
            assertThat(session.message(0, 0).kinds()).containsExactly("JobAssigned a", "JobAssigned b");
        }
    }

    // ---- chance --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Face.class)
    void oneSeedStrikesTheSameRequests(Face face) {
        List<Integer> first = struckBy(face, 7);
        assertThat(first).isEqualTo(struckBy(face, 7)).isNotEqualTo(struckBy(face, 8));
        assertThat(first.stream().filter(status -> status == 200)).hasSizeBetween(30, 70);
        assertThat(first).contains(500, 502);
    }

    private static List<Integer> struckBy(Face face, long seed) {
        try (var world = open(face)) {
            world.simulator.faults().seeded(seed, 0.5, Fault.status(500), Fault.page(502));
            var statuses = new ArrayList<Integer>();
            for (int i = 0; i < 100; i++) {
                statuses.add(world.admin("GET", SETS, "").status());
            }
            return statuses;
        }
    }

    @Test
    void aShareOutOfBoundsAndNoFaultAreRefused() {
        try (var world = open(Face.IN_MEMORY)) {
            Faults faults = world.simulator.faults();
            assertThatThrownBy(() -> faults.seeded(1, 1.1, Fault.reset()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1.1");
            assertThatThrownBy(() -> faults.seeded(1, Double.NaN, Fault.reset()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> faults.seeded(1, 0.5)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
