package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.paddock.JobKey;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.JobMessage;
import dev.paddock.github.JobMessage.Kind;
import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.github.ScaleSetMessage;
import dev.paddock.github.ScaleSetSession;
import dev.paddock.spi.JobStatistics;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Flow;
import dev.paddock.testkit.JobRecord;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.SessionRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A session, its queue, and the acquiring of jobs. */
abstract class QueueConformance extends Conformance {
    private static final String STATISTICS = "{\"totalAssignedJobs\":2,\"totalRunningJobs\":1}";

    private @Nullable ScaleSetClient client;

    final ScaleSetClient theClient() {
        if (client == null) {
            client = client();
        }
        return client;
    }

    final ScaleSetSession session() {
        ScaleSet set = createScaleSet(theClient(), SET);
        return await(theClient().openSession(set.id(), "orchestrator-1"));
    }

    /** The next message, which must be there. */
    final ScaleSetMessage message(ScaleSetSession session, long cursor) {
        Optional<ScaleSetMessage> message = await(session.nextMessage(cursor, 4));
        assertThat(message).isPresent();
        return message.orElseThrow();
    }

    private ScaleSetMessage reading(String reply) {
        ScaleSetSession session = session();
        faults().next(Route.POLL, Fault.status(200, reply));
        return message(session, 0);
    }

    static String envelope(long id, String elements) {
        String body = JSON.getNodeFactory().textNode(elements).toString();
        return "{\"messageId\":" + id + ",\"messageType\":\"RunnerScaleSetJobMessages\",\"body\":" + body
                + ",\"statistics\":" + STATISTICS + "}";
    }

    // ---- sessions ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-Q1 a session is opened by its owner's name, and read whole")
    void aSessionIsOpened() {
        start(builder -> builder);
        ScaleSetSession session = session();
        assertThat(json(request(Route.OPEN_SESSION).body()))
                .isEqualTo(json("{\"sessionId\":\"00000000-0000-0000-0000-000000000000\","
                        + "\"ownerName\":\"orchestrator-1\"}"));
        assertThat(sim().sessions()).singleElement().satisfies(open -> {
            assertThat(session.id()).isEqualTo(open.id());
            assertThat(open.owner()).isEqualTo("orchestrator-1");
        });
        assertThat(session.owner()).isEqualTo("orchestrator-1");
        assertThat(session.scaleSetName()).isEqualTo(SET);
        assertThat(session.initialStatistics()).isEqualTo(JobStatistics.NONE);
        assertThat(session.tokenExpiresAt()).isPresent();
    }

    @Test
    @DisplayName("GHS-Q1 the counters of an opened session are those of the service")
    void theCountersOfASessionAreRead() {
        ScaleSetSession first = session();
        Jobs.submit(sim(), "one", "two");
        message(first, 0);
        await(first.close());
        ScaleSetSession second = await(theClient().openSession(first.scaleSetId(), "next"));
        assertThat(second.initialStatistics().assigned()).isEqualTo(2);
    }

