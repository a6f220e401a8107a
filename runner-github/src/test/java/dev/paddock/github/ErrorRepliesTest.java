package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorRepliesTest {
    private static final String SECRET = "MQ1-token";
    private static final GitHubScope SCOPE = GitHubScope.of("https://github.com/my-org");

    private final ErrorReplies errors =
            new ErrorReplies(new Hints(SCOPE, GitHubCredentials.token("ghp_x")), new ManualTime());

    private GitHubException failure(Route route, int status, String body, String... headers) {
        return errors.failure(reply(route, status, body, headers));
    }

    private static HttpCalls.Call call(Route route) {
        return new HttpCalls.Call(
                route, "GET", URI.create("https://h/p?sessionId=hidden"), "Bearer " + SECRET, null, Map.of());
    }

    private static HttpCalls.Reply reply(Route route, int status, String body, String... headers) {
        var map = new TreeMap<String, List<String>>();
        for (int i = 0; i < headers.length; i += 2) {
            map.put(headers[i], List.of(headers[i + 1]));
        }
        return new HttpCalls.Reply(call(route), status, HttpHeaders.of(map, (name, value) -> true), body);
    }

    private static String named(String type) {
        return "{\"typeName\":\"" + type + "\",\"message\":\"what happened\"}";
    }

    @Test
    @DisplayName("GHS-E1 status, type, message and both ids are told")
    void statusTypeMessageAndIdsAreTold() {
        var failure = failure(
                Route.SCALE_SET,
                400,
                named("GitHub.Some.OddException, GitHub.Some"),
                "ActivityId",
                "act-1",
                "X-GitHub-Request-Id",
                "req-1");
        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.typeName()).contains("GitHub.Some.OddException, GitHub.Some");
        assertThat(failure.activityId()).contains("act-1");
        assertThat(failure.requestId()).contains("req-1");
        assertThat(failure.retryAfter()).isEmpty();
        assertThat(failure).hasMessageContainingAll("what happened", "act-1", "req-1", "400", "GET https://h/p");
        assertThat(failure.getMessage()).doesNotContain("hidden");
    }

    @Test
    @DisplayName("GHS-E2 an empty body is an unknown error")
    void anEmptyBodyIsAnUnknownError() {
        assertThat(failure(Route.SCALE_SET, 400, "")).hasMessageContaining("unknown error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"broken\":", "plain words", "[1,2]"})
    @DisplayName("GHS-E3 a body that is not the known JSON is told as it is")
    void anUnknownBodyIsToldAsItIs(String body) {
        assertThat(failure(Route.SCALE_SET, 400, body)).hasMessageContaining(body);
        assertThat(failure(Route.SCALE_SET, 400, body, "Content-Type", "text/plain"))
                .hasMessageContaining(body);
    }

    @ParameterizedTest
    @CsvSource({
        "TaskAgentExistsException, ALREADY_EXISTS",
        "AgentExistsException, ALREADY_EXISTS",
        "TaskAgentNotFoundException, NOT_FOUND",
        "AgentNotFoundException, NOT_FOUND",
        "TaskAgentJobStillRunningException, RUNNER_BUSY",
        "RunnerScaleSetSessionConflictException, SESSION_CONFLICT",
        "RunnerScaleSetSessionExpiredException, SESSION_EXPIRED",
        "RunnerScaleSetNotFoundException, SCALE_SET_NOT_FOUND"
    })
    @DisplayName("GHS-E4 a type is known by its suffix, whatever is around it")
    void aTypeIsKnownByItsSuffix(String type, Reason reason) {
        assertThat(failure(Route.DELETE_RUNNER, 400, named(type)).reason()).isEqualTo(reason);
        String qualified = "GitHub.DistributedTask.WebApi." + type + ", GitHub.DistributedTask.WebApi";
        assertThat(failure(Route.DELETE_RUNNER, 409, named(qualified)).reason()).isEqualTo(reason);
        assertThat(failure(Route.DELETE_RUNNER, 400, "{\"typeKey\":\"" + type + "\"}")
                        .reason())
                .isEqualTo(reason);
    }

    @Test
    @DisplayName("GHS-E5 an unknown type is kept and the status decides")
    void anUnknownTypeIsKept() {
        var failure = failure(Route.SCALE_SET, 403, named("NeverSeenException"));
        assertThat(failure.typeName()).contains("NeverSeenException");
        assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
    }

    @Test
    @DisplayName("GHS-E6 a body behind a byte order mark is read")
    void aBodyBehindAByteOrderMarkIsRead() {
        byte[] marked =
                ("\uFEFF" + named("TaskAgentExistsException")).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(failure(Route.JIT_CONFIG, 400, HttpCalls.text(marked)).reason())
                .isEqualTo(Reason.ALREADY_EXISTS);
    }

    @Test
    @DisplayName("GHS-E7 a page of HTML is retryable and cut short")
    void aPageOfHtmlIsCutShort() {
        var failure = failure(
                Route.SCALE_SET, 502, "<html>\r\n" + "bad gateway ".repeat(100_000), "Content-Type", "text/html");
        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("<html> bad gateway");
        assertThat(failure.getMessage()).hasSizeLessThan(600).doesNotContain("\n", "\r");
    }

    @ParameterizedTest
    @EnumSource(Route.class)
    @DisplayName("GHS-E8 no secret that comes back is told")
    void noSecretThatComesBackIsTold(Route route) {
        String jwt = ScriptedService.jwt(ManualTime.START, 1);
        String body = "token " + SECRET + " or ghp_abcdefgh1234 or github_pat_abc_123456 or " + jwt
                + " or Authorization: Bearer abc.def or RemoteAuth AABF3J";
        for (int status : new int[] {200, 400, 401, 403, 404, 409, 422, 429, 500}) {
            for (String text : new String[] {body, "{\"message\":\"" + body + "\"}"}) {
                assertThat(failure(route, status, text).getMessage())
                        .doesNotContain(SECRET, "ghp_abc", "github_pat", jwt, "abc.def", "AABF3J", "c2ln");
            }
        }
        assertThat(call(route).toString()).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @CsvSource({
        "SCALE_SET, 400, BAD_REQUEST",
        "SCALE_SET, 401, UNAUTHORIZED",
        "SCALE_SET, 403, FORBIDDEN",
        "SCALE_SET, 404, NOT_FOUND",
        "SCALE_SET, 408, UNAVAILABLE",
        "SCALE_SET, 418, OTHER",
        "SCALE_SET, 429, RATE_LIMITED",
        "SCALE_SET, 500, UNAVAILABLE",
        "SCALE_SET, 501, UNSUPPORTED",
        "SCALE_SET, 504, UNAVAILABLE",
        "SCALE_SET, 301, OTHER",
        "CREATE_SCALE_SET, 201, BAD_REPLY",
        "DELETE_RUNNER, 200, BAD_REPLY",
        "DELETE_RUNNER, 422, RUNNER_BUSY",
        "DELETE_RUNNER, 409, RUNNER_BUSY",
        "OPEN_SESSION, 409, SESSION_CONFLICT",
        "OPEN_SESSION, 404, SCALE_SET_NOT_FOUND",
        "REFRESH_SESSION, 404, SESSION_EXPIRED",
        "REFRESH_SESSION, 400, SESSION_EXPIRED",
        "JIT_CONFIG, 409, ALREADY_EXISTS",
        "JIT_CONFIG, 404, SCALE_SET_NOT_FOUND",
        "POLL, 400, BAD_REQUEST",
        "POLL, 404, NOT_FOUND"
    })
    void theStatusDecidesWhereNoTypeIsNamed(Route route, int status, Reason reason) {
        assertThat(failure(route, status, "").reason()).isEqualTo(reason);
    }

    @Test
    @DisplayName("GHS-Q12 a bad capacity is told apart from a bad request")
    void aBadCapacityIsToldApart() {
        var failure = failure(Route.POLL, 400, "Capacity error", "Content-Type", "text/plain");
        assertThat(failure.reason()).isEqualTo(Reason.BAD_CAPACITY);
        assertThat(failure).hasMessageContaining("Capacity error");
        assertThat(failure(Route.POLL, 404, named("RunnerScaleSetNotFoundException"))
                        .reason())
                .isEqualTo(Reason.SCALE_SET_NOT_FOUND);
    }

    @Test
    @DisplayName("GHS-S13 a taken scale-set name is known by its message")
    void aTakenNameIsKnownByItsMessage() {
        String body = "{\"message\":\"Runner scale set gpu already exists in runner group Default.\"}";
        assertThat(failure(Route.CREATE_SCALE_SET, 400, body).reason()).isEqualTo(Reason.ALREADY_EXISTS);
    }

    @ParameterizedTest
    @CsvSource({
        "7, PT7S",
        "'Tue, 05 May 2026 10:00:30 GMT', PT30S",
        "'Tue, 05 May 2026 09:00:00 GMT', ",
        "soon, ",
        "-5, ",
        "999999999, PT24H"
    })
    void theWaitAskedForIsReadInBothForms(String header, Duration expected) {
        var failure = failure(Route.SCALE_SET, 503, "", "Retry-After", header);
        assertThat(failure.retryAfter()).isEqualTo(java.util.Optional.ofNullable(expected));
    }

    @Test
    void aRateLimitIsToldApartFromALackingRight() {
        String reset = Long.toString(ManualTime.START.getEpochSecond() + 120);
        var primary =
                failure(Route.REGISTRATION_TOKEN, 403, "", "x-ratelimit-remaining", "0", "x-ratelimit-reset", reset);
        assertThat(primary.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(primary.retryAfter()).contains(Duration.ofSeconds(121));
        var secondary =
                failure(Route.REGISTRATION_TOKEN, 403, "{\"message\":\"You have exceeded a secondary rate limit\"}");
        assertThat(secondary.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(secondary.retryAfter()).contains(Duration.ofSeconds(60));
        assertThat(failure(Route.REGISTRATION_TOKEN, 403, "{\"message\":\"Must have admin rights\"}"))
                .hasMessageContaining("admin:org")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.FORBIDDEN);
    }

    @Test
    void wrongTokensAndAddressesNameTheSettingAndTheWayOut() {
        assertThat(failure(Route.REGISTRATION_TOKEN, 401, "{\"message\":\"Bad credentials\"}"))
                .hasMessageContainingAll("GitHubCredentials.token", "revoked");
        assertThat(failure(Route.REGISTRATION_TOKEN, 404, "{\"message\":\"Not Found\"}"))
                .hasMessageContainingAll("configUrl", "https://github.com/my-org");
        assertThat(failure(Route.REGISTRATION_TOKEN, 301, "")).hasMessageContaining("configUrl");
    }

    @Test
    @DisplayName("ARC#4355 a session refused with 500 tells its ActivityId and that single sign-on may be why")
    void aSessionRefusedWith500TellsWhatMayBeWhy() {
        assertThat(failure(Route.OPEN_SESSION, 500, "", "ActivityId", "act-1"))
                .hasMessageContainingAll("500", "ActivityId act-1", "SAML single sign-on", "GitHubCredentials.token")
                .extracting(GitHubException::isRetryable)
                .isEqualTo(true);
        assertThat(failure(Route.OPEN_SESSION, 502, "")).hasMessageNotContaining("SAML");
        assertThat(failure(Route.SCALE_SET, 500, "")).hasMessageNotContaining("SAML");
    }

    @Test
    void whatBreaksWithoutAReplyIsToldApart() {
        var failures = new Failures(SCOPE);
        var refused = failures.broken(call(Route.REGISTRATION_TOKEN), new ConnectException("Connection refused"));
        assertThat(refused.reason()).isEqualTo(Reason.NETWORK);
        assertThat(refused.isAmbiguous()).isFalse();
        assertThat(refused).hasMessageContainingAll("cannot reach h", "configUrl", "proxy");
        var reset = failures.broken(call(Route.JIT_CONFIG), new java.io.IOException("Connection reset"));
        assertThat(reset.reason()).isEqualTo(Reason.NETWORK);
        assertThat(reset.isAmbiguous()).isTrue();
        var distrust = new SSLHandshakeException("PKIX path building failed");
        distrust.initCause(new CertificateException("no"));
        var tls = failures.broken(call(Route.REGISTRATION_TOKEN), distrust);
        assertThat(tls.reason()).isEqualTo(Reason.TLS);
        assertThat(tls.isRetryable()).isFalse();
        assertThat(tls).hasMessageContainingAll("certificate", "SSLContext");
        var cut = new SSLHandshakeException("Remote host terminated the handshake");
        cut.initCause(new java.io.EOFException());
        assertThat(failures.broken(call(Route.POLL), cut).reason()).isEqualTo(Reason.NETWORK);
    }
}
