package dev.paddock.github;

import static dev.paddock.github.ScriptedService.SETS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The steps of a listener, against a service of canned answers: what is sent, what is told, and what is logged. */
class ScaleSetLoopTest {
    private static final String SET = "{\"count\":1,\"value\":[{\"id\":42,\"name\":\"gpu\",\"runnerGroupId\":1,"
            + "\"labels\":[{\"name\":\"gpu\"}]}]}";
    private static final String OPEN = "POST " + SETS + "/42/sessions";
    private static final String RENEW = "PATCH " + SETS + "/42/sessions";
    private static final String CLOSE = "DELETE " + SETS + "/42/sessions";
    private static final String POLL = "GET /scalesets/message";
    private static final String ACKNOWLEDGE = "DELETE /scalesets/message";
    private static final Answer NOTHING = Answer.of(202, "").after(Duration.ofSeconds(50));

    private final ScriptedService service = new ScriptedService()
            .on("GET " + SETS + "?", 200, SET)
            .on(OPEN, 200, session(Duration.ofMinutes(50)))
            .on(CLOSE, 204, "")
            .on(ACKNOWLEDGE, 204, "")
            .on(POLL, NOTHING);
    private final ManualTime time = service.time;
    private final List<DemandUpdate> updates = new ArrayList<>();
    private final List<SourceState> states = new ArrayList<>();
    private final List<ExtensionEvent> events = new ArrayList<>();
    private Function<DemandUpdate, CompletionStage<Void>> sink = update -> CompletableFuture.completedStage(null);
    /** What telling a state throws at. */
    private Predicate<SourceState> bug = state -> false;
    /** Whether setting the next timer throws. */
    private boolean timerBug;

    private static String session(Duration life) {
        return ScriptedService.SESSION_REPLY.replace("MQ1-secret", ScriptedService.jwt(ManualTime.START.plus(life), 1));
    }

    @BeforeEach
    void keepLogs() {
        RecordedLogs.start();
    }

    @AfterEach
    void forgetLogs() {
        RecordedLogs.stop();
    }

    private static List<String> logged(String level) {
        return RecordedLogs.lines().stream()
                .filter(line -> line.startsWith(level))
                .toList();
    }

    private JobSource.Attachment listen() {
        JobSource.Attachment attachment = ScaleSetListener.builder(ScriptedService.CONFIG_URL, "gpu")
                .credentials(GitHubCredentials.token(ScriptedService.PAT))
                .httpClient(service.http)
                .build()
                .open(
                        update -> {
                            updates.add(update);
                            return sink.apply(update);
                        },
                        new Context());
        attachment.advertise(3);
        return attachment;
    }

    private JobSource.Attachment listening() {
        JobSource.Attachment attachment = listen();
        time.advance(Duration.ofSeconds(2));
        assertThat(states).endsWith(SourceState.CONNECTED);
        return attachment;
    }

    private void advanceTo(Duration sinceTheStart) {
        time.advance(sinceTheStart.minus(time.elapsed()));
    }

    private long within(Duration duration, String line) {
        long before = service.http.count(line);
        time.advance(duration);
        return service.http.count(line) - before;
    }

    private static String message(int id, String... jobs) {
        var elements = new ArrayList<String>();
        for (String job : jobs) {
            elements.add("{\"messageType\":\"JobAssigned\",\"jobId\":\"" + job + "\"}");
        }
        return MessageDecoderTest.message(id, "[" + String.join(",", elements) + "]");
    }

    // ---- renewals ahead ------------------------------------------------------------------------------------

    @Test
    void aTokenIsRenewedOnceAheadAndPollingGoesOn() {
        service.on(RENEW, 200, session(Duration.ofMinutes(100)));
        listening();
        advanceTo(Duration.ofMinutes(38));
        assertThat(service.http.count(RENEW)).isZero();
        advanceTo(Duration.ofMinutes(42));
        assertThat(service.http.count(RENEW)).isEqualTo(1);
        assertThat(within(Duration.ofMinutes(10), POLL)).isEqualTo(12);
        assertThat(service.http.count(RENEW)).isEqualTo(1);
        assertThat(logged("WARN")).isEmpty();
        assertThat(logged("ERROR")).isEmpty();
    }

