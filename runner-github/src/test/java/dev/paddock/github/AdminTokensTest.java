package dev.paddock.github;

import static dev.paddock.github.ScriptedService.REGISTRATION;
import static dev.paddock.github.ScriptedService.SETS;
import static dev.paddock.github.ScriptedService.TOKENS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminTokensTest {
    private static final String SET =
            "{\"id\":42,\"name\":\"gpu\",\"runnerGroupId\":1,\"labels\":[{\"type\":\"System\","
                    + "\"name\":\"gpu\"}],\"statistics\":{\"totalAssignedJobs\":3}}";
    private static final String GET_SET = "GET " + SETS + "/42";

    private final ScriptedService service = new ScriptedService();
    private final ManualTime time = service.time;
    private final ScaleSetClient client = service.client;

    @Test
    @DisplayName("GHS-A1 the first call fetches a registration token, then a connection, then goes out")
    void theFirstCallConnects() {
        service.on(GET_SET, 200, SET);
        assertThat(time.await(client.scaleSet(42)))
                .get()
                .extracting(ScaleSet::name)
                .isEqualTo("gpu");
        assertThat(service.http.lines()).containsExactly(TOKENS, REGISTRATION, GET_SET + "?api-version=6.0-preview");
        assertThat(service.http.sent().get(2).authorization()).startsWith("Bearer ey");
    }

    @Test
    @DisplayName("GHS-A2 a token with less than a minute left is fetched anew")
    void aTokenAboutToExpireIsFetchedAnew() {
        service.on(GET_SET, 200, SET);
        service.tokenLife = Duration.ofSeconds(59);
        time.await(client.scaleSet(42));
        time.await(client.scaleSet(42));
        assertThat(service.http.count(REGISTRATION)).isEqualTo(2);
    }

    @Test
    @DisplayName("GHS-A3 a token that is good is used by all calls")
    void aGoodTokenIsUsedByAllCalls() {
        service.on(GET_SET, 200, SET);
        for (int i = 0; i < 10; i++) {
            time.await(client.scaleSet(42));
        }
        assertThat(service.http.count(REGISTRATION)).isEqualTo(1);
    }

    @Test
    void aTokenIsRenewedAheadWhileCallsGoOnWithTheOldOne() {
        service.on(GET_SET, 200, SET);
        time.await(client.scaleSet(42));
        time.advance(Duration.ofMinutes(8));
        service.on(REGISTRATION, Answer.of(200, "{}").after(Duration.ofSeconds(5)));
        Duration before = time.elapsed();
        time.await(client.scaleSet(42));
        assertThat(time.elapsed().minus(before)).isLessThan(Duration.ofSeconds(1));
        time.advance(Duration.ofSeconds(10));
        service.off(REGISTRATION);
        time.await(client.scaleSet(42));
        assertThat(service.http.count(REGISTRATION))
                .as("a failed renewal rests")
                .isEqualTo(2);
        time.advance(Duration.ofSeconds(15));
        time.await(client.scaleSet(42));
        assertThat(service.http.count(REGISTRATION)).isEqualTo(3);
    }

    @Test
    @DisplayName("GHS-A4 when fetching fails, the call fails and the next one tries again")
    void whenFetchingFailsTheNextCallTriesAgain() {
        service.on(GET_SET, 200, SET).on(TOKENS, 404, "{\"message\":\"Not Found\"}");
        assertThat(time.failure(client.scaleSet(42)).reason()).isEqualTo(Reason.NOT_FOUND);
        service.off(TOKENS);
        assertThat(time.await(client.scaleSet(42))).isPresent();
    }

    @Test
    @DisplayName("GHS-A5 a connection refused four times succeeds at the fifth")
    void aConnectionRefusedFourTimesSucceedsAtTheFifth() {
        var no = Answer.of(401, "");
        service.on(GET_SET, 200, SET)
                .on(
                        REGISTRATION,
                        no,
                        no,
                        no,
                        no,
                        Answer.of(200, "{\"url\":\"" + service.serviceUrl + "\",\"token\":\"t\"}"));
        assertThat(time.await(client.scaleSet(42))).isPresent();
        assertThat(service.http.count(REGISTRATION)).isEqualTo(5);
        assertThat(service.http.count(TOKENS)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-A6 a connection refused for ever fails after five tries with the last body")
    void aConnectionRefusedForEverFails() {
        service.on(REGISTRATION, 403, "{\"message\":\"Resource not accessible\"}");
        var failure = time.failure(client.scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(failure).hasMessageContaining("Resource not accessible");
        assertThat(service.http.count(REGISTRATION)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"token\":\"t\"}",
                "{\"url\":\"\",\"token\":\"t\"}",
                "{\"url\":\"http://h/\",\"token\":\"\"}",
                "{\"url\":\"nowhere\",\"token\":\"t\"}",
                "",
                "null"
            })
    @DisplayName("GHS-A7 a connection without address or token is refused and not kept")
    void aConnectionWithoutAddressOrTokenIsRefused(String body) {
        service.on(GET_SET, 200, SET).on(REGISTRATION, 201, body);
        assertThat(time.failure(client.scaleSet(42)).reason()).isEqualTo(Reason.BAD_REPLY);
        service.off(REGISTRATION);
        assertThat(time.await(client.scaleSet(42))).isPresent();
    }

    @Test
    @DisplayName("GHS-A8 a registration token with status 200 is refused")
    void aRegistrationTokenWithStatus200IsRefused() {
        service.on(TOKENS, 200, "{\"token\":\"REG\"}");
        assertThat(time.failure(client.scaleSet(42)).reason()).isEqualTo(Reason.BAD_REPLY);
    }

    @Test
    @DisplayName("GHS-A13 a token that does not say when it expires is good for ten minutes")
    void aTokenWithoutExpiryIsGoodForTenMinutes() {
        service.on(GET_SET, 200, SET)
                .on(REGISTRATION, 200, "{\"url\":\"" + service.serviceUrl + "\",\"token\":\"opaque\"}");
        time.await(client.scaleSet(42));
        time.advance(Duration.ofMinutes(7));
        time.await(client.scaleSet(42));
        assertThat(service.http.count(REGISTRATION)).isEqualTo(1);
        time.advance(Duration.ofMinutes(3));
        time.await(client.scaleSet(42));
        assertThat(service.http.count(REGISTRATION)).isEqualTo(2);
    }

    @Test
    @DisplayName("GHS-A14 a refused token is fetched anew once")
    void aRefusedTokenIsFetchedAnewOnce() {
        service.on(GET_SET, Answer.of(401, ""), Answer.of(200, SET));
        assertThat(time.await(client.scaleSet(42))).isPresent();
        assertThat(service.http.count(REGISTRATION)).isEqualTo(2);
        service.off(GET_SET).on(GET_SET, 401, "");
        assertThat(time.failure(client.scaleSet(42)).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(service.http.count(REGISTRATION)).isEqualTo(3);
    }

    @Test
    @DisplayName("GHS-A15 twenty calls at once fetch one token, also when it is refused")
    void twentyCallsFetchOneToken() {
        service.on(GET_SET, Answer.of(200, SET).after(Duration.ofMillis(50)));
        await(twenty());
        assertThat(service.http.count(REGISTRATION)).isEqualTo(1);
        service.off(GET_SET);
        for (int i = 0; i < 20; i++) {
            service.on(GET_SET, Answer.of(401, "").after(Duration.ofMillis(i)));
        }
        service.on(GET_SET, 200, SET);
        await(twenty());
        assertThat(service.http.count(REGISTRATION)).isEqualTo(2);
    }

    private List<CompletableFuture<?>> twenty() {
        var calls = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 20; i++) {
            calls.add(client.scaleSet(42).toCompletableFuture());
        }
        return calls;
    }

    private void await(List<CompletableFuture<?>> calls) {
        time.await(CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)));
    }

    @Test
    @DisplayName("GHS-A16 calls follow the service's address")
    void callsFollowTheServicesAddress() {
        service.on(GET_SET, Answer.of(401, "")).on("GET /moved/_apis/runtime/runnerscalesets/42", 200, SET);
        time.failure(client.scaleSet(42));
        service.serviceUrl = "http://127.0.0.1:8080/moved";
        time.await(client.scaleSet(42));
        assertThat(service.http.count("GET /moved/")).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-A17 every request says who calls")
    void everyRequestSaysWhoCalls() {
        service.on(GET_SET, 200, SET);
        time.await(client.scaleSet(42));
        assertThat(service.http.sent()).allSatisfy(sent -> {
            var agent = Wire.parse(sent.headers().get("User-Agent"));
            assertThat(agent.get("system").asText()).isEqualTo("paddock");
            assertThat(agent.get("version").asText()).isNotBlank();
            assertThat(agent.get("scale_set_id").asLong())
                    .isEqualTo(sent.method().equals("GET") ? 42 : 0);
        });
    }

    @Test
    void aSupplierThatFailsOrStaysSilentOrGivesNothingIsNamed() {
        assertThat(with(GitHubCredentials.tokens(() -> CompletableFuture.failedStage(new IOException("vault")))))
                .hasMessageContaining("GitHubCredentials.tokens")
                .hasMessageNotContaining("vault");
        assertThat(with(GitHubCredentials.tokens(() -> {
                    throw new IllegalStateException("vault");
                })))
                .hasMessageContaining("GitHubCredentials.tokens");
        assertThat(with(GitHubCredentials.tokens(CompletableFuture::new)))
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.TIMEOUT);
        assertThat(with(GitHubCredentials.tokens(() -> CompletableFuture.completedStage(" "))))
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.UNAUTHORIZED);
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void aSupplierThatThrowsAnythingFailsTheCallAndIsAskedAgain(Throwable thrown) {
        var broken = new AtomicBoolean(true);
        var other = client(GitHubCredentials.tokens(() -> {
            if (broken.get()) {
                AdminTokensTest.<RuntimeException>sneak(thrown);
            }
            return CompletableFuture.completedStage(ScriptedService.PAT);
        }));
        service.on(GET_SET, 200, SET);
        assertThat(time.failure(other.scaleSet(42)))
                .hasMessageContaining("GitHubCredentials.tokens")
                .hasRootCause(thrown);
        broken.set(false);
        assertThat(time.await(other.scaleSet(42))).isPresent();
    }

    static List<Throwable> thrown() {
        return List.of(new NoClassDefFoundError("vault"), new StackOverflowError(), new IOException("vault"));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private GitHubException with(GitHubCredentials credentials) {
        return time.failure(client(credentials).scaleSet(42));
    }

    private ScaleSetClient client(GitHubCredentials credentials) {
        return ScaleSetClient.builder(ScriptedService.CONFIG_URL, credentials)
                .httpClient(service.http)
                .scheduler(time)
                .build();
    }
}
