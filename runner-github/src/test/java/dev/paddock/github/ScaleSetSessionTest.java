package dev.paddock.github;

import static dev.paddock.github.ScriptedService.SESSION_REPLY;
import static dev.paddock.github.ScriptedService.SETS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScaleSetSessionTest {
    private static final String OPEN = "POST " + SETS + "/42/sessions";
    private static final String ONE = SETS + "/42/sessions/4f6f";
    private static final String POLL = "GET /scalesets/message";
    private static final String RENEWED = SESSION_REPLY.replace("MQ1", "MQ2").replace("/scalesets/", "/moved/");

    private final ScriptedService service = new ScriptedService();
    private final ManualTime time = service.time;

    @Test
    @DisplayName("GHS-Q1 an opened session is read whole")
    void anOpenedSessionIsReadWhole() {
        ScaleSetSession session = service.session();
        assertThat(session.id()).isEqualTo("4f6f");
        assertThat(session.scaleSetId()).isEqualTo(42);
        assertThat(session.scaleSetName()).isEqualTo("gpu");
        assertThat(session.owner()).isEqualTo("me");
        assertThat(session.initialStatistics().assigned()).isEqualTo(2);
        assertThat(session.tokenExpiresAt()).isEmpty();
        assertThat(session.toString()).contains("42", "me").doesNotContain("MQ1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"messageQueueUrl", "messageQueueAccessToken", "statistics"})
    @DisplayName("GHS-Q3 GHS-L2 a session that cannot be used is deleted, and may be tried again")
    void aSessionThatCannotBeUsedIsDeleted(String missing) {
        service.on(OPEN, 200, SESSION_REPLY.replace(missing, "other")).on("DELETE " + ONE, 204, "");
        var failure = time.failure(service.client.openSession(42, "me"));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining(missing).hasMessageNotContaining("MQ1");
        assertThat(service.http.count("DELETE " + ONE)).isEqualTo(1);
    }

    @Test
    void aSessionWhoseAnswerIsLostIsNotOpenedTwice() {
        service.on(OPEN, Answer.failing(new java.io.IOException("reset")));
        var failure = time.failure(service.client.openSession(42, "me"));
        assertThat(failure.isRetryable()).isTrue();
        assertThat(service.http.count(OPEN)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-Q5 the capacity is sent as it is, a negative one refused")
    void theCapacityIsSentAsItIs() {
        ScaleSetSession session = service.session();
        service.on(POLL, 202, "");
        time.await(session.nextMessage(0, 0));
        var sent = service.http.sent();
        assertThat(sent.get(sent.size() - 1).headers()).containsEntry("X-ScaleSetMaxCapacity", "0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> session.nextMessage(0, -1))
                .withMessageContaining("-1");
    }

    @Test
    @DisplayName("GHS-Q8 a refused token is renewed once; the call goes to the new address with the new token")
    void aRefusedTokenIsRenewedOnce() {
        ScaleSetSession session = service.session();
        service.on(POLL, 401, "").on("PATCH " + ONE, 200, RENEWED).on("GET /moved/message", 202, "");
        assertThat(time.await(session.nextMessage(0, 1))).isEmpty();
        assertThat(service.http.count("PATCH " + ONE)).isEqualTo(1);
        var sent = service.http.sent();
        assertThat(sent.get(sent.size() - 1).authorization()).isEqualTo("Bearer MQ2-secret");
    }

    @Test
    @DisplayName("GHS-Q9 a token refused twice is given up")
    void aTokenRefusedTwiceIsGivenUp() {
        ScaleSetSession session = service.session();
        service.on(POLL, 401, "bad MQ1-secret").on("PATCH " + ONE, 200, SESSION_REPLY);
        var failure = time.failure(session.nextMessage(0, 1));
        assertThat(failure.reason()).isEqualTo(Reason.TOKEN_EXPIRED);
        assertThat(failure).hasMessageNotContaining("MQ1");
        assertThat(service.http.count("PATCH " + ONE)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-Q10 several calls that find a token refused renew it once")
    void severalCallsRenewOnce() {
        ScaleSetSession session = service.session();
        service.on(POLL, Answer.of(401, "").after(Duration.ofMillis(5)))
                .on("DELETE /scalesets/message/1", Answer.of(401, "").after(Duration.ofMillis(300)))
                .on(
                        "POST " + SETS + "/42/acquirejobs",
                        Answer.of(401, ""),
                        Answer.of(200, "{\"count\":1,\"value\":[2]}"))
                .on("PATCH " + ONE, Answer.of(200, RENEWED).after(Duration.ofMillis(100)))
                .on("GET /moved/message", 202, "")
                .on("DELETE /moved/message/1", 204, "");
        var poll = session.nextMessage(0, 1);
        var delete = session.deleteMessage(1);
        var acquire = session.acquireJobs(List.of(1L, 2L));
        assertThat(time.await(poll)).isEmpty();
        time.await(delete);
        assertThat(time.await(acquire)).containsExactly(2L);
        assertThat(service.http.count("PATCH " + ONE)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-Q11 only 204 acknowledges")
    void only204Acknowledges() {
        ScaleSetSession session = service.session();
        service.on(
                "DELETE /scalesets/message/42?sessionId=4f6f",
                Answer.of(200, ""),
                Answer.of(404, ""),
                Answer.of(204, ""));
        assertThat(time.failure(session.deleteMessage(42)).reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(time.failure(session.deleteMessage(42)).reason()).isEqualTo(Reason.NOT_FOUND);
        time.await(session.deleteMessage(42));
    }

    @Test
    @DisplayName("GHS-Q11 a message that is gone when its deletion is repeated counts as deleted")
    void aMessageThatIsGoneAtTheSecondTryCountsAsDeleted() {
        ScaleSetSession session = service.session();
        service.on("DELETE /scalesets/message/42", Answer.of(502, ""), Answer.of(404, ""));
        time.await(session.deleteMessage(42));
        assertThat(service.http.count("DELETE ")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{", "\uFEFF"})
    @DisplayName("GHS-Q17 an empty or null message fails the poll, to be tried again")
    void anEmptyMessageFailsThePoll(String body) {
        ScaleSetSession session = service.session();
        service.on(POLL, 200, body);
        var failure = time.failure(session.nextMessage(0, 1));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure.isRetryable()).isTrue();
    }

    @Test
    void aPollIsTriedOnce() {
        ScaleSetSession session = service.session();
        service.on(POLL, 503, "");
        assertThat(time.failure(session.nextMessage(0, 1)).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(service.http.count(POLL)).isEqualTo(1);
    }

    @Test
    void aPollThatIsNeverAnsweredEndsAtItsDeadline() {
        ScaleSetSession session = service.session();
        service.on(POLL, Answer.of(200, "").hanging());
        var failure = time.failure(session.nextMessage(0, 1));
        assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(failure).hasMessageContaining("100 s");
        assertThat(service.http.cancelled()).isEqualTo(1);
    }

    @Test
    void cancellingAPollClosesItsConnection() {
        ScaleSetSession session = service.session();
        service.on(POLL, Answer.of(200, "").hanging());
        var poll = session.nextMessage(0, 1);
        time.settle();
        poll.cancel(true);
        time.settle();
        assertThat(service.http.cancelled()).isEqualTo(1);
        assertThat(time.pending()).isZero();
    }

    @Test
    void cancellingAPollThatWaitsForATokenSendsNoMore() {
        ScaleSetSession session = service.session();
        service.on(POLL, 401, "").on("PATCH " + ONE, Answer.of(200, RENEWED).after(Duration.ofSeconds(1)));
        var poll = session.nextMessage(0, 1);
        time.advance(Duration.ofMillis(500));
        poll.cancel(true);
        time.advance(Duration.ofSeconds(2));
        assertThat(service.http.count("GET /moved")).isZero();
    }

    @Test
    @DisplayName("GHS-Q22 GHS-Q23 acquiring asks the service with the queue's token; none asks nothing")
    void acquiringAsksTheServiceWithTheQueuesToken() {
        ScaleSetSession session = service.session();
        service.on("POST " + SETS + "/42/acquirejobs?api-version=6.0-preview", 200, "{\"count\":1,\"value\":[2]}");
        int before = service.http.sent().size();
        assertThat(time.await(session.acquireJobs(List.of()))).isEmpty();
        assertThat(service.http.sent()).hasSize(before);
        assertThat(time.await(session.acquireJobs(List.of(1L, 2L)))).containsExactly(2L);
        var sent = service.http.sent().get(before);
        assertThat(sent.authorization()).isEqualTo("Bearer MQ1-secret");
        assertThat(sent.body()).isEqualTo("[1,2]");
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 400, 404})
    @DisplayName("GHS-Q26 a session that is gone counts as closed")
    void aSessionThatIsGoneCountsAsClosed(int status) {
        ScaleSetSession session = service.session();
        service.on("DELETE " + ONE, status, "");
        time.await(session.close());
        assertThat(service.http.count("DELETE " + ONE)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-Q27 a session the service forgot is told by its renewal")
    void aForgottenSessionIsToldByItsRenewal() {
        ScaleSetSession session = service.session();
        service.on("PATCH " + ONE, 404, "{\"typeName\":\"RunnerAdminException\",\"message\":\"unknown\"}");
        assertThat(time.failure(session.refresh()).reason()).isEqualTo(Reason.SESSION_EXPIRED);
        service.on(POLL, 401, "");
        assertThat(time.failure(session.nextMessage(0, 1)).reason()).isEqualTo(Reason.SESSION_EXPIRED);
    }

    @Test
    void aRenewalReplacesTheWholeGrant() {
        ScaleSetSession session = service.session();
        String jwt = ScriptedService.jwt(ManualTime.START.plus(Duration.ofMinutes(50)), 1);
        service.on("PATCH " + ONE, 200, SESSION_REPLY.replace("MQ1-secret", jwt));
        time.await(session.refresh());
        assertThat(session.tokenExpiresAt()).contains(ManualTime.START.plus(Duration.ofMinutes(50)));
    }
}
