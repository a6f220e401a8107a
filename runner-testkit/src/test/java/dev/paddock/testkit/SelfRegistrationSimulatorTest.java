package dev.paddock.testkit;

import static dev.paddock.testkit.SimulatorWorld.one;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.SimulatorWorld.Answer;
import dev.paddock.testkit.SimulatorWorld.Face;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runners that register themselves with a token, request by request. */
@Timeout(60)
class SelfRegistrationSimulatorTest {
    private static String token(RestWorld rest, String scope, String kind) {
        Answer answer = rest.post(scope + "/actions/runners/" + kind + "-token", "");
        assertThat(answer.status()).isEqualTo(201);
        return answer.json().get("token").textValue();
    }

    private static String body(RestWorld rest, String name, String more) {
        return "{\"url\":\"" + rest.simulator.url() + "/my-org/repo\",\"name\":\"" + name + "\",\"labels\":[\"gpu\"]"
                + more + "}";
    }

    private static Answer register(RestWorld rest, String token, String body) {
        return rest.send("POST", rest.simulator.url() + "/runner/register", body, "RemoteAuth " + token);
    }

    private static Answer runner(RestWorld rest, Answer registered, String method, String path, String body) {
        String token = registered.json().get("token").textValue();
        return rest.send(method, rest.simulator.url() + "/runner/" + path, body, "Bearer " + token);
    }

    @ParameterizedTest
    @EnumSource(Face.class)
    void aPersistentRunnerStaysForTheNextJob(Face face) {
        try (var rest = RestWorld.open(face)) {
            String token = token(rest, "repos/my-org/repo", "registration");
            Answer registered = register(rest, token, body(rest, "r1", ",\"ephemeral\":false"));
            assertThat(registered.status()).as(registered.body()).isEqualTo(201);
            String session = runner(rest, registered, "POST", "connect", "")
                    .json()
                    .get("sessionId")
                    .textValue();
            for (String name : new String[] {"first", "second"}) {
                rest.simulator.submit(one(name, "gpu"));
                Answer job = runner(rest, registered, "GET", "job?sessionId=" + session, "");
                assertThat(job.json().get("name").textValue()).isEqualTo(name);
                assertThat(rest.delete("repos/my-org/repo/actions/runners/"
                                        + registered.json().get("id"))
                                .status())
                        .isEqualTo(422);
                runner(
                        rest,
                        registered,
                        "POST",
                        "jobs/" + job.json().get("jobId").textValue() + "/finish",
                        "{\"result\":\"succeeded\"}");
                assertThat(rest.world.job(name).result()).contains("succeeded");
                assertThat(rest.simulator.registrations())
                        .singleElement()
                        .matches(agent -> agent.online() && !agent.busy() && !agent.ephemeral());
            }
            assertThat(rest.get("repos/my-org/repo/actions/runners").body()).contains("\"ephemeral\":false");
            rest.assertNoBreach();
        }
    }

    @Test
    void whoMayRegisterWhat() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            String token = token(rest, "repos/my-org/repo", "registration");
            assertThat(register(rest, "made-up", body(rest, "r1", "")).status()).isEqualTo(401);
            assertThat(register(rest, token(rest, "repos/my-org/other", "registration"), body(rest, "r1", ""))
                            .status())
                    .isEqualTo(401);
            assertThat(register(rest, token, body(rest, "r1", ",\"group\":\"none\""))
                            .status())
                    .isEqualTo(404);
            assertThat(register(rest, token, body(rest, "r1", "")).status()).isEqualTo(201);
            assertThat(register(rest, token, body(rest, "r1", "")).status()).isEqualTo(409);
            Answer second = register(rest, token, body(rest, "r1", ",\"replace\":true"));
            assertThat(second.status()).isEqualTo(201);
            assertThat(rest.simulator.registrations())
                    .singleElement()
                    .matches(agent -> agent.id() == second.json().get("id").longValue());
            rest.world.time.advance(Duration.ofMinutes(61));
            assertThat(register(rest, token, body(rest, "r2", "")).status()).isEqualTo(401);
        }
    }

    @Test
    void aRunnerIsRemovedWithAnotherToken() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            String scope = "repos/my-org/repo";
            Answer made = register(rest, token(rest, scope, "registration"), body(rest, "r1", ""));
            String url =
                    rest.simulator.url() + "/runner/register/" + made.json().get("id");
            String other = token(rest, "repos/my-org/other", "remove");
            assertThat(rest.send("DELETE", url, "", "RemoteAuth " + other).status())
                    .isEqualTo(404);
            String remove = token(rest, scope, "remove");
            assertThat(rest.send("DELETE", url, "", "RemoteAuth " + remove).status())
                    .isEqualTo(204);
            assertThat(rest.simulator.registrations()).isEmpty();
        }
    }

    @Test
    void onePersistentRunnerIsForgottenAfterTwoWeeksOffline() {
        try (var rest = RestWorld.open(Face.IN_MEMORY)) {
            String token = token(rest, "repos/my-org/repo", "registration");
            register(rest, token, body(rest, "stays", ",\"ephemeral\":false"));
            register(rest, token, body(rest, "goes", ",\"ephemeral\":true"));
            rest.world.time.advance(Duration.ofDays(2));
            assertThat(rest.simulator.registrations())
                    .singleElement()
                    .matches(agent -> agent.name().equals("stays"));
            rest.world.time.advance(Duration.ofDays(13));
            assertThat(rest.simulator.registrations()).isEmpty();
        }
    }
}