    @Test
    @DisplayName("GHS-Q2 GHS-Q28 a second session conflicts until the first is closed")
    void aSecondSessionConflicts() {
        ScaleSetSession first = session();
        ScaleSetClient other = client();
        GitHubException conflict = failure(other.openSession(first.scaleSetId(), "other"));
        assertThat(conflict.reason()).isEqualTo(Reason.SESSION_CONFLICT);
        assertThat(conflict.status()).isEqualTo(409);
        assertThat(conflict).hasMessageContaining("already has an active session");
        assertThat(conflict.typeName()).get().asString().contains("RunnerScaleSetSessionConflictException");
        assertThat(requests(Route.OPEN_SESSION)).hasSize(2);

        await(first.close());
        ScaleSetSession second = await(other.openSession(first.scaleSetId(), "other"));
        assertThat(sim().sessions()).extracting(SessionRecord::id).containsExactly(second.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"messageQueueUrl\":\"\",", ""})
    @DisplayName("GHS-Q3 a session without a queue is a failure that may be tried again, and is not left open")
    void aSessionWithoutQueueIsNotLeftOpen(String queue) {
        ScaleSet set = createScaleSet(theClient(), SET);
        faults().next(
                        Route.OPEN_SESSION,
                        Fault.status(
                                200,
                                "{\"sessionId\":\"4f6f1f0e-1f5e-4c0a-9d8a-0f2b3c4d5e6f\"," + queue
                                        + "\"messageQueueAccessToken\":\"MQ1\",\"statistics\":" + STATISTICS + "}"));
        GitHubException failure = failure(theClient().openSession(set.id(), "orchestrator-1"));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure).hasMessageContaining("messageQueueUrl");
        assertThat(request(Route.CLOSE_SESSION).path()).endsWith("/4f6f1f0e-1f5e-4c0a-9d8a-0f2b3c4d5e6f");
        await(theClient().openSession(set.id(), "orchestrator-1"));
    }

    @Test
    @DisplayName("GHS-Q26 closing ends the session; one that is gone already counts as closed")
    void closingASession() {
        ScaleSetSession session = session();
        await(session.close());
        assertThat(sim().sessions()).isEmpty();
        await(session.close());
        faults().next(Route.CLOSE_SESSION, Fault.status(404));
        await(session.close());
        assertThat(requests(Route.CLOSE_SESSION))
                .extracting(close -> close.status().orElseThrow())
                .containsExactly(204, 400, 404);
        faults().next(Route.CLOSE_SESSION, Fault.status(403));
        assertThat(failure(session.close()).reason()).isEqualTo(Reason.FORBIDDEN);
    }

    // ---- polls ---------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-Q4 the cursor is named only where there is one, the queue's query kept")
    void theCursorIsNamed() {
        ScaleSetSession session = session();
        await(session.nextMessage(0, 1));
        await(session.nextMessage(7, 1));
        assertThat(requests(Route.POLL))
                .extracting(RecordedRequest::query)
                .containsExactly("sessionId=" + session.id(), "lastMessageId=7&sessionId=" + session.id());
    }

    @Test
    @DisplayName("GHS-Q5 the capacity is sent as it is, 0 too; a negative one is not sent")
    void theCapacityIsSent() {
        ScaleSetSession session = session();
        await(session.nextMessage(0, 4));
        await(session.nextMessage(0, 0));
        assertThat(requests(Route.POLL))
                .extracting(poll -> poll.header("X-ScaleSetMaxCapacity"))
                .containsExactly(Optional.of("4"), Optional.of("0"));
        assertThatIllegalArgumentException().isThrownBy(() -> session.nextMessage(0, -1));
        assertThat(requests(Route.POLL)).hasSize(2);
    }

    @Test
    @DisplayName("GHS-Q6 GHS-Q7 a poll has the queue's token and the version in Accept; nothing came is empty")
    void aPollHasTheQueuesToken() {
        ScaleSetSession session = session();
        assertThat(await(session.nextMessage(0, 1))).isEmpty();
        RecordedRequest poll = request(Route.POLL);
        assertThat(poll.status()).hasValue(202);
        assertThat(poll.header("Accept")).hasValue("application/json; api-version=6.0-preview");
        assertThat(poll.query()).doesNotContain("api-version");
        assertThat(poll.header("Authorization").orElseThrow())
                .startsWith("Bearer ")
                .isNotEqualTo(
                        request(Route.OPEN_SESSION).header("Authorization").orElseThrow());
    }

    @Test
    @DisplayName("GHS-Q8 a refused token is renewed once, and the poll goes to the new address with the new token")
    void aRefusedPollIsRepeatedWithTheNewGrant() {
        ScaleSetSession session = session();
        String moved = sim().url() + "/scalesets/message?sessionId=" + session.id() + "&moved=yes";
        faults().next(
                        Route.REFRESH_SESSION,
                        Fault.replaceBody("{\"sessionId\":\"" + session.id() + "\",\"messageQueueUrl\":\"" + moved
                                + "\",\"messageQueueAccessToken\":\"MQ2\"}"));
        faults().next(Route.POLL, Fault.status(401));
        faults().next(Route.POLL, Fault.status(200, envelope(100000173L, "[]")));

        assertThat(message(session, 9).id()).isEqualTo(100000173L);
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
        RecordedRequest repeated = requests(Route.POLL).get(1);
        assertThat(repeated.query()).isEqualTo("lastMessageId=9&moved=yes&sessionId=" + session.id());
        assertThat(repeated.header("Authorization")).hasValue("Bearer MQ2");
    }

    @Test
    @DisplayName("GHS-Q8 a token that expires while a poll waits costs no message")
    void aTokenThatExpiresCostsNoMessage() {
        ScaleSetSession session = session();
        sim().faults().expireQueueToken(SET);
        Jobs.submit(sim(), "train");
        ScaleSetMessage message = message(session, 0);
        assertThat(message.jobs()).extracting(JobMessage::kind).containsExactly(Kind.ASSIGNED);
        assertThat(requests(Route.POLL))
                .extracting(poll -> poll.status().orElseThrow())
                .containsExactly(401, 200);
        RecordedRequest refresh = request(Route.REFRESH_SESSION);
        assertThat(refresh.method()).isEqualTo("PATCH");
        assertThat(refresh.body()).isEmpty();
        assertThat(refresh.path()).endsWith("/sessions/" + session.id());
    }

    /** The calls made with the queue's token. */
    enum QueueCall {
        NEXT(Route.POLL, session -> session.nextMessage(0, 1)),
        DELETE(Route.DELETE_MESSAGE, session -> session.deleteMessage(5).toCompletableFuture()),
        ACQUIRE(Route.ACQUIRE_JOBS, session -> session.acquireJobs(List.of(1L)).toCompletableFuture());

        final Route route;
        final Function<ScaleSetSession, CompletableFuture<?>> call;

        QueueCall(Route route, Function<ScaleSetSession, CompletableFuture<?>> call) {
            this.route = route;
            this.call = call;
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("GHS-Q9 GHS-Q10 a token refused twice is given up after one renewal, whatever the call")
    void aTokenRefusedTwiceIsGivenUp(QueueCall what) {
        ScaleSetSession session = session();
        faults().next(what.route, 2, Fault.status(401));
        GitHubException failure = failure(what.call.apply(session));
        assertThat(failure.reason()).isEqualTo(Reason.TOKEN_EXPIRED);
        assertThat(failure.status()).isEqualTo(401);
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
        assertThat(requests(what.route)).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("GHS-Q8 GHS-Q10 a token refused once is renewed once, and the call succeeds with the new one")
    void aTokenRefusedOnceIsRenewed(QueueCall what) {
        ScaleSetSession session = session();
        sim().faults().expireQueueToken(SET);
        await(what.call.apply(session));
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
        List<RecordedRequest> calls = requests(what.route);
        assertThat(calls).hasSize(2);
        assertThat(calls.get(0).status()).hasValue(401);
        assertThat(calls.get(1).header("Authorization"))
                .isNotEqualTo(calls.get(0).header("Authorization"));
    }

    @Test
    @DisplayName("GHS-Q10 calls at once that find a token refused renew it once")
    void callsAtOnceRenewOnce() {
        ScaleSetSession session = session();
        sim().faults().expireQueueToken(SET);
        var poll = session.nextMessage(0, 1);
        var delete = session.deleteMessage(5);
        var acquire = session.acquireJobs(List.of(1L));
        await(poll);
        await(delete);
        await(acquire);
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q12 a poll refused: not found, bad request and bad capacity are told apart")
    void refusedPollsAreToldApart() {
        ScaleSetSession session = session();
        faults().next(Route.POLL, Fault.status(404, "{\"message\":\"nothing here\"}"));
        GitHubException missing = failure(session.nextMessage(0, 1));
        assertThat(missing.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(missing).hasMessageContaining("nothing here");
        faults().next(Route.POLL, Fault.status(400, "some text"));
        GitHubException refused = failure(session.nextMessage(0, 1));
        assertThat(refused.reason()).isEqualTo(Reason.BAD_REQUEST);
        assertThat(refused).hasMessageContaining("some text");
        faults().next(Route.POLL, Fault.status(400, "capacity error: too many"));
        assertThat(failure(session.nextMessage(0, 1)).reason()).isEqualTo(Reason.BAD_CAPACITY);
        sim().faults().removeScaleSet(SET);
        GitHubException gone = failure(session.nextMessage(0, 1));
        assertThat(gone.reason()).isEqualTo(Reason.SCALE_SET_NOT_FOUND);
    }

    @Test
    @DisplayName("GHS-Q13 a poll that meets trouble is tried once by the session: the loop decides when to try again")
    void aPollInTroubleIsTriedOnce() {
        ScaleSetSession session = session();
        faults().next(Route.POLL, Fault.status(503));
        GitHubException failure = failure(session.nextMessage(0, 1));
        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(requests(Route.POLL)).hasSize(1);
    }

    // ---- messages ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-Q11 a message is deleted below the queue's path, its query kept; only 204 says so")
    void aMessageIsDeleted() {
        ScaleSetSession session = session();
        Jobs.submit(sim(), "train");
        ScaleSetMessage message = message(session, 0);
        await(session.deleteMessage(message.id()));
        RecordedRequest delete = request(Route.DELETE_MESSAGE);
        assertThat(delete.path()).isEqualTo("/scalesets/message/" + message.id());
        assertThat(delete.query()).isEqualTo("sessionId=" + session.id());
        assertThat(delete.header("X-ScaleSetMaxCapacity")).isEmpty();
        assertThat(sim().scaleSets())
                .singleElement()
                .satisfies(set -> assertThat(set.undelivered()).isZero());

        faults().next(Route.DELETE_MESSAGE, Fault.status(200));
        assertThat(failure(session.deleteMessage(5)).reason()).isEqualTo(Reason.BAD_REPLY);
        faults().next(Route.DELETE_MESSAGE, Fault.status(404));
        assertThat(failure(session.deleteMessage(5)).reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    @DisplayName("GHS-Q11 a message that is not deleted comes again; one whose deletion's answer is lost does not")
    void anUndeletedMessageComesAgain() {
        ScaleSetSession session = session();
        Jobs.submit(sim(), "train");
        ScaleSetMessage first = message(session, 0);
        assertThat(message(session, 0).jobs()).isEqualTo(first.jobs());
        faults().next(Route.DELETE_MESSAGE, Fault.loseReply());
        await(session.deleteMessage(first.id()));
        assertThat(await(session.nextMessage(0, 4))).isEmpty();
    }

    @Test
    @DisplayName("GHS-Q14 a message without body has statistics only")
    void aMessageWithoutBodyHasStatisticsOnly() {
        ScaleSetMessage message = reading("{\"messageId\":3,\"messageType\":\"RunnerScaleSetJobMessages\","
                + "\"statistics\":" + STATISTICS + "}");
        assertThat(message.id()).isEqualTo(3);
        assertThat(message.jobs()).isEmpty();
        assertThat(message.unreadable()).isEmpty();
        assertThat(message.statistics()).contains(new JobStatistics(2, 1, 0, 0, 0));
    }

    @Test
    @DisplayName("GHS-Q15 of a batch, four types are read, an unknown one is skipped, a broken one reported")
    void aBatchIsReadElementByElement() {
        String key = "\"jobId\":\"j1\",\"runnerRequestId\":5";
        ScaleSetMessage message = reading(envelope(
                4,
                "[{\"messageType\":\"JobAvailable\"," + key + "},{\"messageType\":\"JobAssigned\"," + key + "},"
                        + "{\"messageType\":\"JobPainted\"," + key + "},{\"messageType\":\"JobStarted\"," + key
                        + ",\"runnerId\":9,\"runnerName\":\"r9\"},{\"messageType\":\"JobStarted\",\"jobId\":17},"
                        + "{\"messageType\":\"JobCompleted\"," + key + ",\"result\":\"succeeded\","
                        + "\"runnerId\":9,\"runnerName\":\"r9\"}]"));
        assertThat(message.jobs())
                .extracting(JobMessage::kind)
                .containsExactly(Kind.AVAILABLE, Kind.ASSIGNED, Kind.STARTED, Kind.COMPLETED);
        assertThat(message.problems()).singleElement().asString().contains("element 4");
        assertThat(message.jobs().get(3).result()).isEqualTo("succeeded");
        assertThat(message.jobs().get(3).runner()).isEqualTo("r9");
        assertThat(message.unreadable()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Other", ""})
    @DisplayName("GHS-Q16 a message of another type says so, and can be acknowledged")
    void aMessageOfAnotherTypeSaysSo(String type) {
        ScaleSetMessage message = reading("{\"messageId\":6,\"messageType\":\"" + type + "\",\"body\":\"[]\"}");
        assertThat(message.id()).isEqualTo(6);
        assertThat(message.unreadable()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "\uFEFF"})
    @DisplayName("GHS-Q16 GHS-Q17 GHS-Q18 a poll answered with nothing to read fails, to be tried again")
    void aPollAnsweredWithNothingFails(String reply) {
        ScaleSetSession session = session();
        faults().next(Route.POLL, Fault.status(200, reply));
        GitHubException failure = failure(session.nextMessage(0, 1));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(requests(Route.POLL)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q18 GHS-Q19 a message behind a byte order mark, its keys in any case, is read")
    void keysInAnyCaseAreRead() {
        String elements = "[{\\\"MESSAGETYPE\\\":\\\"JobAssigned\\\",\\\"JobID\\\":\\\"j1\\\"}]";
        ScaleSetMessage message = reading("\uFEFF{\"MessageId\":8,\"messagetype\":\"RunnerScaleSetJobMessages\","
                + "\"Body\":\"" + elements + "\",\"Statistics\":{\"TotalAssignedJobs\":1}}");
        assertThat(message.id()).isEqualTo(8);
        assertThat(message.jobs()).extracting(job -> job.job().key()).containsExactly(new JobKey("j1", 0));
        assertThat(message.statistics().orElseThrow().assigned()).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-Q20 zero and bad times are empty, seven digits and an offset are read")
    void timesAreReadLeniently() {
        ScaleSetMessage message = reading(envelope(
                9,
                "[{\"messageType\":\"JobCompleted\",\"jobId\":\"j1\","
                        + "\"queueTime\":\"2026-05-05T10:00:00.1234567Z\","
                        + "\"runnerAssignTime\":\"0001-01-01T00:00:00Z\",\"finishTime\":\"yesterday\"},"
                        + "{\"messageType\":\"JobCompleted\",\"jobId\":\"j2\","
                        + "\"finishTime\":\"2026-05-05T12:00:00+00:00\"}]"));
        assertThat(message.jobs()).hasSize(2);
        var first = message.jobs().get(0).job();
        assertThat(first.queuedAt()).contains(Instant.parse("2026-05-05T10:00:00.123456700Z"));
        assertThat(first.startedAt()).isEmpty();
        assertThat(first.finishedAt()).isEmpty();
        assertThat(message.jobs().get(1).job().finishedAt()).contains(Instant.parse("2026-05-05T12:00:00Z"));
        assertThat(message.problems()).isEmpty();
    }

    @Test
    @DisplayName("GHS-Q21 null statistics are not zero")
    void nullStatisticsAreNotZero() {
        assertThat(reading("{\"messageId\":3,\"messageType\":\"RunnerScaleSetJobMessages\",\"statistics\":null}")
                        .statistics())
                .isEmpty();
    }

    @Test
    @DisplayName("GHS-Q24 two jobs without request ids are two jobs")
    void jobsWithoutRequestIdsAreTold() {
        ScaleSetSession session = session();
        Jobs.submit(sim(), "one", "two");
        ScaleSetMessage message = message(session, 0);
        assertThat(message.jobs())
                .extracting(job -> job.job().key())
                .hasSize(2)
                .doesNotHaveDuplicates()
                .allSatisfy(key -> assertThat(key.requestId()).isZero())
                .extracting(JobKey::jobId)
                .containsExactlyElementsOf(
                        sim().jobs().stream().map(JobRecord::id).toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {100_000_173L, 1L << 40})
    @DisplayName("GHS-Q25 message ids are long, as cursors and in paths too")
    void messageIdsAreLong(long id) {
        ScaleSetSession session = session();
        faults().next(Route.POLL, Fault.status(200, envelope(id, "[]")));
        assertThat(message(session, 0).id()).isEqualTo(id);
        await(session.deleteMessage(id));
        assertThat(request(Route.DELETE_MESSAGE).path()).isEqualTo("/scalesets/message/" + id);
        await(session.nextMessage(id, 1));
        assertThat(requests(Route.POLL).get(1).query()).startsWith("lastMessageId=" + id);
    }

    @Test
    @DisplayName("GHS-Q22 GHS-Q23 of the jobs asked for those won are told; the queue's token goes to the service")
    void theJobsWonAreTold() {
        start(builder -> builder.flow(Flow.ACQUIRE));
        ScaleSetSession session = session();
        Jobs.submit(sim(), "one", "two");
        ScaleSetMessage offer = message(session, 0);
        assertThat(offer.jobs()).extracting(JobMessage::kind).containsExactly(Kind.AVAILABLE, Kind.AVAILABLE);
        List<Long> ids =
                offer.jobs().stream().map(job -> job.job().key().requestId()).toList();
        assertThat(await(theClient().acquirableJobs(session.scaleSetId())))
                .extracting(job -> job.requestId())
                .isEqualTo(ids);
        sim().cancel(sim().jobs().get(0).id());

        assertThat(await(session.acquireJobs(List.of()))).isEmpty();
        assertThat(requests(Route.ACQUIRE_JOBS))
                .as("nothing to acquire asks nothing")
                .isEmpty();
        assertThat(await(session.acquireJobs(ids))).containsExactly(ids.get(1));
        RecordedRequest acquire = request(Route.ACQUIRE_JOBS);
        assertThat(json(acquire.body())).isEqualTo(json(ids.toString()));
        assertThat(acquire.path()).startsWith("/tenant/123/_apis/runtime/runnerscalesets/");
        assertThat(acquire.query()).isEqualTo("api-version=6.0-preview");
        assertThat(acquire.header("Authorization"))
                .isEqualTo(requests(Route.POLL).get(0).header("Authorization"));
    }
}
