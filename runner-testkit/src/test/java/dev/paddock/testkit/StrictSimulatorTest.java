package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What no correct client sends is refused, says why, and is recorded. */
class StrictSimulatorTest {
    private static SimulatorWorld open(Face face) {
        return SimulatorWorld.open(face, ActionsServiceSimulator.builder().longPoll(Duration.ofMillis(50)));
    }

    private static void assertViolation(SimulatorWorld world, Answer answer, int status, String words) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains(words);
        List<RecordedRequest> violations = world.simulator.violations();
        assertThat(violations).isNotEmpty();
        RecordedRequest last = violations.get(violations.size() - 1);
        assertThat(last.violation().orElseThrow()).contains(words);
        assertThat(last.status()).hasValue(status);
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aRouteThatIsNotThereIsRefused(Face face) {
        try (var world = open(face).register()) {
            Answer answer = world.call("GET", world.simulator.url() + "/api/v3/zen", "");
            assertViolation(world, answer, 404, "no such route: GET /api/v3/zen");
            assertViolation(world, world.admin("PUT", "runtime/runnerscalesets", "{}"), 404, "no such route");
            assertThat(world.simulator.violations().get(0).route()).isEqualTo(Route.UNKNOWN);
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aTokenOfTheWrongClassIsRefused(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            String admin = world.admin;
            world.admin = session.token;
            assertViolation(
                    world,
                    world.admin("GET", "runtime/runnerscalesets", ""),
                    403,
                    "class QUEUE where one of class ADMIN");
            session.token = admin;
            assertViolation(world, session.poll(0, 1), 403, "class ADMIN where one of class QUEUE");
            assertViolation(world, session.delete(1), 403, "class ADMIN where one of class QUEUE");
            assertViolation(world, session.acquire("[1]"), 403, "class ADMIN where one of class QUEUE");
            Answer rest = world.call(
                    "POST",
                    world.simulator.url() + "/api/v3/orgs/my-org/actions/runners/registration-token",
                    "",
                    "Authorization",
                    "Bearer " + admin);
            assertViolation(world, rest, 403, "where a GitHub credential is wanted");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void missingAndMisshapenCredentialsAreRefused(Face face) {
        try (var world = open(face).register()) {
            String url = world.adminUrl("runtime/runnerscalesets");
            assertViolation(world, world.call("GET", url, ""), 401, "no Authorization header");
            assertViolation(
                    world,
                    world.call("GET", url, "", "Authorization", "RemoteAuth " + world.admin),
                    401,
                    "scheme must be Bearer");
            Answer unknown = world.call("GET", url, "", "Authorization", "Bearer nonsense");
            assertThat(unknown.status()).isEqualTo(401);
        }
    }

    private static Answer registrationToken(SimulatorWorld world, String authorization) {
        String url = world.simulator.url() + "/api/v3/orgs/my-org/actions/runners/registration-token";
        return world.call("POST", url, "", "Authorization", authorization);
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void restTakesATokenAsThePasswordOfBasicToo(Face face) {
        try (var world =
                SimulatorWorld.open(face, ActionsServiceSimulator.builder().acceptToken("ghp_x"))) {
            assertThat(registrationToken(world, basic("github:ghp_x")).status()).isEqualTo(201);
            assertThat(registrationToken(world, basic("github:ghp_y")).status()).isEqualTo(401);
            assertThat(registrationToken(world, basic("ghp_x:github")).status()).isEqualTo(401);
            assertThat(world.simulator.violations()).isEmpty();
            assertViolation(world, registrationToken(world, "Basic ghp_x"), 401, "name:token in Base64");
            assertViolation(world, registrationToken(world, basic("ghp_x")), 401, "name:token in Base64");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void theServiceWantsItsApiVersionAndTheQueueDoesNot(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            String bare = world.service + "_apis/runtime/runnerscalesets";
            assertViolation(
                    world, world.call("GET", bare, "", world.adminHeaders()), 400, "must have api-version=6.0-preview");
            String queue = session.url + "&api-version=6.0-preview";
            assertViolation(world, poll(world, session, queue, Map.of()), 400, "in the Accept header");
        }
    }

    private static Answer poll(
            SimulatorWorld world, SimulatorWorld.Session session, String url, Map<String, String> changes) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Authorization", "Bearer " + session.token);
        headers.put("Accept", "application/json; api-version=6.0-preview");
        headers.put("X-ScaleSetMaxCapacity", "1");
        headers.putAll(changes);
        headers.values().removeIf(String::isEmpty);
        return world.call(
                "GET",
                url,
                "",
                headers.entrySet().stream()
                        .flatMap(header -> List.of(header.getKey(), header.getValue()).stream())
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aPollNeedsItsHeadersAndKeepsItsQuery(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            Answer none = poll(world, session, session.url, Map.of("X-ScaleSetMaxCapacity", ""));
            assertViolation(world, none, 400, "capacity error");
            assertThat(none.response().headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain");
            Answer negative = poll(world, session, session.url, Map.of("X-ScaleSetMaxCapacity", "-1"));
            assertViolation(world, negative, 400, "capacity error");
            assertViolation(world, poll(world, session, session.url, Map.of("Accept", "*/*")), 400, "Accept must be");
            String cut = session.url.substring(0, session.url.indexOf('?'));
            assertViolation(world, poll(world, session, cut, Map.of()), 400, "must keep sessionId");
            String zero = session.url + "&lastMessageId=0";
            assertViolation(world, poll(world, session, zero, Map.of()), 400, "lastMessageId must be");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            runtime/runnerscalesets                     | {"name"                                  | is not JSON
            runtime/runnerscalesets                     | []                                       | must be a JSON object
            runtime/runnerscalesets                     | {"runnerGroupId":1}                      | "name" is missing
            runtime/runnerscalesets                     | {"name":"x"}                             | "runnerGroupId" must be a number
            runtime/runnerscalesets                     | {"name":"x","runnerGroupId":1,"runnerSetting":{}} | unknown key "runnerSetting"
            runtime/runnerscalesets                     | {"name":"x","runnerGroupId":1,"labels":[{"name":"a"}]} | a label needs
            runtime/runnerscalesets                     | {"name":"x","runnerGroupId":1,"RunnerSetting":{"a":1}} | does not take
            runtime/runnerscalesets/1/sessions          | {"sessionId":"x"}                        | "ownerName" is missing
            runtime/runnerscalesets/1/generatejitconfig | {"name":"a b","workFolder":""}           | a runner's name
            runtime/runnerscalesets/1/generatejitconfig | {"name":7}                               | must be a string
            runtime/runnerscalesets/one/sessions        | {"ownerName":"x"}                        | is not an id
            """)
    void aBodyOfTheWrongShapeIsRefused(String path, String body, String words) {
        for (Face face : Face.values()) {
            try (var world = open(face).register()) {
                world.createScaleSet("linux");
                assertViolation(world, world.admin("POST", path, body), 400, words);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void bodiesAreJsonAndOnlyWhereTheyBelong(Face face) {
        try (var world = open(face)) {
            var session = world.openSession(world.register().createScaleSet("linux"));
            assertViolation(world, session.acquire("null"), 400, "must be a JSON array");
            assertViolation(world, session.acquire("[\"1\"]"), 400, "must be a number");
            assertViolation(world, world.admin("PATCH", session.path(), "{}"), 400, "takes no body");
            Answer untyped = world.call(
                    "POST", world.adminUrl("runtime/runnerscalesets"), "{}", "Authorization", "Bearer " + world.admin);
            assertViolation(world, untyped, 400, "Content-Type must be application/json");
        }
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void theRegistrationMustBeForTheScopeOfItsToken(Face face) {
        try (var world = open(face)) {
            String api = world.simulator.url() + "/api/v3/";
            String token = world.call(
                            "POST",
                            api + "repos/acme/engine/actions/runners/registration-token",
                            "",
                            "Authorization",
                            "Bearer x")
                    .json()
                    .get("token")
                    .textValue();
            String[] headers = {"Authorization", "RemoteAuth " + token, "Content-Type", "application/json"};
            String register = api + "actions/runner-registration";
            Answer other = world.call(
                    "POST", register, "{\"url\":\"http://h/my-org\",\"runner_event\":\"register\"}", headers);
            assertViolation(world, other, 403, "is for acme/engine");
            Answer event =
                    world.call("POST", register, "{\"url\":\"http://h/acme/engine\",\"runner_event\":\"x\"}", headers);
            assertViolation(world, event, 400, "runner_event");
            Answer good = world.call(
                    "POST", register, "{\"url\":\"http://h/acme/engine\",\"runner_event\":\"register\"}", headers);
            assertThat(good.status()).isEqualTo(200);
        }
    }

    @Test
    void onlyTheTokenToldIsAccepted() {
        for (Face face : Face.values()) {
            try (var world =
                    SimulatorWorld.open(face, ActionsServiceSimulator.builder().acceptToken("right"))) {
                String url = world.simulator.url() + "/api/v3/orgs/my-org/actions/runners/registration-token";
                Answer wrong = world.call("POST", url, "", "Authorization", "Bearer wrong");
                assertThat(wrong.status()).isEqualTo(401);
                assertThat(wrong.json().get("message").textValue()).isEqualTo("Bad credentials");
                assertThat(wrong.response().headers().firstValue("X-GitHub-Request-Id"))
                        .isPresent();
                assertThat(world.call("POST", url, "", "Authorization", "Bearer right")
                                .status())
                        .isEqualTo(201);
            }
        }
    }
}
