package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.ScaleSet;
import dev.paddock.github.ScaleSetCreated;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the listener does when things go wrong, and for how long: cases that need virtual time. */
class ListenerLadderTest extends ListenerCase {
    private static final Duration CAP = Duration.ofSeconds(60);

    private final VirtualTransport virtual = Transport.inMemory(12);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    private List<Duration> gaps(List<RecordedRequest> requests) {
        var gaps = new ArrayList<Duration>();
        for (int i = 1; i < requests.size(); i++) {
            gaps.add(Duration.between(requests.get(i - 1).at(), requests.get(i).at()));
        }
        return gaps;
    }

    // ---- back-off ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L16 503 for ten minutes: the waits grow to the cap with jitter, and recovery is immediate")
    void waitsGrowAndRecoveryIsImmediate() {
        listening(1);
        var from = time.now();
        faults().decide(request -> request.route() == Route.POLL && request.at().isBefore(from.plusSeconds(600))
                ? Optional.of(Fault.status(503))
                : Optional.empty());
        time.advance(Duration.ofMinutes(12));

        List<RecordedRequest> failed = requests(Route.POLL).stream()
                .filter(poll -> poll.status().equals(OptionalInt.of(503)))
                .toList();
        List<Duration> gaps = gaps(failed);
        assertThat(failed).hasSizeBetween(15, 60);
        assertThat(gaps).allSatisfy(gap -> assertThat(gap).isBetween(Duration.ofMillis(200), CAP.plusSeconds(1)));
        assertThat(gaps.subList(0, 3)).allSatisfy(gap -> assertThat(gap).isLessThan(seconds(9)));
        assertThat(gaps).anySatisfy(gap -> assertThat(gap).isGreaterThan(seconds(20)));
        assertThat(gaps).doesNotHaveDuplicates();
        assertThat(probe().states).endsWith(SourceState.BACKOFF, SourceState.CONNECTED);

        faults().next(Route.POLL, Fault.status(503));
        untilAnotherPoll();
        var failedAgain = time.now();
        untilAnotherPoll();
        assertThat(Duration.between(failedAgain, lastPoll().at()))
                .as("the first wait is short again")
                .isLessThan(seconds(2));
    }

    @Test
    @DisplayName("GHS-S17 a poll answered 429 waits as long as the service asks for")
    void retryAfterIsHeeded() {
        listening(1);
        faults().next(Route.POLL, Fault.status(429, "", Map.of("Retry-After", "150")));
        untilAnotherPoll();
        var limited = lastPoll();
        untilAnotherPoll();
        assertThat(Duration.between(limited.at(), lastPoll().at())).isBetween(seconds(150), seconds(152));
    }

