package dev.paddock.github;

import static dev.paddock.github.ScriptedService.AGENTS;
import static dev.paddock.github.ScriptedService.SETS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RegistrationList.Entry;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An attachment against a service of canned answers. */
class ScaleSetAttachmentTest {
    private static final String SET = "{\"count\":1,\"value\":[{\"id\":42,\"name\":\"gpu\",\"runnerGroupId\":1,"
            + "\"labels\":[{\"name\":\"gpu\"}]}]}";
    private static final String NONE = "{\"count\":0,\"value\":[]}";
    private static final String POLL = "GET /scalesets/message";
    private static final String DELETE = "DELETE " + AGENTS + "/900";
    private static final String FIND = "GET " + AGENTS + "?";
    private static final RunnerId R1 = new RunnerId("r1");

    private final ScriptedService service = new ScriptedService()
            .on("GET " + SETS + "?", 200, SET)
            .on("POST " + SETS + "/42/sessions", 200, ScriptedService.SESSION_REPLY)
            .on("DELETE " + SETS + "/42/sessions", 204, "")
            .on(POLL, Answer.of(202, "").after(Duration.ofSeconds(50)));
    private final ManualTime time = service.time;

    private JobSource.Attachment open() {
        JobSource.Attachment attachment = ScaleSetListener.builder(ScriptedService.CONFIG_URL, "gpu")
                .credentials(GitHubCredentials.token(ScriptedService.PAT))
                .httpClient(service.http)
                .build()
                .open(update -> CompletableFuture.completedStage(null), new Context());
        attachment.advertise(1);
        time.advance(Duration.ofSeconds(2));
        return attachment;
    }

    private long pollsWithin(Duration duration) {
        long before = service.http.count(POLL);
        time.advance(duration);
        return service.http.count(POLL) - before;
    }

    @Test
    void aQueueThatAnswersNothingAtOnceIsPolledOnceASecond() {
        service.off(POLL).on(POLL, Answer.of(202, "").after(Duration.ofMillis(5)));
        open();
        assertThat(pollsWithin(Duration.ofMinutes(1))).isEqualTo(60);
    }

    @Test
    void aQueueThatRepeatsAMessageAtOnceIsPolledOnceASecond() {
        service.off(POLL)
                .on(POLL, Answer.of(200, message(7)).after(Duration.ofMillis(5)))
                .on("DELETE /scalesets/message", 204, "");
        open();
        assertThat(pollsWithin(Duration.ofMinutes(1))).isEqualTo(60);
    }

    @Test
    void newsIsFollowedByAPollAtOnce() {
        service.off(POLL).on("DELETE /scalesets/message", 204, "");
        for (int i = 1; i <= 5; i++) {
            service.on(POLL, 200, message(i));
        }
        service.on(POLL, Answer.of(202, "").after(Duration.ofSeconds(50)));
        open();
        assertThat(service.http.count(POLL)).isEqualTo(6);
    }

    @Test
    void theEndOfALongPollIsFollowedByAnotherAtOnce() {
        service.off(POLL).on(POLL, Answer.of(202, "").after(Duration.ofSeconds(5)));
        open();
        assertThat(pollsWithin(Duration.ofMinutes(1))).isEqualTo(12);
    }

    @Test
    void aChangeOfCapacityEndsTheRest() {
        service.off(POLL).on(POLL, Answer.of(202, "").after(Duration.ofMillis(5)));
        JobSource.Attachment attachment = open();
        while (pollsWithin(Duration.ofMillis(20)) == 0) {
            assertThat(time.elapsed()).isLessThan(Duration.ofSeconds(9));
        }
        assertThat(pollsWithin(Duration.ofMillis(20))).isZero();
        attachment.advertise(5);
        assertThat(pollsWithin(Duration.ofMillis(150))).isEqualTo(1);
        assertThat(pollsWithin(Duration.ofMillis(900))).isZero();
    }

    @Test
    void closingEndsTheRest() {
        service.off(POLL).on(POLL, Answer.of(202, "").after(Duration.ofMillis(5)));
        JobSource.Attachment attachment = open();
        Duration before = time.elapsed();
        time.await(attachment.close());
        assertThat(time.elapsed()).isEqualTo(before);
        assertThat(pollsWithin(Duration.ofMinutes(1))).isZero();
    }

    private static String message(int id) {
        return "{\"messageId\":" + id + ",\"messageType\":\"RunnerScaleSetJobMessages\",\"body\":\"[]\","
                + "\"statistics\":{\"totalAssignedJobs\":0}}";
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
            return time;
        }

        @Override
        public void state(SourceState state, String detail) {}

