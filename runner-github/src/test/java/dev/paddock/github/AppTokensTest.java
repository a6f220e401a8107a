package dev.paddock.github;

import static dev.paddock.github.ScriptedService.REGISTRATION;
import static dev.paddock.github.ScriptedService.TOKENS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokens of a GitHub App's installation: how they are fetched, kept, shared and given up. */
class AppTokensTest {
    private static final String INSTALLATION = "POST /api/v3/app/installations/77/access_tokens";
    private static final Duration LIFE = Duration.ofHours(1);

    private final ScriptedService service = new ScriptedService();
    private final ManualTime time = service.time;
    private final GitHubCredentials app = GitHubCredentials.app("Iv23liABC", 77, AppKeys.PKCS1);
    private int made;

    @BeforeEach
    void gitHubMakesTokens() {
        service.answering(INSTALLATION, sent -> granted(time.instant().plus(LIFE)));
    }

    private Answer granted(Instant expiresAt) {
        return Answer.of(
                201,
                "{\"token\":\"ghs_installation" + ++made + "\",\"expires_at\":\"" + expiresAt
                        + "\",\"permissions\":{\"administration\":\"write\"},\"repository_selection\":\"all\"}");
    }

    private static Answer refused(String message) {
        return Answer.of(401, "{\"message\":\"" + message + "\"}");
    }

    private TokenSource open(String configUrl, HttpClient http, Scheduler scheduler) {
        return app.open(Transport.of(
                GitHubScope.of(configUrl),
                app,
                http,
                scheduler,
                "test",
                Duration.ofSeconds(30),
                Duration.ofSeconds(100)));
    }

    private TokenSource open() {
        return open(ScriptedService.CONFIG_URL, service.http, time);
    }

    private ScaleSetClient client(GitHubCredentials credentials) {
        return ScaleSetClient.builder(ScriptedService.CONFIG_URL, credentials)
                .httpClient(service.http)
                .scheduler(time)
                .build();
    }

    private String token(TokenSource tokens) {
        return time.await(tokens.current());
    }

    private long fetched() {
        return service.http.count(INSTALLATION);
    }