    @Test
    @DisplayName("GHS-L17 a poll that is never answered is given up and made again")
    void aHangingPollIsGivenUp() {
        listening(1);
        faults().next(Route.POLL, Fault.hang());
        untilAnotherPoll();
        var hanging = lastPoll();
        untilAnotherPoll();
        assertThat(Duration.between(hanging.at(), lastPoll().at())).isBetween(seconds(100), seconds(130));
        submit("after");
        until(() -> assignedJobs().contains("after"), "a job");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null"})
    @DisplayName("GHS-Q16 GHS-Q17 a poll answered 200 with nothing is a soft error: at least 5 s, then on")
    void anEmptyAnswerIsWaitedOut(String body) {
        listening(1);
        faults().next(Route.POLL, 3, Fault.status(200, body, Map.of("Content-Type", "application/json")));
        untilAnotherPoll();
        var first = requests(Route.POLL).size();
        until(() -> requests(Route.POLL).size() == first + 3, "three more polls");
        List<RecordedRequest> polls = requests(Route.POLL);
        assertThat(gaps(polls.subList(first - 1, first + 3)))
                .allSatisfy(gap -> assertThat(gap).isBetween(seconds(5), seconds(61)));
        submit("after");
        until(() -> assignedJobs().contains("after"), "a job");
        until(() -> acknowledged().size() == 1, "its acknowledgement");
        assertThat(requests(Route.OPEN_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-L2 a session without counters or id is closed or forgotten, and opened again before any poll")
    void anUnusableSessionIsNotPolled() {
        String rest = ",\"ownerName\":\"" + FLEET + "\",\"messageQueueUrl\":\"" + sim().url()
                + "/scalesets/message?sessionId=x\",\"messageQueueAccessToken\":\"MQ1\"";
        faults().next(
                        Route.OPEN_SESSION,
                        Fault.status(200, "{\"sessionId\":\"4f6f1f0e-1f5e-4c0a-9d8a-0f2b3c4d5e6f\"" + rest + "}"));
        faults().next(
                        Route.OPEN_SESSION,
                        Fault.status(
                                200,
                                "{\"sessionId\":\"00000000-0000-0000-0000-000000000000\"" + rest + ",\"statistics\":"
                                        + counters(0) + "}"));
        listen();
        untilState(SourceState.CONNECTED);

        assertThat(requests(Route.OPEN_SESSION)).hasSize(3);
        assertThat(gaps(requests(Route.OPEN_SESSION)))
                .allSatisfy(gap -> assertThat(gap).isGreaterThanOrEqualTo(seconds(5)));
        assertThat(request(Route.CLOSE_SESSION).path()).contains("4f6f1f0e");
        assertThat(requests(Route.POLL)).isEmpty();
        untilAnotherPoll();
    }

    // ---- sessions ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-Q28 a second client waits in conflict, and is served once the first has closed")
    void theSecondClientWaits() {
        JobSource.Attachment first = listening(1);
        var other = new ListenerProbe(transport().scheduler(), "fleet-2");
        listen(builder -> builder, other);
        until(() -> requests(Route.OPEN_SESSION).size() == 6, "five tries of the second");

        assertThat(other.states).contains(SourceState.CONFLICT).doesNotContain(SourceState.FAILED);
        assertThat(other.details).anySatisfy(detail -> assertThat(detail).contains(SET, "active session"));
        assertThat(gaps(requests(Route.OPEN_SESSION)).subList(1, 5))
                .satisfiesExactly(
                        gap -> assertThat(gap).isBetween(seconds(10), seconds(11)),
                        gap -> assertThat(gap).isBetween(seconds(15), seconds(16)),
                        gap -> assertThat(gap).isBetween(Duration.ofMillis(22_500), seconds(24)),
                        gap -> assertThat(gap).isBetween(Duration.ofMillis(33_700), seconds(35)));
        await(first.close());
        until(() -> other.states.contains(SourceState.CONNECTED), "the second's turn");
        assertThat(sim().sessions())
                .singleElement()
                .satisfies(session -> assertThat(session.owner()).isEqualTo("fleet-2"));
        assertThat(requests(Route.DELETE_SCALE_SET)).isEmpty();
    }

    @Test
    @DisplayName(
            "GHS-Q29, SLANG-63: after a client was killed, one that knows nothing of it conflicts until the session's"
                    + " time is up")
    void theSessionOfADeadClientRunsOut() {
        listening(1);
        virtual.host().crash();
        attachments.clear();
        var again = new ListenerProbe(transport().scheduler(), FLEET);
        var from = time.now();
        listen(builder -> builder, again);
        until(() -> again.states.contains(SourceState.CONNECTED), "recovery");
        assertThat(again.states)
                .startsWith(SourceState.CONNECTING, SourceState.CONFLICT)
                .endsWith(SourceState.CONNECTED);
        assertThat(Duration.between(from, time.now())).isLessThan(Duration.ofMinutes(5));
    }

    @Test
    @DisplayName("SLANG-W20: the session of an earlier life is ended first by one whose journal knows it")
    void theSessionOfAnEarlierLifeIsEnded() {
        listening(1);
        String note = probe().note;
        virtual.host().crash();
        attachments.clear();
        var again = new ListenerProbe(transport().scheduler(), FLEET);
        again.note = note;
        listen(builder -> builder, again);
        until(() -> again.states.contains(SourceState.CONNECTED), "recovery");
        assertThat(again.states).containsExactly(SourceState.CONNECTING, SourceState.CONNECTED);
        assertThat(sim().sessions()).hasSize(1);
        assertThat(again.note).isNotEqualTo(note);
        await(attachments.get(0).close());
        assertThat(again.note).as("nothing to end any more").isEmpty();
    }

    @Test
    @DisplayName("a session that cannot be ended is tried again before each try, and waited for")
    void theSessionOfAnEarlierLifeThatCannotBeEnded() {
        listening(1);
        String note = probe().note;
        virtual.host().crash();
        attachments.clear();
        faults().decide(request ->
                request.route() == Route.CLOSE_SESSION && time.elapsed().compareTo(Duration.ofSeconds(50)) < 0
                        ? Optional.of(Fault.status(503, "busy"))
                        : Optional.empty());
        var again = new ListenerProbe(transport().scheduler(), FLEET);
        again.note = note;
        listen(builder -> builder, again);
        until(() -> again.states.contains(SourceState.CONNECTED), "recovery");
        assertThat(again.states).contains(SourceState.CONFLICT);
        assertThat(time.elapsed()).isLessThan(Duration.ofSeconds(115));
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "7/", "x/1", "7/../../agents/3", "99999/5b2e6ff5-7d3e-4f2e-9a51-9f5a0b4a2f10"})
    @DisplayName("a note that is none, or of another scale set, asks nothing of the service")
    void aNoteThatIsNone(String note) {
        probe().note = note;
        listening(1);
        assertThat(requests(Route.CLOSE_SESSION)).isEmpty();
    }

    @Test
    @DisplayName("GHS-Q29 a lost answer to opening a session is our own conflict, and passes")
    void aSessionWhoseAnswerWasLostRunsOut() {
        faults().next(Route.OPEN_SESSION, Fault.loseReply());
        listen();
        untilState(SourceState.CONFLICT);
        untilState(SourceState.CONNECTED);
        assertThat(sim().sessions()).hasSize(1);
        assertThat(time.elapsed()).isLessThan(Duration.ofMinutes(5));
    }

    @Test
    @DisplayName("GHS-L15 a scale set deleted while a message is handled is made again")
    void aScaleSetDeletedWhileHandling() {
        listening(1);
        var applied = new CompletableFuture<Void>();
        probe().answer = update ->
                update.events().isEmpty() ? CompletableFuture.completedStage(null) : applied.minimalCompletionStage();
        submit("one");
        until(() -> assignedJobs().contains("one"), "a message");
        sim().faults().removeScaleSet(SET);
        applied.complete(null);
        until(() -> sim().sessions().size() == 1, "a new session");
        assertThat(probe().events).filteredOn(ScaleSetCreated.class::isInstance).hasSize(2);
        until(() -> assignedJobs().size() == 2, "the job, which was given to the new scale set");
    }

    @Test
    @DisplayName("GHS-L15 a scale set deleted between finding it and opening a session is made again")
    void aScaleSetDeletedBeforeOpening() {
        ScaleSet set = createScaleSet(client(), SET);
        faults().decide(request -> {
            if (request.route() == Route.OPEN_SESSION && request.path().contains("/" + set.id() + "/")) {
                return Optional.of(Fault.status(
                        404,
                        "{\"typeName\":\"GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, x\","
                                + "\"message\":\"No runner scale set found\"}"));
            }
            return Optional.empty();
        });
        listen();
        untilState(SourceState.BACKOFF);
        sim().faults().removeScaleSet(SET);
        untilState(SourceState.CONNECTED);
        assertThat(sim().scaleSets())
                .singleElement()
                .satisfies(made -> assertThat(made.id()).isNotEqualTo(set.id()));
    }

    @Test
    @DisplayName("GHS-Q12 a poll answered 404 or 401 twice opens a new session on the same scale set")
    void anUnknownSessionIsReplaced() {
        listening(1);
        faults().next(Route.POLL, Fault.status(404));
        until(() -> requests(Route.OPEN_SESSION).size() == 2, "a second session");
        untilAnotherPoll();
        faults().next(Route.POLL, 2, Fault.status(401));
        until(() -> requests(Route.OPEN_SESSION).size() == 3, "a third session");
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
        assertThat(requests(Route.CREATE_SCALE_SET)).hasSize(1);
        submit("after");
        until(() -> assignedJobs().contains("after"), "a job");
    }

    @Test
    @DisplayName("GHS-Q10 an acknowledgement answered 401 is made again after one renewal")
    void anAcknowledgementIsRenewed() {
        listening(1);
        faults().next(Route.DELETE_MESSAGE, Fault.status(401));
        submit("one");
        until(() -> acknowledged().size() == 2, "two tries");
        time.advance(seconds(60));
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(1);
        assertThat(assignedJobs()).containsExactly("one");
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
    }

    @Test
    @DisplayName("a session's token is renewed ten minutes ahead, so no poll is refused")
    void theTokenIsRenewedAhead() {
        listening(1);
        time.advance(Duration.ofMinutes(100));
        assertThat(requests(Route.REFRESH_SESSION)).hasSize(2);
        assertThat(gaps(requests(Route.REFRESH_SESSION)))
                .allSatisfy(gap -> assertThat(gap).isBetween(Duration.ofMinutes(38), Duration.ofMinutes(41)));
        assertThat(requests(Route.POLL))
                .noneSatisfy(poll -> assertThat(poll.status()).hasValue(401));
    }

    @Test
    @DisplayName("a token that lives three minutes is renewed half-way and not before each poll")
    void shortTokensAreRenewedHalfWay() {
        start(builder -> builder.queueTokenLifetime(Duration.ofMinutes(3)).longPoll(seconds(10)));
        listening(1);
        time.advance(Duration.ofMinutes(30));
        assertThat(requests(Route.REFRESH_SESSION)).hasSizeBetween(15, 20);
        assertThat(requests(Route.POLL)).hasSizeGreaterThan(150);
        assertThat(requests(Route.POLL))
                .noneSatisfy(poll -> assertThat(poll.status()).hasValue(401));
    }

    @Test
    @DisplayName("a renewal ahead that fails does not keep the listener from polling")
    void aFailedRenewalDoesNotStopPolling() {
        listening(1);
        time.advance(Duration.ofMinutes(39));
        var from = time.now();
        faults().decide(request ->
                request.route() == Route.REFRESH_SESSION && request.at().isBefore(from.plusSeconds(300))
                        ? Optional.of(Fault.status(503))
                        : Optional.empty());
        time.advance(Duration.ofMinutes(4));
        submit("meanwhile");
        until(() -> assignedJobs().contains("meanwhile"), "a job in spite of it");
        assertThat(Duration.between(from, time.now())).isLessThan(Duration.ofMinutes(5));
        time.advance(Duration.ofMinutes(10));
        assertThat(requests(Route.REFRESH_SESSION))
                .anySatisfy(renewal -> assertThat(renewal.status()).hasValue(200));
        assertThat(probe().states).doesNotContain(SourceState.BACKOFF);
    }

    @Test
    @DisplayName("a session is replaced when it is old, with no message in hand")
    void anOldSessionIsReplaced() {
        listen(builder -> builder.sessionMaxAge(Duration.ofMinutes(20))).advertise(1);
        time.advance(Duration.ofHours(1));
        assertThat(requests(Route.OPEN_SESSION)).hasSize(3);
        assertThat(requests(Route.CLOSE_SESSION)).hasSize(2);
        assertThat(probe().states).containsOnlyOnce(SourceState.CONNECTED);
        submit("after");
        until(() -> assignedJobs().contains("after"), "a job");
    }

    // ---- refusals ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("what has worked once must be refused for a quarter of an hour before the listener gives up")
    void aRefusalLaterOnIsBorne() {
        listening(1);
        var from = time.now();
        faults().decide(request -> request.route() == Route.REGISTRATION_TOKEN
                        || request.route() == Route.POLL
                        || request.route() == Route.OPEN_SESSION
                ? Optional.of(Fault.status(403))
                : Optional.empty());
        time.advance(Duration.ofMinutes(14));
        assertThat(probe().states).doesNotContain(SourceState.FAILED);
        faults().clear();
        submit("after");
        until(() -> acknowledged().size() == 1, "recovery");

        faults().decide(request -> request.route() == Route.POLL ? Optional.of(Fault.status(403)) : Optional.empty());
        untilState(SourceState.FAILED);
        assertThat(Duration.between(from, time.now())).isGreaterThan(Duration.ofMinutes(29));
        time.advance(Duration.ofMinutes(10));
        assertThat(sim().sessions()).isEmpty();
        int sent = sim().requests().size();
        time.advance(Duration.ofHours(1));
        assertThat(sim().requests()).hasSize(sent);
    }
}