        @Override
        public void publish(ExtensionEvent event) {}
    }

    private static String agent(String name) {
        return "{\"count\":1,\"value\":[{\"id\":900,\"name\":\"" + name + "\",\"runnerScaleSetId\":42}]}";
    }

    private JobSource.Attachment withRunner() {
        service.on(
                "POST " + SETS + "/42/generatejitconfig",
                200,
                "{\"runner\":{\"id\":900,\"name\":\"r1\",\"runnerScaleSetId\":42},\"encodedJITConfig\":\"x\"}");
        JobSource.Attachment attachment = open();
        time.await(attachment.register(R1));
        return attachment;
    }

    private static String agents(String... agents) {
        return "{\"count\":" + agents.length + ",\"value\":[" + String.join(",", agents) + "]}";
    }

    @Test
    void aListIsWholeAndOfThisScaleSetOnly() {
        JobSource.Attachment attachment = open();
        service.on(
                "GET " + AGENTS + "?api-version",
                200,
                agents(
                        "{\"id\":900,\"name\":\"r1\",\"runnerScaleSetId\":42,\"status\":\"Online\",\"busy\":true}",
                        "{\"id\":901,\"name\":\"r2\",\"runnerScaleSetId\":42,\"status\":\"offline\"}",
                        "{\"id\":902,\"name\":\"r3\",\"runnerScaleSetId\":42}",
                        "{\"id\":903,\"name\":\"r4\",\"runnerScaleSetId\":7}"));
        RegistrationList list = time.await(attachment.list());
        assertThat(list.complete()).isTrue();
        assertThat(list.entries())
                .containsExactly(
                        new Entry("r1", "900", Presence.ONLINE, true),
                        new Entry("r2", "901", Presence.OFFLINE, false),
                        new Entry("r3", "902", Presence.UNKNOWN, false));
        assertThat(attachment).hasToString("http://127.0.0.1:8080/my-org#gpu");
    }

    @Test
    void beforeItIsConnectedAListIsNotWhole() {
        service.off("GET " + SETS + "?").on("GET " + SETS + "?", 403, "");
        assertThat(time.await(open().list()).complete()).isFalse();
        assertThat(service.http.count("GET " + AGENTS)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"r1, 0", "r2, 1"})
    void aRegistrationThatAListLacksIsLookedUpByNameAgain(String listed, int looks) {
        JobSource.Attachment attachment = withRunner();
        service.on(
                "GET " + AGENTS + "?api-version",
                200,
                agents("{\"id\":900,\"name\":\"" + listed + "\",\"runnerScaleSetId\":42}"));
        time.await(attachment.list());
        service.on("GET " + AGENTS + "?agentName", 200, NONE).on(DELETE, 204, "");
        long before = service.http.count(FIND);
        time.await(attachment.deregister(R1));
        assertThat(service.http.count(FIND) - before).isEqualTo(looks);
    }

    @Test
    void theServicesWordThatARunnerIsGoneIsEnough() {
        JobSource.Attachment attachment = withRunner();
        service.on(DELETE, 404, "{\"typeName\":\"X.TaskAgentNotFoundException, X\"}");
        assertThat(time.await(attachment.deregister(R1))).isEqualTo(Deregistration.GONE);
        assertThat(service.http.count(FIND)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>Not Found</html>", "{\"message\":\"Not Found\"}"})
    void aBare404IsConfirmedByName(String body) {
        JobSource.Attachment attachment = withRunner();
        service.on(DELETE, 404, body)
                .on(FIND, Answer.of(200, agent("r1")), Answer.of(200, agent("r1")), Answer.of(200, NONE));
        assertThat(time.await(attachment.deregister(R1))).isEqualTo(Deregistration.UNKNOWN);
        assertThat(time.await(attachment.deregister(R1)))
                .as("found, 404, absent")
                .isEqualTo(Deregistration.GONE);
    }

    @Test
    void a404ForEverythingIsAFailure() {
        JobSource.Attachment attachment = withRunner();
        service.on(DELETE, 404, "<html>").on(FIND, 404, "<html>");
        assertThat(time.failure(attachment.deregister(R1)).reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void a404AfterALostAnswerIsConfirmedToo() {
        JobSource.Attachment attachment = withRunner();
        service.on(DELETE, Answer.of(502, ""), Answer.of(404, "")).on(FIND, 200, agent("r1"));
        assertThat(time.await(attachment.deregister(R1))).isEqualTo(Deregistration.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"r1, GONE", "R1, GONE", "other, UNKNOWN"})
    void onlyTheRunnerOfThatNameIsDeleted(String found, Deregistration end) {
        JobSource.Attachment attachment = open();
        service.on(FIND, 200, agent(found)).on(DELETE, 204, "");
        assertThat(time.await(attachment.deregister(R1))).isEqualTo(end);
        assertThat(service.http.count(DELETE)).isEqualTo(end == Deregistration.GONE ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({"41, GONE", "43, UNKNOWN", "0, UNKNOWN"})
    void aRunnerOfAScaleSetThatIsNoMoreIsOursAndOneOfAnotherIsNot(int itsSet, Deregistration end) {
        JobSource.Attachment attachment = open();
        service.on(FIND, 200, agent("r1").replace("42", Integer.toString(itsSet)))
                .off("GET " + SETS + "?")
                .on(
                        "GET " + SETS,
                        200,
                        "{\"count\":2,\"value\":[{\"id\":42,\"name\":\"gpu\"},{\"id\":43,\"name\":\"theirs\"}]}")
                .on(DELETE, 204, "");
        assertThat(time.await(attachment.deregister(R1))).isEqualTo(end);
        assertThat(service.http.count(DELETE)).isEqualTo(end == Deregistration.GONE ? 1 : 0);
    }
}