    private static JsonNode claims(Sent sent) {
        String payload = sent.authorization().split("\\.", -1)[1];
        return Wire.parse(new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8));
    }

    private Sent lastFetch() {
        return service.http.sent().stream()
                .filter(sent -> sent.line().equals(INSTALLATION))
                .reduce((one, other) -> other)
                .orElseThrow();
    }

    // ---- the call ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-A12 the App asks for a token with its JWT and no body, and the token opens the rest")
    void theAppAsksWithItsJwt() {
        service.on("GET " + ScriptedService.AGENTS, 200, "{\"count\":0,\"value\":[]}");
        time.await(client(app).runners());
        assertThat(service.http.lines()).startsWith(INSTALLATION, TOKENS, REGISTRATION);
        Sent call = service.http.sent().get(0);
        assertThat(call.body()).isEmpty();
        assertThat(call.authorization()).matches("Bearer ey[^.]+\\.[^.]+\\.[^.]+");
        assertThat(call.headers())
                .containsEntry("Content-Type", "application/vnd.github+json")
                .containsKey("User-Agent");
        assertThat(claims(call).get("iat").longValue()).isEqualTo(ManualTime.START.getEpochSecond() - 60);
        assertThat(service.http.sent().get(1).authorization()).isEqualTo("Bearer ghs_installation1");
    }

    @ParameterizedTest
    @CsvSource({
        "200, BAD_REPLY, a status that does not mean success",
        "401, UNAUTHORIZED, private key",
        "403, FORBIDDEN, suspended",
        "404, NOT_FOUND, installation id",
        "422, BAD_REQUEST, access_tokens"
    })
    @DisplayName("GHS-A12 any status but 201 is an error that names it and what to look at")
    void anyOtherStatusIsAnError(int status, Reason reason, String told) {
        service.answering(INSTALLATION, sent -> Answer.of(status, "{\"token\":\"ghs_installation1\"}"));
        GitHubException failure = time.failure(open().current());
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure)
                .hasMessageContaining(Integer.toString(status))
                .hasMessageContaining(told)
                .hasMessageNotContaining("ghs_")
                .hasMessageNotContaining("eyJ");
        assertThat(fetched()).isEqualTo(1);
    }

    @Test
    void aServiceInTroubleIsAskedFiveTimesAndNoMore() {
        service.answering(INSTALLATION, sent -> Answer.of(502, "<html>"));
        service.on("GET " + ScriptedService.AGENTS, 200, "{\"count\":0,\"value\":[]}");
        assertThat(time.failure(client(app).runners()).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(fetched()).isEqualTo(5);
        assertThat(service.http.count(TOKENS)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "{\"token\":\"\"}", "{\"token\":7}", "{\"token\":\"two words\"}", "[]"})
    void aReplyWithoutTokenIsRefusedAndNotKept(String body) {
        service.answering(INSTALLATION, sent -> Answer.of(201, body));
        TokenSource tokens = open();
        assertThat(time.failure(tokens.current()))
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.BAD_REPLY);
        gitHubMakesTokens();
        assertThat(token(tokens)).isEqualTo("ghs_installation1");
    }

    // ---- keeping it ----------------------------------------------------------------------------------------

    @Test
    void aTokenIsKeptUntilFiveMinutesBeforeItsEndAndRenewedBehindTheCallsBefore() {
        TokenSource tokens = open();
        assertThat(token(tokens)).isEqualTo("ghs_installation1");
        time.advance(Duration.ofMinutes(50).minusSeconds(1));
        assertThat(token(tokens)).isEqualTo("ghs_installation1");
        assertThat(fetched()).isEqualTo(1);

        service.answering(
                INSTALLATION, sent -> granted(time.instant().plus(LIFE)).after(Duration.ofSeconds(5)));
        time.advance(Duration.ofSeconds(1));
        Duration before = time.elapsed();
        assertThat(token(tokens)).isEqualTo("ghs_installation1");
        assertThat(time.elapsed()).isEqualTo(before);
        time.advance(Duration.ofSeconds(5));
        assertThat(token(tokens)).isEqualTo("ghs_installation2");
        assertThat(fetched()).isEqualTo(2);
    }

    @Test
    void whenItCannotBeRenewedTheOldOneServesUntilFiveMinutesBeforeItsEnd() {
        TokenSource tokens = open();
        token(tokens);
        service.answering(INSTALLATION, sent -> Answer.of(404, "{}"));
        time.advance(Duration.ofMinutes(50));
        for (int second = 0; second < 40; second++) {
            assertThat(token(tokens)).isEqualTo("ghs_installation1");
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(fetched()).as("a failed renewal rests for 15 s").isEqualTo(1 + 3);
        time.advance(Duration.ofMinutes(5));
        assertThat(time.failure(tokens.current()).reason()).isEqualTo(Reason.NOT_FOUND);
        gitHubMakesTokens();
        assertThat(token(tokens)).isEqualTo("ghs_installation2");
    }

    @Test
    void aTokenThatDoesNotSayWhenItEndsIsKeptForFiveMinutes() {
        service.answering(INSTALLATION, sent -> Answer.of(201, "{\"token\":\"ghs_" + ++made + "\"}"));
        TokenSource tokens = open();
        token(tokens);
        time.advance(Duration.ofSeconds(149));
        token(tokens);
        assertThat(fetched()).isEqualTo(1);
        time.advance(Duration.ofSeconds(151));
        assertThat(token(tokens)).isEqualTo("ghs_2");
    }

    @Test
    void aTokenThatSeemsOverWhenItComesIsUsedForAMinute() {
        service.answering(INSTALLATION, sent -> granted(time.instant().minusSeconds(10)));
        TokenSource tokens = open();
        assertThat(token(tokens)).isEqualTo("ghs_installation1");
        time.advance(Duration.ofSeconds(59));
        assertThat(token(tokens)).as("our clock may be ahead").isEqualTo("ghs_installation1");
        time.advance(Duration.ofSeconds(2));
        assertThat(token(tokens)).isEqualTo("ghs_installation2");
    }

    @Test
    void twentyCallsAtOnceFetchOneToken() {
        service.answering(
                INSTALLATION, sent -> granted(time.instant().plus(LIFE)).after(Duration.ofMillis(50)));
        TokenSource tokens = open();
        var calls = new ArrayList<CompletableFuture<String>>();
        for (int i = 0; i < 20; i++) {
            calls.add(tokens.current().toCompletableFuture());
        }
        time.await(CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)));
        assertThat(calls).extracting(CompletableFuture::join).containsOnly("ghs_installation1");
        assertThat(fetched()).isEqualTo(1);
    }

    // ---- a token that is refused ---------------------------------------------------------------------------

    @Test
    void aTokenThatIsRefusedIsReplacedAndTheCallRepeatedOnce() {
        service.on("GET " + ScriptedService.AGENTS, 200, "{\"count\":0,\"value\":[]}");
        service.answering(
                TOKENS,
                sent -> sent.authorization().endsWith("ghs_installation1")
                        ? refused("Bad credentials")
                        : Answer.of(201, "{\"token\":\"REG-secret\"}"));
        time.await(client(app).runners());
        assertThat(service.http.lines()).startsWith(INSTALLATION, TOKENS, INSTALLATION, TOKENS, REGISTRATION);
    }

    @Test
    void aCallThatIsRefusedTwiceFails() {
        service.on(TOKENS, refused("Bad credentials"));
        GitHubException failure = time.failure(client(app).runners());
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure).hasMessageContaining("GitHub App Iv23liABC, installation 77");
        assertThat(service.http.lines()).containsExactly(INSTALLATION, TOKENS, INSTALLATION, TOKENS);
    }

    @Test
    void aTokenOfWhichThereIsNoOtherIsNotTriedTwice() {
        service.on(TOKENS, refused("Bad credentials"));
        assertThat(time.failure(service.client.runners()).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(service.http.lines()).containsExactly(TOKENS);
    }

    @Test
    void aLateRefusalOfAnOldTokenLeavesTheNewOne() {
        TokenSource tokens = open();
        String old = token(tokens);
        assertThat(tokens.refused(old)).isTrue();
        String fresh = token(tokens);
        assertThat(tokens.refused(old)).isTrue();
        assertThat(token(tokens)).isEqualTo(fresh).isNotEqualTo(old);
        assertThat(fetched()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:8080/my-org, orgs/my-org, 403, Self-hosted runners read and write",
        "http://127.0.0.1:8080/my-org/engine, repos/my-org/engine, 403, Administration read and write and Metadata read",
        "http://127.0.0.1:8080/my-org/engine, repos/my-org/engine, 404, must include the repository",
        "http://127.0.0.1:8080/my-org, orgs/my-org, 401, uninstalled or suspended",
    })
    void whatAnAppLacksIsNamedInItsOwnWords(String configUrl, String path, int status, String told) {
        service.on("POST /api/v3/" + path + "/actions/runners/registration-token", status, "{\"message\":\"No\"}");
        var client = ScaleSetClient.builder(configUrl, app)
                .httpClient(service.http)
                .scheduler(time)
                .build();
        assertThat(time.failure(client.runners()))
                .hasMessageContaining(told)
                .hasMessageContaining("GitHub App Iv23liABC, installation 77")
                .hasMessageNotContaining("classic");
    }

    // ---- clocks --------------------------------------------------------------------------------------------

    /** GitHub with its own time, which refuses signatures as it really does. */
    private void gitHubIsAheadBy(Duration ahead) {
        service.answering(INSTALLATION, sent -> {
            Instant theirs = time.instant().plus(ahead);
            long now = theirs.getEpochSecond();
            JsonNode claims = claims(sent);
            String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(theirs.atOffset(ZoneOffset.UTC));
            if (claims.get("iat").longValue() > now) {
                return refused("'Issued at' claim ('iat') must be an Integer representing the time that the assertion"
                                + " was issued")
                        .with("Date", date);
            }
            long exp = claims.get("exp").longValue();
            if (exp <= now || exp > now + 600) {
                return refused("'Expiration time' claim ('exp') must be a numeric value representing the future time"
                                + " at which the assertion expires")
                        .with("Date", date);
            }
            return granted(theirs.plus(LIFE)).with("Date", date);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT-3M", "PT-10H", "PT9M", "PT200H"})
    @DisplayName("GHS-A10 a signature refused for its times is made anew by GitHub's clock, and so are later ones")
    void aWrongClockIsCorrected(Duration ahead) {
        gitHubIsAheadBy(ahead);
        TokenSource tokens = open();
        assertThat(token(tokens)).isEqualTo("ghs_installation1");
        assertThat(fetched()).isEqualTo(2);
        assertThat(claims(lastFetch()).get("iat").longValue())
                .isEqualTo(time.instant().plus(ahead).getEpochSecond() - 60);

        time.advance(Duration.ofMinutes(49));
        token(tokens);
        assertThat(fetched()).as("kept by GitHub's clock").isEqualTo(2);
        time.advance(Duration.ofMinutes(6));
        assertThat(token(tokens)).isEqualTo("ghs_installation2");
        assertThat(fetched()).as("the correction is remembered").isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT50S", "PT7M", "PT-50S"})
    void aClockThatIsNearlyRightNeedsNoCorrection(Duration ahead) {
        gitHubIsAheadBy(ahead);
        assertThat(token(open())).isEqualTo("ghs_installation1");
        assertThat(fetched()).isEqualTo(1);
    }

    @Test
    void aRefusalForAnotherReasonIsNotTriedAgain() {
        var date = "Tue, 5 May 2026 09:00:00 GMT";
        service.answering(
                INSTALLATION,
                sent -> refused("A JSON web token could not be decoded").with("Date", date));
        assertThat(time.failure(open().current()).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(fetched()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "Tue, 5 May 2026 10:00:03 GMT"})
    void aRefusalForItsTimesWithoutAnotherTimeIsNotTriedAgain(String date) {
        service.answering(
                INSTALLATION,
                sent -> refused("'Expiration time' claim ('exp') is too far in the future")
                        .with("Date", date));
        assertThat(time.failure(open().current()))
                .hasMessageContaining("too far in the future")
                .hasMessageContaining("clock");
        assertThat(fetched()).isEqualTo(1);
    }

    @Test
    void aSignatureRefusedByGitHubsOwnClockFails() {
        service.answering(
                INSTALLATION,
                sent -> refused("'Issued at' claim ('iat')").with("Date", "Tue, 5 May 2026 09:00:00 GMT"));
        assertThat(time.failure(open().current()).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(fetched()).isEqualTo(2);
        assertThat(time.failure(open().current()).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(fetched()).as("nothing more was learnt").isEqualTo(3);
    }

    // ---- sharing -------------------------------------------------------------------------------------------

    @Test
    void clientsWithTheSameCredentialsShareAToken() {
        TokenSource one = open();
        TokenSource other = open("http://127.0.0.1:8080/my-org/engine", service.http, time);
        assertThat(token(one)).isEqualTo(token(other));
        one.refused("ghs_installation1");
        assertThat(token(other)).isEqualTo("ghs_installation2");
        assertThat(fetched()).isEqualTo(2);
    }

    @Test
    void anotherGitHubAndAnotherClockHaveTheirOwn() {
        var elsewhere = new ManualTime();
        token(open());
        assertThat(token(open("http://127.0.0.1:9090/my-org", service.http, time)))
                .isEqualTo("ghs_installation2");
        var http = new ScriptedHttpClient(elsewhere, sent -> granted(elsewhere.instant()));
        assertThat(elsewhere.await(
                        open(ScriptedService.CONFIG_URL, http, elsewhere).current()))
                .isEqualTo("ghs_installation3");
        assertThat(token(open())).isEqualTo("ghs_installation1");
    }

    @Test
    void whatFailsForAClientThatIsClosedDoesNotFailForAnother() {
        var closed = new ScriptedHttpClient(
                time, sent -> Answer.failing(new IOException("closed")).after(Duration.ofSeconds(1)));
        CompletableFuture<String> first =
                open(ScriptedService.CONFIG_URL, closed, time).current().toCompletableFuture();
        assertThat(token(open())).isEqualTo("ghs_installation1");
        assertThat(time.failure(first).reason()).isEqualTo(Reason.NETWORK);
        assertThat(fetched()).isEqualTo(1);
    }

    // ---- where an App cannot help --------------------------------------------------------------------------

    @Test
    void anAppIsRefusedForAnEnterprise() {
        String enterprise = "https://github.com/enterprises/acme";
        for (var build : List.<Runnable>of(
                () -> ScaleSetListener.builder(enterprise, "gpu")
                        .credentials(app)
                        .build(),
                () -> ScaleSetClient.builder(enterprise, app)
                        .httpClient(service.http)
                        .scheduler(time)
                        .build())) {
            assertThatIllegalStateException()
                    .isThrownBy(build::run)
                    .withMessageContaining(enterprise)
                    .withMessageContaining("manage_runners:enterprise")
                    .withMessageContaining("GitHubCredentials.token");
        }
    }
}
