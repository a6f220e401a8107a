package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetSession;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the client comes by the token of the Actions service, and keeps it. */
abstract class TokenConformance extends Conformance {
    static final String NO_SETS = "{\"count\":0,\"value\":[]}";

    /** Any call with the admin token. */
    final CompletionStage<?> anyCall(ScaleSetClient client) {
        return client.findScaleSet(1, SET);
    }

    private String authorization(Route route, int index) {
        return requests(route).get(index).header("Authorization").orElseThrow();
    }

    /** Two requests for each token: a registration token, then the connection. */
    final void assertConnections(int count) {
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(count);
        assertThat(requests(Route.RUNNER_REGISTRATION)).hasSize(count);
    }

    @Test
    @DisplayName("GHS-A1 the first call fetches a registration token, then a connection, then goes out")
    void theFirstCallConnects() {
        await(anyCall(client()));

        assertThat(sim().requests())
                .extracting(RecordedRequest::route)
                .containsExactly(Route.REGISTRATION_TOKEN, Route.RUNNER_REGISTRATION, Route.LIST_SCALE_SETS);
        assertThat(authorization(Route.REGISTRATION_TOKEN, 0)).isEqualTo("Bearer " + TOKEN);
        assertThat(authorization(Route.LIST_SCALE_SETS, 0)).matches("Bearer ey[^.]+\\.[^.]+\\.[^.]+");
        assertThat(request(Route.LIST_SCALE_SETS).status()).hasValue(200);
    }

    @Test
    @DisplayName("GHS-A2 a token with 59 s left is fetched anew")
    void aTokenAboutToExpireIsFetchedAnew() {
        start(builder -> builder.adminTokenLifetime(seconds(59)));
        ScaleSetClient client = client();
        await(anyCall(client));
        await(anyCall(client));

        assertConnections(2);
        assertThat(authorization(Route.LIST_SCALE_SETS, 1)).isNotEqualTo(authorization(Route.LIST_SCALE_SETS, 0));
    }

    @Test
    @DisplayName("GHS-A3 a token good for ten minutes serves ten calls")
    void aGoodTokenServesAllCalls() {
        ScaleSetClient client = client();
        for (int i = 0; i < 10; i++) {
            await(anyCall(client));
        }
        assertConnections(1);
        assertThat(requests(Route.LIST_SCALE_SETS))
                .extracting(request -> request.header("Authorization"))
                .containsOnly(Optional.of(authorization(Route.LIST_SCALE_SETS, 0)));
    }