    @Test
    void aRenewalThatChangesNothingIsNotRepeatedBeforeEachPoll() {
        service.on(RENEW, 200, session(Duration.ofMinutes(50)));
        listening();
        advanceTo(Duration.ofMinutes(46));
        assertThat(service.http.count(RENEW)).isEqualTo(2);
    }

    @Test
    void aRenewalThatFailsIsTriedOnceAMinuteAndPollingGoesOn() {
        service.off(POLL)
                .on(POLL, Answer.of(202, "").after(Duration.ofSeconds(5)))
                .on(RENEW, 403, "");
        listening();
        advanceTo(Duration.ofMinutes(41));
        long renewals = service.http.count(RENEW);
        assertThat(within(Duration.ofMinutes(5), POLL)).isEqualTo(60);
        assertThat(service.http.count(RENEW) - renewals).isBetween(4L, 5L);
        assertThat(logged("WARN"))
                .allSatisfy(line -> assertThat(line).contains("fleet/gpu: the session could not be renewed yet"));
        assertThat(states).doesNotContain(SourceState.BACKOFF);
    }

    @Test
    @DisplayName("GHS-Q27 a session that is found gone by a renewal ahead is replaced")
    void aSessionFoundGoneByARenewalIsReplaced() {
        service.off(OPEN)
                .on(
                        OPEN,
                        Answer.of(200, session(Duration.ofMinutes(50))),
                        Answer.of(200, session(Duration.ofMinutes(200))))
                .on(RENEW, 404, "");
        listening();
        advanceTo(Duration.ofMinutes(45));
        assertThat(service.http.count(OPEN)).isEqualTo(2);
        assertThat(service.http.count(RENEW)).isEqualTo(1);
        assertThat(within(Duration.ofMinutes(10), POLL)).isEqualTo(12);
    }

    // ---- failures ------------------------------------------------------------------------------------------

    @Test
    void failuresInARowAreToldWithTheirNumberAndTheFleet() {
        service.off(POLL).on(POLL, Answer.of(500, ""), Answer.of(500, ""), NOTHING);
        listen();
        time.advance(Duration.ofMinutes(2));
        assertThat(logged("WARN"))
                .satisfiesExactly(
                        first -> assertThat(first).contains("fleet/gpu: failure 1 in a row, waits "),
                        second -> assertThat(second).contains("fleet/gpu: failure 2 in a row, waits "));
    }

    @Test
    @DisplayName("GHS-L11 a change of capacity does not cut short a wait that the service asked for")
    void aChangeOfCapacityLeavesAWaitAlone() {
        service.off(POLL).on(POLL, Answer.of(429, "").with("Retry-After", "150"), NOTHING);
        JobSource.Attachment attachment = listen();
        time.advance(Duration.ofSeconds(5));
        attachment.advertise(7);
        assertThat(within(Duration.ofSeconds(140), POLL)).isZero();
        assertThat(within(Duration.ofSeconds(10), POLL)).isEqualTo(1);
    }

    @Test
    void aSinkThatRefusedIsConnectedAgainAsSoonAsItHasTakenTheMessage() {
        service.off(POLL).on(POLL, Answer.of(200, message(5, "a")), Answer.of(200, message(5, "a")), NOTHING);
        boolean[] once = {true};
        sink = update -> {
            boolean refuse = once[0] && !update.events().isEmpty();
            once[0] &= !refuse;
            return refuse
                    ? CompletableFuture.failedStage(new RunnerException("busy", true, null))
                    : CompletableFuture.completedStage(null);
        };
        listen();
        time.advance(Duration.ofSeconds(5));
        assertThat(states)
                .containsExactly(
                        SourceState.CONNECTING, SourceState.CONNECTED, SourceState.BACKOFF, SourceState.CONNECTED);
    }

