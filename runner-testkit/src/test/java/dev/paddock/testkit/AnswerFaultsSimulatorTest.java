package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import dev.paddock.testkit.SimulatorWorld.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What faults do to answers: their shape, their pace, their contents. Over both faces. */
class AnswerFaultsSimulatorTest {
    private static final String SETS = "runtime/runnerscalesets";

    private static SimulatorWorld open(Face face) {
        return open(face, ActionsServiceSimulator.builder());
    }

    private static SimulatorWorld open(Face face, ActionsServiceSimulator.Builder builder) {
        return SimulatorWorld.open(face, builder.longPoll(Duration.ofMillis(100)))
                .register();
    }

    private static Answer struck(SimulatorWorld world, Fault fault) {
        world.simulator.faults().next(Route.LIST_SCALE_SETS, fault);
        return world.admin("GET", SETS, "");
    }

    private static String header(Answer answer, String name) {
        return answer.response().headers().firstValue(name).orElse("");
    }

    // ---- shapes --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Face.class)
    void anErrorComesInTheShapeOfWhoeverSendsIt(Face face) {
        try (var world = open(face)) {
            String type =
                    "GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, GitHub.Actions.Runtime.WebApi";
            Answer service = struck(world, Fault.serviceError(404, type, "none"));
            assertThat(service.status()).isEqualTo(404);
            assertThat(service.json().get("typeName").textValue()).isEqualTo(type);
            assertThat(service.json().get("typeKey").textValue()).isEqualTo("RunnerScaleSetNotFoundException");
            assertThat(service.json().get("message").textValue()).isEqualTo("none");

            Answer rest = struck(world, Fault.restError(403, "no access"));
            assertThat(rest.json().get("message").textValue()).isEqualTo("no access");
            assertThat(rest.json().get("documentation_url").textValue()).startsWith("https://");

            Answer broker = struck(world, Fault.brokerError(400, "RunnerSessionInvalid", "gone"));
            assertThat(broker.json().get("errorKind").textValue()).isEqualTo("RunnerSessionInvalid");
            assertThat(broker.json().get("statusCode").intValue()).isEqualTo(400);

            Answer page = struck(world, Fault.page(502));
            assertThat(page.body()).startsWith("<html>").contains("502");
            assertThat(header(page, "Content-Type")).startsWith("text/html");

            Answer text = struck(world, Fault.status(400, "capacity error"));
            assertThat(text.body()).isEqualTo("capacity error");
            assertThat(header(text, "Content-Type")).startsWith("text/plain");
            assertThat(struck(world, Fault.status(404)).body()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aByteOrderMarkStandsBeforeABody(Face face) {
        try (var world = open(face)) {
            Answer error = struck(world, Fault.restError(500, "x").withByteOrderMark());
            assertThat(error.body()).startsWith("\uFEFF{");
            assertThat(header(error, "Content-Type")).startsWith("application/json");
            assertThat(struck(world, Fault.byteOrderMark()).body()).startsWith("\uFEFF{\"count\":0");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aLimitSaysHowLongToWait(Face face) {
        try (var world = open(face)) {
            Answer seconds = struck(world, Fault.retryAfter(Duration.ofMillis(6_500)));
            assertThat(seconds.status()).isEqualTo(429);
            assertThat(header(seconds, "Retry-After")).isEqualTo("7");

            String date = header(struck(world, Fault.retryAfterDate(Duration.ofHours(1))), "Retry-After");
            assertThat(date).matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
            Instant due = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            var requests = world.simulator.requests();
            assertThat(Duration.between(requests.get(requests.size() - 1).at(), due))
                    .isBetween(Duration.ofHours(1), Duration.ofHours(1).plusSeconds(2));
            assertThat(world.simulator.scaleSets()).isEmpty();
        }
    }

    // ---- pace ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Face.class)
    void aSlowBodyComesWholeInTheEnd(Face face) {
        try (var world = open(face)) {
            Instant before = world.time.now();
            Answer answer = struck(world, Fault.slowBody(Duration.ofMillis(30)));
            assertThat(answer.body()).isEqualTo("{\"count\":0,\"value\":[]}");
            if (face == Face.IN_MEMORY) {
                assertThat(Duration.between(before, world.time.now())).isGreaterThan(Duration.ofMillis(90));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void anEndlessBodyTakesEffectAndCanBeGivenUp(Face face) {
        try (var world = open(face)) {
            world.simulator.faults().next(Route.CREATE_SCALE_SET, Fault.endlessBody());
            var reply = world.send(
                    "POST", world.adminUrl(SETS), "{\"name\":\"linux\",\"runnerGroupId\":1}", world.adminHeaders());
            world.awaitTrue(() -> !world.simulator.scaleSets().isEmpty());
            if (face == Face.IN_MEMORY) {
                world.time.advance(Duration.ofMinutes(5));
            }
            assertThat(reply).isNotDone();
            reply.cancel(true);
            assertThat(world.admin("GET", SETS, "").status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aBodyThatIsCutBreaksTheConnectionAfterTheEffect(Face face) {
        try (var world = open(face)) {
            world.simulator.faults().next(Route.CREATE_SCALE_SET, Fault.cutBody());
            var reply = world.send(
                    "POST", world.adminUrl(SETS), "{\"name\":\"linux\",\"runnerGroupId\":1}", world.adminHeaders());
            assertThatThrownBy(() -> world.await(reply))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IOException.class);
            assertThat(world.simulator.scaleSets()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aRouteHasALatencyUntilItIsForgotten(Face face) {
        try (var world = open(face)) {
            Duration least = Duration.ofMillis(60);
            world.simulator.faults().latency(Route.LIST_SCALE_SETS, least, Duration.ofMillis(90));
            Instant before = world.time.now();
            assertThat(world.admin("GET", SETS, "").status()).isEqualTo(200);
            assertThat(struck(world, Fault.status(503)).status()).isEqualTo(503);
            if (face == Face.IN_MEMORY) {
                assertThat(Duration.between(before, world.time.now()))
                        .isBetween(least.multipliedBy(2), Duration.ofMillis(250));
            }
            world.simulator.faults().clear();
            Instant after = world.time.now();
            world.admin("GET", SETS, "");
            if (face == Face.IN_MEMORY) {
                assertThat(Duration.between(after, world.time.now())).isLessThan(least);
            }
        }
    }

    @Test
    void aLatencyOutOfBoundsIsRefused() {
        try (var world = open(Face.IN_MEMORY)) {
            Faults faults = world.simulator.faults();
            assertThatThrownBy(() -> faults.latency(Route.POLL, Duration.ofMillis(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("PT-0.001S");
            assertThatThrownBy(() -> faults.latency(Route.POLL, Duration.ofMillis(2), Duration.ofMillis(1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    // ---- contents ------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Face.class)
    void aCountIsWrong(Face face) {
        try (var world = open(face)) {
            assertThat(struck(world, Fault.wrongCount(2)).json().get("count").intValue())
                    .isEqualTo(2);
            world.createScaleSet("linux");
            Answer less = struck(world, Fault.wrongCount(-1));
            assertThat(less.json().get("count").intValue()).isZero();
            assertThat(less.json().get("value")).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aMessageIsOfAnotherTypeOrHasAnElementMore(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.createScaleSet("linux"));
            world.simulator.submit(one("job"));
            world.simulator.faults().next(Route.POLL, Fault.unknownMessage());
            world.simulator.faults().next(Route.POLL, Fault.unknownElement());
            world.simulator.faults().next(Route.POLL, Fault.brokenElement());
            Answer other = session.poll(0, 1);
            assertThat(other.json().get("messageType").textValue()).isEqualTo("RunnerScaleSetOtherMessages");
            assertThat(other.json().get("messageId").longValue()).isPositive();
            Message unknown = session.message(0, 1);
            assertThat(unknown.jobs()).hasSize(2);
            assertThat(unknown.jobs().get(0).get("messageType").textValue()).isEqualTo("JobPostponed");
            assertThat(unknown.jobs().get(1).get("messageType").textValue()).isEqualTo("JobAssigned");
            Message broken = session.message(0, 1);
            assertThat(broken.jobs().get(0).get("runnerRequestId").isTextual()).isTrue();
            assertThat(session.message(0, 1).kinds()).containsExactly("JobAssigned job");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void statisticsAreNullOrMissing(Face face) {
        try (var world = open(face)) {
            long set = world.createScaleSet("linux");
            world.simulator.faults().next(Route.OPEN_SESSION, Fault.nullStatistics());
            Answer opened = world.admin("POST", SETS + "/" + set + "/sessions", "{\"ownerName\":\"x\"}");
            assertThat(opened.json().get("statistics").isNull()).isTrue();
            world.simulator.faults().evictSession("linux");
            var session = world.openSession(set);
            world.simulator.submit(one("job"));
            world.simulator.faults().next(Route.POLL, Fault.noStatistics());
            assertThat(session.message(0, 1).statistics()).isNull();
            assertThat(session.message(0, 1).statistics()).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aTokenWithoutItsExpiryIsGoodNevertheless(Face face) {
        try (var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder())) {
            world.simulator.faults().next(Route.RUNNER_REGISTRATION, Fault.noExpiry());
            world.register();
            assertThat(claims(world.admin).has("exp")).isFalse();
            long set = world.createScaleSet("linux");
            world.simulator.faults().next(Route.OPEN_SESSION, Fault.noExpiry());
            var session = world.openSession(set);
            assertThat(claims(session.token).has("exp")).isFalse();
            world.simulator.submit(one("job"));
            assertThat(session.message(0, 1).kinds()).containsExactly("JobAssigned job");
            world.simulator.faults().expireQueueToken("linux");
            assertThat(session.poll(0, 1).status()).isEqualTo(401);
            world.simulator.faults().expireAdminTokens();
            assertThat(world.admin("GET", SETS, "").status()).isEqualTo(401);
        }
    }

    private static JsonNode claims(String jwt) {
        return SimulatorWorld.parse(
                new String(Base64.getUrlDecoder().decode(jwt.split("\\.")[1]), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aSessionHasNoQueue(Face face) {
        try (var world = open(face)) {
            long set = world.createScaleSet("linux");
            world.simulator.faults().next(Route.OPEN_SESSION, Fault.noQueueUrl());
            Answer opened = world.admin("POST", SETS + "/" + set + "/sessions", "{\"ownerName\":\"x\"}");
            assertThat(opened.json().get("messageQueueUrl").textValue()).isEmpty();
            assertThat(world.simulator.sessions()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void whatIsNotInAReplyCannotGoWrong(Face face) {
        try (var world = open(face)) {
            for (Fault fault : List.of(Fault.noStatistics(), Fault.noExpiry(), Fault.noQueueUrl(), Fault.reorder())) {
                assertThat(struck(world, fault).body()).isEqualTo("{\"count\":0,\"value\":[]}");
            }
        }
    }

    // ---- the clock -----------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Face.class)
    void aClockThatIsWrongIsWrongInTokensAndDates(Face face) {
        try (var world = SimulatorWorld.open(face, ActionsServiceSimulator.builder())) {
            Duration skew = Duration.ofMinutes(-30);
            world.simulator.faults().clockSkew(skew);
            world.register();
            var asked = world.simulator.requests();
            Instant truly = asked.get(asked.size() - 1).at();
            Instant expiry =
                    Instant.ofEpochSecond(claims(world.admin).get("exp").longValue());
            assertThat(Duration.between(truly, expiry)).isBetween(Duration.ofMinutes(-21), Duration.ofMinutes(-19));
            Answer answer = world.admin("GET", SETS, "");
            assertThat(answer.status())
                    .as("by the service's clock the token is good")
                    .isEqualTo(200);
            if (face == Face.IN_MEMORY) {
                Instant date = ZonedDateTime.parse(header(answer, "Date"), DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
                assertThat(Duration.between(world.time.now(), date))
                        .isBetween(skew.minusSeconds(2), skew.plusSeconds(1));
            }
            world.simulator.faults().clear();
            assertThat(world.admin("GET", SETS, "").status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void anAnswerHasADate(Face face) {
        try (var world = open(face)) {
            assertThat(struck(world, Fault.status(503, "", Map.of()))
                            .response()
                            .headers()
                            .map())
                    .containsKey("date");
        }
    }
}
