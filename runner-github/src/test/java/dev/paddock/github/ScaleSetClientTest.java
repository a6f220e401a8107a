package dev.paddock.github;

import static dev.paddock.github.ScriptedService.AGENTS;
import static dev.paddock.github.ScriptedService.SETS;
import static dev.paddock.github.ScriptedService.TOKENS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScaleSetClientTest {
    private static final String SET =
            "{\"id\":42,\"name\":\"gpu\",\"runnerGroupId\":1,\"labels\":[{\"type\":\"System\","
                    + "\"name\":\"gpu\"}],\"statistics\":{\"totalAssignedJobs\":3}}";
    private static final String GET_SET = "GET " + SETS + "/42";
    private static final String JIT = "POST " + SETS + "/42/generatejitconfig";
    private static final String JIT_REPLY =
            "{\"runner\":{\"id\":901,\"name\":\"r1\",\"runnerScaleSetId\":42},\"encodedJITConfig\":\"secret\"}";
    private static final String NONE = "{\"count\":0,\"value\":[]}";
    private static final RunnerId R1 = new RunnerId("r1");

    private final ScriptedService service = new ScriptedService();
    private final ManualTime time = service.time;
    private final ScaleSetClient client = service.client;

    private static String agent(long set, String status) {
        return "{\"count\":1,\"value\":[{\"id\":900,\"name\":\"r1\",\"runnerScaleSetId\":" + set + ",\"status\":\""
                + status + "\",\"busy\":false}]}";
    }

    private void await(List<CompletableFuture<?>> calls) {
        time.await(CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)));
    }

    @Test
    @DisplayName("GHS-S1 GHS-S2 a name finds none, one, or too many")
    void aNameFindsNoneOneOrTooMany() {
        service.on(
                "GET " + SETS + "?",
                Answer.of(200, NONE),
                Answer.of(200, "{\"count\":1,\"value\":[" + SET + "]}"),
                Answer.of(200, "{\"count\":2,\"value\":[" + SET + "," + SET + "]}"));
        assertThat(time.await(client.findScaleSet(1, "gpu"))).isEmpty();
        assertThat(time.await(client.findScaleSet(1, "gpu"))).get().satisfies(set -> {
            assertThat(set.labels()).containsExactly("gpu");
            assertThat(set.statistics())
                    .get()
                    .satisfies(all -> assertThat(all.assigned()).isEqualTo(3));
        });
        assertThat(time.failure(client.findScaleSet(1, "gpu"))).hasMessageContaining("multiple");
    }

    @Test
    @DisplayName("GHS-S3 an id finds none, or is refused")
    void anIdFindsNoneOrIsRefused() {
        service.on(
                GET_SET,
                Answer.of(200, "null"),
                Answer.of(404, "{\"typeName\":\"RunnerScaleSetNotFoundException\",\"message\":\"no\"}"));
        assertThat(time.await(client.scaleSet(42))).isEmpty();
        assertThat(time.failure(client.scaleSet(42)).reason()).isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    @DisplayName("GHS-S4 GHS-S5 a group must exist; the default one is known")
    void aGroupMustExist() {
        service.on("GET " + ScriptedService.TENANT + "/_apis/runtime/runnergroups/?", 200, NONE);
        assertThat(time.await(client.runnerGroup("Default")).id()).isEqualTo(1);
        assertThat(service.http.sent()).isEmpty();
        var failure = time.failure(client.runnerGroup("gpu"));
        assertThat(failure.reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(failure).hasMessageContainingAll("\"gpu\"", "runner group");
    }

    @Test
    @DisplayName("GHS-S8 a scale set without name and labels is refused before any request")
    void aScaleSetWithoutNameAndLabelsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.createScaleSet(ScaleSetSettings.changes()))
                .withMessageContaining("name or labels");
        assertThat(service.http.sent()).isEmpty();
    }

    @Test
    @DisplayName("GHS-S11 only 204 deletes; gone at the second try counts")
    void only204Deletes() {
        String delete = "DELETE " + SETS + "/42";
        service.on(delete, Answer.of(204, ""), Answer.of(200, ""), Answer.of(404, ""));
        time.await(client.deleteScaleSet(42));
        assertThat(time.failure(client.deleteScaleSet(42)).reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(time.failure(client.deleteScaleSet(42)).reason()).isEqualTo(Reason.NOT_FOUND);
        service.off(delete).on(delete, Answer.failing(new IOException("reset")), Answer.of(404, ""));
        time.await(client.deleteScaleSet(42));
    }

    @Test
    @DisplayName("GHS-S15 GHS-S16 trouble is tried five times, what is not known once")
    void troubleIsTriedFiveTimes() {
        service.on(GET_SET, 503, "");
        assertThat(time.failure(client.scaleSet(42)).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(service.http.count(GET_SET)).isEqualTo(5);
        for (int status : new int[] {404, 501}) {
            service.off(GET_SET).on(GET_SET, status, "");
            long before = service.http.count(GET_SET);
            time.failure(client.scaleSet(42));
            assertThat(service.http.count(GET_SET) - before).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "Tue, 05 May 2026 10:00:30 GMT"})
    @DisplayName("GHS-S17 the wait asked for is kept")
    void theWaitAskedForIsKept(String retryAfter) {
        service.on(GET_SET, Answer.of(429, "").with("Retry-After", retryAfter), Answer.of(200, SET));
        time.await(client.scaleSet(42));
        assertThat(time.elapsed()).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(31));
    }

    @Test
    void theWaitAskedForIsAtMostFiveMinutes() {
        service.on(GET_SET, Answer.of(503, "").with("Retry-After", "86400"), Answer.of(200, SET));
        time.await(client.scaleSet(42));
        assertThat(time.elapsed())
                .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(5).plusSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"message\":\"degraded\"}",
                "{\"value\":null}",
                "{\"count\":1}",
                "{\"count\":1,\"value\":[]}",
                "{\"count\":2,\"value\":[{\"id\":1,\"name\":\"r1\"}]}"
            })
    @DisplayName("a list that is missing or incomplete is not an empty one")
    void aListThatIsMissingIsNotAnEmptyOne(String body) {
        service.on("GET " + AGENTS, 200, body);
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(time.failure(client.findRunner("r1")).reason()).isEqualTo(Reason.BAD_REPLY);
    }

    @ParameterizedTest
    @ValueSource(strings = {NONE, "{\"count\":0}", "{\"count\":0,\"value\":null}", "{\"value\":[]}"})
    void aListThatSaysItIsEmptyIsEmpty(String body) {
        service.on("GET " + AGENTS, 200, body);
        assertThat(time.await(client.runners())).isEmpty();
    }

    @Test
    @DisplayName("GHS-S18 a runner's name finds none, one, or too many")
    void aRunnersNameFindsNoneOneOrTooMany() {
        String one = agent(42, "online");
        String two = "{\"count\":2,\"value\":[{\"id\":1},{\"id\":2}]}";
        service.on("GET " + AGENTS, Answer.of(200, NONE), Answer.of(200, one), Answer.of(200, two));
        assertThat(time.await(client.findRunner("r1"))).isEmpty();
        assertThat(time.await(client.findRunner("r1"))).get().satisfies(runner -> {
            assertThat(runner.scaleSetId()).isEqualTo(42);
            assertThat(runner.status()).contains("online");
        });
        assertThat(time.failure(client.findRunner("r1"))).hasMessageContaining("multiple");
    }

    @Test
    void aListThatCannotBeReadWholeIsRefused() {
        service.on(
                "GET " + AGENTS,
                Answer.of(200, "{\"count\":2,\"value\":[{\"id\":1,\"name\":\"a\"},{\"name\":\"b\"}]}"),
                Answer.of(200, "{\"count\":2,\"value\":[]}"),
                Answer.of(200, ""));
        for (int i = 0; i < 3; i++) {
            assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.BAD_REPLY);
        }
    }

    @Test
    @DisplayName("GHS-S19 deleting a runner that is gone or busy is told apart")
    void deletingARunnerThatIsGoneOrBusyIsToldApart() {
        service.on(
                "DELETE " + AGENTS + "/9",
                Answer.of(404, "{\"typeName\":\"TaskAgentNotFoundException\"}"),
                Answer.of(400, "{\"typeName\":\"TaskAgentJobStillRunningException\"}"));
        assertThat(time.failure(client.deleteRunner(9)).reason()).isEqualTo(Reason.NOT_FOUND);
        assertThat(time.failure(client.deleteRunner(9)).reason()).isEqualTo(Reason.RUNNER_BUSY);
    }

    @Test
    void creatingLooksBeforeItRepeats() {
        service.on("POST " + SETS + "?", Answer.failing(new IOException("reset")))
                .on("GET " + SETS + "?", 200, "{\"count\":1,\"value\":[" + SET + "]}");
        ScaleSet set = time.await(client.createScaleSet(ScaleSetSettings.named("gpu")));
        assertThat(set.id()).isEqualTo(42);
        assertThat(service.http.count("POST " + SETS)).isEqualTo(1);
    }

    @Test
    void creatingIsRepeatedAtOnceWhereNothingCanHaveBeenMade() {
        service.on(
                "POST " + SETS + "?",
                Answer.failing(new ConnectException("Connection refused")),
                Answer.of(503, ""),
                Answer.of(200, SET));
        time.await(client.createScaleSet(ScaleSetSettings.named("gpu")));
        assertThat(service.http.count("GET " + SETS)).isZero();
        assertThat(service.http.count("POST " + SETS)).isEqualTo(3);
    }

    @Test
    void creatingThatFailsForGoodIsNotRepeated() {
        service.on("POST " + SETS + "?", 400, "{\"message\":\"gpu already exists in runner group Default\"}");
        assertThat(time.failure(client.createScaleSet(ScaleSetSettings.named("gpu")))
                        .reason())
                .isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(service.http.count("POST " + SETS)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-S21 a name left by an earlier try is cleared and made again")
    void aNameLeftByAnEarlierTryIsCleared() {
        service.on(JIT, Answer.of(409, "{\"typeName\":\"AgentExistsException\"}"), Answer.of(200, JIT_REPLY))
                .on("GET " + AGENTS, 200, agent(42, "offline"))
                .on("DELETE " + AGENTS + "/900", 204, "");
        assertThat(time.await(client.register(42, R1, "_work")).id()).isEqualTo("901");
        assertThat(service.http.count("DELETE " + AGENTS + "/900")).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-S21 one call without recovery tells that the name is taken")
    void oneCallTellsThatTheNameIsTaken() {
        service.on(JIT, 409, "");
        assertThat(time.failure(client.generateJitConfig(42, R1, "_work")).reason())
                .isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(service.http.count(JIT)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7 offline", "42 online"})
    void aNameThatIsNotOursToDeleteIsGivenUp(String agent) {
        String[] parts = agent.split(" ");
        service.on(JIT, 409, "").on("GET " + AGENTS, 200, agent(Long.parseLong(parts[0]), parts[1]));
        var failure = time.failure(client.register(42, R1, "_work"));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure).hasMessageContaining("another name");
        assertThat(service.http.count("DELETE ")).isZero();
        assertThat(service.http.count(JIT)).isEqualTo(1);
    }

    @Test
    void aRunnerFoundUnderAnotherNameIsNotDeleted() {
        service.on(JIT, 409, "").on("GET " + AGENTS, 200, agent(42, "offline").replace("r1", "r2"));
        assertThat(time.failure(client.register(42, R1, "_work"))).hasMessageContaining("another name");
        assertThat(service.http.count("DELETE ")).isZero();
    }

    @Test
    void aNameWhoseRunnerTurnsOutBusyIsGivenUp() {
        service.on(JIT, 409, "")
                .on("GET " + AGENTS, 200, agent(42, "offline"))
                .on("DELETE " + AGENTS, 409, "{\"typeName\":\"JobStillRunningException\"}");
        assertThat(time.failure(client.register(42, R1, "_work")).reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(service.http.count(JIT)).isEqualTo(1);
    }

    @Test
    @DisplayName("GHS-S22 a lost registration is looked up, deleted and made again")
    void aLostRegistrationIsMadeAgain() {
        for (Answer lost : List.of(
                Answer.failing(new IOException("reset")),
                Answer.of(502, "<html>"),
                Answer.of(200, "").hanging(),
                Answer.of(200, "{\"runner\":{\"id\":900}}"))) {
            service.off(JIT)
                    .on(JIT, lost, Answer.of(200, JIT_REPLY))
                    .off("GET " + AGENTS)
                    .on("GET " + AGENTS, 200, agent(42, "offline"))
                    .on("DELETE " + AGENTS + "/900", 204, "");
            long deleted = service.http.count("DELETE " + AGENTS + "/900");
            assertThat(time.await(client.register(42, R1, "_work")).id()).isEqualTo("901");
            assertThat(service.http.count("DELETE " + AGENTS + "/900") - deleted)
                    .isEqualTo(1);
        }
    }

    @Test
    @DisplayName("GHS-S23 fifty registrations run side by side")
    void fiftyRegistrationsRunSideBySide() {
        service.on(JIT, Answer.of(200, JIT_REPLY).after(Duration.ofMillis(200)));
        var calls = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 50; i++) {
            calls.add(client.register(42, new RunnerId("r" + i), "_work").toCompletableFuture());
        }
        await(calls);
        assertThat(time.elapsed()).isLessThan(Duration.ofMillis(500));
        assertThat(service.http.sent().stream().map(Sent::body).collect(Collectors.toSet()))
                .hasSize(52);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "abc\\u0000def", "abc def", "abc\\ndef", "\u00e9"})
    void aConfigurationThatNoEnvironmentHoldsIsRefused(String config) {
        service.on(JIT, 200, JIT_REPLY.replace("\"secret\"", "\"" + config + "\""));
        var failure = time.failure(client.generateJitConfig(42, R1, "_work"));
        assertThat(failure.reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(failure).hasMessageContaining("encodedJITConfig").hasMessageNotContaining("def");
    }

    @Test
    void aTokenFailureIsNotMultipliedByTheCallAroundIt() {
        service.on(TOKENS, 503, "");
        time.failure(client.register(42, R1, "_work"));
        assertThat(service.http.sent()).hasSize(5);
    }

    @Test
    void anAnswerThatStopsHalfWayIsEndedAtItsDeadline() {
        service.on(GET_SET, Answer.of(200, "{\"id\":").hanging());
        var failure = time.failure(client.scaleSet(42));
        assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(failure).hasMessageContaining("30 s");
        assertThat(service.http.cancelled()).isEqualTo(5);
        assertThat(time.pending()).isZero();
    }

    @Test
    void anAnswerThatIsTooLargeIsRefused() {
        var body = new CappedBody(4);
        body.onNext(List.of(java.nio.ByteBuffer.wrap(new byte[4])));
        assertThat(body.getBody().toCompletableFuture()).isNotDone();
        body.onNext(List.of(java.nio.ByteBuffer.wrap(new byte[1])));
        assertThat(body.getBody().toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void whatAClientNeedsIsToldAtOnce() {
        assertThatIllegalStateException()
                .isThrownBy(() -> ScaleSetClient.builder(ScriptedService.CONFIG_URL, GitHubCredentials.token("t"))
                        .build())
                .withMessageContaining("httpClient, scheduler");
    }

    @Test
    void acquirableJobsAreListed() {
        String path = "GET " + SETS + "/42/acquirablejobs";
        service.on(
                path,
                Answer.of(204, ""),
                Answer.of(200, "{\"count\":1,\"value\":[{\"runnerRequestId\":7,\"repositoryName\":\"repo\"}]}"));
        assertThat(time.await(client.acquirableJobs(42))).isEmpty();
        assertThat(time.await(client.acquirableJobs(42)))
                .extracting(AcquirableJob::requestId)
                .containsExactly(7L);
    }
}