    @Test
    void firstCountersThatAreRefusedAreDeliveredAgainBeforeAnyPoll() {
        boolean[] once = {true};
        sink = update -> {
            boolean refuse = once[0];
            once[0] = false;
            return refuse
                    ? CompletableFuture.failedStage(new RunnerException("busy", true, null))
                    : CompletableFuture.completedStage(null);
        };
        listening();
        assertThat(updates).hasSize(2);
        assertThat(updates.get(0)).isEqualTo(updates.get(1));
        assertThat(service.http.count(POLL)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-L6 a message put aside whose acknowledgement fails is not handed out again when it comes again")
    void aMessagePutAsideStaysThere() {
        Answer poison = Answer.of(200, message(5, "poison"));
        service.off(POLL)
                .on(POLL, poison, poison, poison, poison, NOTHING)
                .off(ACKNOWLEDGE)
                .on(ACKNOWLEDGE, Answer.of(403, ""), Answer.of(204, ""));
        sink = update -> update.events().isEmpty()
                ? CompletableFuture.completedStage(null)
                : CompletableFuture.failedStage(new IllegalStateException("cannot apply"));
        listen();
        time.advance(Duration.ofMinutes(2));
        assertThat(service.http.count(ACKNOWLEDGE)).isEqualTo(2);
        assertThat(updates.stream().filter(update -> !update.events().isEmpty()))
                .hasSize(3);
        assertThat(events).filteredOn(MessageQuarantined.class::isInstance).hasSize(1);
    }

    // ---- offers --------------------------------------------------------------------------------------------

    private static Answer offering(int id, int... requests) {
        String jobs = Arrays.stream(requests)
                .mapToObj(
                        request -> "{\\\"messageType\\\":\\\"JobAvailable\\\",\\\"runnerRequestId\\\":" + request + "}")
                .collect(Collectors.joining(","));
        return Answer.of(
                200,
                "{\"messageId\":" + id + ",\"messageType\":\"RunnerScaleSetJobMessages\",\"body\":\"[" + jobs
                        + "]\",\"statistics\":{\"totalAssignedJobs\":0}}");
    }

    @ParameterizedTest
    @CsvSource({"200, '[3]'", "403, '[3,4]'"})
    @DisplayName("GHS-L14 what was won from one message is not free for the next, though no counter tells of it yet")
    void whatWasWonIsNotFreeForTheNextMessage(int status, String acquiredNext) {
        String acquire = "POST " + SETS + "/42/acquirejobs";
        service.off(POLL)
                .on(POLL, offering(5, 1, 2), offering(6, 3, 4), NOTHING)
                .on(acquire, Answer.of(status, "{\"count\":2,\"value\":[1,2]}"), Answer.of(200, "{\"count\":0}"));
        listen();
        time.advance(Duration.ofSeconds(10));
        assertThat(service.http.sent())
                .filteredOn(sent -> sent.line().startsWith(acquire))
                .extracting(ScriptedHttpClient.Sent::body)
                .containsExactly("[1,2]", acquiredNext);
    }

    // ---- bugs ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(
            value = SourceState.class,
            names = {"CONNECTING", "CONNECTED"})
    @DisplayName("a step that throws is begun again after a wait, and there is one loop still")
    void aStepThatThrowsIsBegunAgain(SourceState thrown) {
        boolean[] once = {true};
        bug = state -> {
            boolean now = once[0] && state == thrown;
            once[0] &= !now;
            return now;
        };
        listen();
        time.advance(Duration.ofSeconds(20));
        assertThat(logged("ERROR")).contains("ERROR fleet/gpu: the listener failed in a step and starts again");
        assertThat(within(Duration.ofMinutes(10), POLL)).isEqualTo(12);
        assertThat(service.http.count(OPEN)).isEqualTo(1);
    }

    @Test
    void aStepThatThrowsWhileAPollIsUnderWayEndsThatPoll() {
        JobSource.Attachment attachment = listening();
        timerBug = true;
        attachment.advertise(7);
        assertThat(service.http.cancelled()).isEqualTo(1);
        time.advance(Duration.ofSeconds(5));
        assertThat(within(Duration.ofMinutes(10), POLL)).isEqualTo(12);
    }

    @Test
    void aStepThatThrowsWhileTheLoopRestsEndsThatRest() {
        service.off(POLL).on(POLL, Answer.of(202, "").after(Duration.ofMillis(5)));
        JobSource.Attachment attachment = listening();
        while (within(Duration.ofMillis(20), POLL) == 0) {
            assertThat(time.elapsed()).isLessThan(Duration.ofSeconds(9));
        }
        time.advance(Duration.ofMillis(20));
        timerBug = true;
        attachment.advertise(7);
        assertThat(service.http.cancelled()).as("no poll was under way").isZero();
        assertThat(logged("ERROR")).hasSize(2);
        time.advance(Duration.ofSeconds(5));
        assertThat(within(Duration.ofMinutes(1), POLL)).isEqualTo(60);
    }

    @ParameterizedTest
    @EnumSource(
            value = SourceState.class,
            names = {"FAILED", "CLOSED"})
    void aStepThatThrowsAtTheEndBeginsNothingAndEndsTheClosing(SourceState thrown) {
        bug = state -> state == thrown;
        if (thrown == SourceState.FAILED) {
            service.on(ScriptedService.TOKENS, 401, "");
        }
        JobSource.Attachment attachment = listen();
        time.advance(Duration.ofMinutes(10));
        time.await(attachment.close());
        assertThat(states).endsWith(thrown);
        assertThat(within(Duration.ofHours(1), "")).isZero();
    }

    // ---- the end -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-L4 closing ends when what is in hand fails")
    void closingEndsWhenWhatIsInHandFails() {
        service.off(OPEN).on(OPEN, Answer.of(400, "").after(Duration.ofSeconds(5)));
        JobSource.Attachment attachment = listen();
        time.advance(Duration.ofSeconds(1));
        CompletableFuture<Void> closed = attachment.close().toCompletableFuture();
        time.advance(Duration.ofSeconds(3));
        assertThat(closed).isNotDone();
        time.advance(Duration.ofSeconds(2));
        assertThat(closed).isCompleted();
        assertThat(states).endsWith(SourceState.CLOSED);
        assertThat(within(Duration.ofMinutes(5), "")).isZero();
    }

    @Test
    void closingDuringAWaitLeavesNoTimer() {
        service.off(POLL).on(POLL, Answer.of(429, "").with("Retry-After", "300"), NOTHING);
        JobSource.Attachment attachment = listen();
        time.advance(Duration.ofSeconds(5));
        time.await(attachment.close());
        time.advance(Duration.ofSeconds(16));
        assertThat(time.pending()).isZero();
    }

    @Test
    @DisplayName("GHS-L4 closing after it gave up ends the calls that are repeated")
    void closingAfterItGaveUpEndsWhatIsRepeated() {
        service.off(POLL).on(POLL, 403, "").on("POST " + SETS + "/42/generatejitconfig", 503, "");
        JobSource.Attachment attachment = listen();
        time.advance(Duration.ofMinutes(40));
        assertThat(states).endsWith(SourceState.FAILED);
        assertThat(logged("ERROR")).singleElement().asString().contains("fleet/gpu: gives up after ");
        CompletableFuture<?> registration =
                attachment.register(new RunnerId("r1")).toCompletableFuture();
        time.settle();
        time.await(attachment.close());
        time.advance(Duration.ofMinutes(5));
        assertThat(registration).isCompletedExceptionally();
        assertThat(service.http.count("POST " + SETS + "/42/generatejitconfig")).isEqualTo(1);
    }

    private final class Context implements SourceContext {
        @Override
        public String fleet() {
            return "fleet";
        }

        @Override
        public String pool() {
            return "pool";
        }

        @Override
        public Scheduler scheduler() {
            return new Unreliable();
        }

        @Override
        public void state(SourceState state, String detail) {
            states.add(state);
            if (bug.test(state)) {
                throw new IllegalStateException("a bug, for the test");
            }
        }

        @Override
        public void publish(ExtensionEvent event) {
            events.add(event);
        }
    }

    private final class Unreliable implements Scheduler {
        @Override
        public Instant instant() {
            return time.instant();
        }

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            if (timerBug) {
                timerBug = false;
                throw new IllegalStateException("no timer, for the test");
            }
            return time.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return time.effects();
        }

        @Override
        public Executor events() {
            return time.events();
        }

        @Override
        public RandomGenerator random() {
            return time.random();
        }
    }
}