    @Test
    @DisplayName("GHS-A4 when fetching fails the call fails, the old token stays, and the next call tries again")
    void aFailedFetchLeavesTheOldToken() {
        ScaleSetClient client = client();
        await(anyCall(client));
        sim().faults().expireAdminTokens();
        faults().next(Route.REGISTRATION_TOKEN, 5, Fault.status(500));

        assertThat(failure(anyCall(client)).reason()).isEqualTo(Reason.UNAVAILABLE);
        await(anyCall(client));

        List<RecordedRequest> calls = requests(Route.LIST_SCALE_SETS);
        assertThat(calls).extracting(call -> call.status().orElseThrow()).containsExactly(200, 401, 401, 200);
        String old = authorization(Route.LIST_SCALE_SETS, 0);
        assertThat(authorization(Route.LIST_SCALE_SETS, 1)).isEqualTo(old);
        assertThat(authorization(Route.LIST_SCALE_SETS, 2)).isEqualTo(old);
        assertThat(authorization(Route.LIST_SCALE_SETS, 3)).isNotEqualTo(old);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    @DisplayName("GHS-A5 a connection refused four times succeeds at the fifth try")
    void aRegistrationTokenMayTakeAMomentToBeKnown(int status) {
        faults().next(Route.RUNNER_REGISTRATION, 4, Fault.status(status));
        await(anyCall(client()));
        assertThat(requests(Route.RUNNER_REGISTRATION)).hasSize(5);
        assertThat(requests(Route.REGISTRATION_TOKEN)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-A6 a connection refused for ever fails after five tries and tells the last body")
    void aConnectionRefusedForEverFails() {
        faults().next(Route.RUNNER_REGISTRATION, 9, Fault.status(403, "{\"message\":\"not your organization\"}"));
        GitHubException failure = failure(anyCall(client()));
        assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(failure.status()).isEqualTo(403);
        assertThat(failure).hasMessageContaining("not your organization");
        assertThat(requests(Route.RUNNER_REGISTRATION)).hasSize(5);
        assertThat(requests(Route.LIST_SCALE_SETS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"url", "token"})
    @DisplayName("GHS-A7 a connection that lacks its address or its token is refused and not kept")
    void aConnectionThatLacksAPartIsNotKept(String lacking) {
        String url = lacking.equals("url") ? "" : sim().url() + "/tenant/123/";
        String token = lacking.equals("url") ? jwt("{\"exp\":4000000000}") : "";
        faults().next(Route.RUNNER_REGISTRATION, connection(201, url, token));
        ScaleSetClient client = client();

        GitHubException failure = failure(anyCall(client));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure).hasMessageContaining("it lacks " + lacking);
        assertThat(requests(Route.LIST_SCALE_SETS)).isEmpty();

        await(anyCall(client));
        assertConnections(2);
    }

    @Test
    @DisplayName("GHS-A8 a registration token that comes with 200 is refused")
    void aRegistrationTokenComesWith201() {
        faults().next(Route.REGISTRATION_TOKEN, Fault.status(200, "{\"token\":\"REG1\"}"));
        GitHubException failure = failure(anyCall(client()));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure.status()).isEqualTo(200);
        assertThat(failure.getMessage()).doesNotContain("REG1");
        assertThat(requests(Route.RUNNER_REGISTRATION)).isEmpty();
    }

    @Test
    @DisplayName("GHS-A9 the connection's body names the config URL, its scheme is RemoteAuth")
    void theConnectionNamesTheConfigUrl() {
        await(anyCall(client()));
        RecordedRequest connection = request(Route.RUNNER_REGISTRATION);
        assertThat(json(connection.body()))
                .isEqualTo(json("{\"url\":\"" + sim().configUrl(ORGANIZATION) + "\",\"runner_event\":\"register\"}"));
        assertThat(connection.header("Authorization").orElseThrow()).matches("RemoteAuth \\S+");
        assertThat(connection.path()).isEqualTo("/api/v3/actions/runner-registration");
        RecordedRequest token = request(Route.REGISTRATION_TOKEN);
        assertThat(token.path()).isEqualTo("/api/v3/orgs/my-org/actions/runners/registration-token");
        assertThat(token.body()).isEmpty();
    }

    @Test
    @DisplayName("GHS-A13 a token that does not say when it expires is used")
    void aTokenWithoutExpiryIsUsed() {
        String token = jwt("{\"sub\":\"nobody\"}");
        faults().next(Route.RUNNER_REGISTRATION, connection(200, sim().url() + "/tenant/123/", token));
        faults().next(Route.LIST_SCALE_SETS, 2, Fault.status(200, NO_SETS));
        ScaleSetClient client = client();
        await(anyCall(client));
        await(anyCall(client));
        assertThat(requests(Route.LIST_SCALE_SETS))
                .extracting(request -> request.header("Authorization"))
                .containsOnly(Optional.of("Bearer " + token));
        assertConnections(1);
    }

    @Test
    @DisplayName("GHS-A14 a call refused once fetches a token and succeeds")
    void aRefusedTokenIsFetchedAnew() {
        ScaleSetClient client = client();
        await(anyCall(client));
        sim().faults().expireAdminTokens();
        await(anyCall(client));
        assertConnections(2);
        assertThat(requests(Route.LIST_SCALE_SETS))
                .extracting(call -> call.status().orElseThrow())
                .containsExactly(200, 401, 200);
    }

    @Test
    @DisplayName("GHS-A14 GHS-T4 a call refused twice fails with status 401, though no challenge came with it")
    void aCallRefusedTwiceFails() {
        ScaleSetClient client = client();
        await(anyCall(client));
        faults().next(Route.LIST_SCALE_SETS, 2, Fault.status(401));
        GitHubException failure = failure(anyCall(client));
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure.status()).isEqualTo(401);
        assertConnections(2);
        assertThat(requests(Route.LIST_SCALE_SETS)).hasSize(3);
    }

    @Test
    @DisplayName("GHS-A15 twenty calls at once with an expired token fetch one")
    void callsAtOnceFetchOneToken() {
        ScaleSetClient client = client();
        await(anyCall(client));
        sim().faults().expireAdminTokens();
        await(many(20, client));
        assertConnections(2);
    }

    @Test
    @DisplayName("GHS-A15 twenty first calls at once fetch one token")
    void firstCallsAtOnceFetchOneToken() {
        await(many(20, client()));
        assertConnections(1);
        assertThat(requests(Route.LIST_SCALE_SETS)).hasSize(20);
    }

    private CompletableFuture<Void> many(int calls, ScaleSetClient client) {
        var all = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < calls; i++) {
            all.add(anyCall(client).toCompletableFuture());
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    @Test
    @DisplayName("GHS-A16 when the service has moved, calls go to its new address")
    void callsFollowTheService() {
        ScaleSetClient client = client();
        await(anyCall(client));
        sim().faults().moveService();
        await(anyCall(client));
        await(anyCall(client));
        assertThat(requests(Route.LIST_SCALE_SETS))
                .extracting(RecordedRequest::path)
                .extracting(path -> path.substring(0, "/tenant/123".length()))
                .containsExactly("/tenant/123", "/tenant/123", "/tenant/124", "/tenant/124");
        assertConnections(2);
    }

    @Test
    @DisplayName("GHS-A17 every request says who calls, and for which scale set")
    void everyRequestSaysWhoCalls() {
        ScaleSetClient client = client(builder -> builder.subsystem("conformance"));
        ScaleSet set = createScaleSet(client, SET);
        ScaleSetSession session = await(client.openSession(set.id(), "tester"));
        await(session.nextMessage(0, 1));
        await(client.register(set.id(), new RunnerId("r1"), "_work"));
        await(session.close());

        assertThat(sim().requests()).hasSize(7).allSatisfy(request -> {
            JsonNode agent = json(request.header("User-Agent").orElseThrow());
            assertThat(agent.path("system").textValue()).isNotBlank();
            assertThat(agent.path("version").textValue()).isNotBlank();
            assertThat(agent.path("subsystem").textValue()).isEqualTo("conformance");
            boolean ofSet = request.path().contains("/runnerscalesets/" + set.id()) || request.route() == Route.POLL;
            assertThat(agent.path("scale_set_id").longValue()).isEqualTo(ofSet ? set.id() : 0);
        });
    }

    static Fault connection(int status, String url, String token) {
        return Fault.status(status, "{\"url\":\"" + url + "\",\"token\":\"" + token + "\"}");
    }

    static String jwt(String claims) {
        return base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + base64(claims) + "." + base64("signature");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
