package dev.paddock.github;

import static dev.paddock.github.ScriptedService.AGENTS;
import static dev.paddock.github.ScriptedService.REGISTRATION;
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

    private GitHubException with(GitHubCredentials credentials) {
        var other = ScaleSetClient.builder(ScriptedService.CONFIG_URL, credentials)
                .httpClient(service.http)
                .scheduler(time)
                .build();
        return time.failure(other.scaleSet(42));
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
