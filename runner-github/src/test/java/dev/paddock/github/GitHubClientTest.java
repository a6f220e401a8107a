package dev.paddock.github;

import static dev.paddock.github.RestWorld.ORG;
import static dev.paddock.github.RestWorld.RUNNERS;
import static dev.paddock.github.RestWorld.runner;
import static dev.paddock.github.RestWorld.runners;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.rest.RateLimit;
import dev.paddock.github.rest.RunnerLabel;
import dev.paddock.github.rest.RunnerToken;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.spi.Registration;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GitHubClientTest {
    private static final String ONE = "GET " + RUNNERS + "/7";
    private static final String LIST = "GET " + RUNNERS + "?";
    private static final String DELETE = "DELETE " + RUNNERS + "/7";
    private static final String JIT = "POST " + RUNNERS + "/generate-jitconfig";
    private static final Answer GONE = Answer.of(404, "{\"message\":\"Not Found\"}");
    private static final Answer MADE =
            Answer.of(201, "{\"runner\":" + runner(23, "") + ",\"encoded_jit_config\":\"JIT-secret\"}");
    private static final RunnerId R1 = new RunnerId("r1");
    private static final List<String> GPU = List.of("GPU");

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final GitHubClient client = world.client;

    private static Answer named(String name, String more) {
        return Answer.of(
                200,
                "{\"total_count\":1,\"runners\":[{\"id\":22,\"name\":\"" + name + "\",\"runner_group_id\":1,"
                        + "\"labels\":[{\"name\":\"gpu\"}]," + more + "}]}");
    }

    // ---- tokens -----------------------------------------------------------------------------------------------

    @Test
    void tokensAreMadeAndNotShown() {
        world.on(
                        "POST " + RUNNERS + "/registration-token",
                        201,
                        "{\"token\":\"REG\",\"expires_at\":" + "\"2026-05-05T11:00:00.000Z\"}")
                .on("POST " + RUNNERS + "/remove-token", 201, "{\"token\":\"REM\"}");
        RunnerToken registration = time.await(client.registrationToken());
        assertThat(registration.token()).isEqualTo("REG");
        assertThat(registration.expiresAt()).contains(Instant.parse("2026-05-05T11:00:00Z"));
        RunnerToken removal = time.await(client.removeToken());
        assertThat(removal.token()).isEqualTo("REM");
        assertThat(removal.expiresAt()).isEmpty();
        assertThat(registration + " " + removal).doesNotContain("REG", "REM").contains("***");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"token\":\"\"}", "{\"token\":\"two words\"}", "null", ""})
    void aTokenThatIsNoneIsAnError(String body) {
        world.on("POST " + RUNNERS + "/remove-token", 201, body);
        assertThat(time.failure(client.removeToken()))
                .hasMessageNotContaining("two words")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.BAD_REPLY);
    }

    // ---- registering ------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R6 a registration names runner, group, labels and folder, and its secret is not shown")
    void aRegistrationNamesAll() {
        world.on(JIT, MADE);
        Registration made = time.await(client.generateJitConfig(R1, 3, List.of("gpu", "linux")));
        assertThat(made.id()).isEqualTo("23");
        assertThat(made.secret()).isEqualTo("JIT-secret");
        assertThat(made.toString()).doesNotContain("JIT-secret");
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse("""
                        {"name":"r1","runner_group_id":3,"labels":["gpu","linux"],"work_folder":"_work"}"""));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    @DisplayName("GHS-R6 a registration without a group is refused before any request")
    void aRegistrationWithoutAGroupIsRefused(long group) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.generateJitConfig(R1, group, GPU))
                .withMessageContainingAll("runnerGroupId", Long.toString(group), "runnerGroups()");
        assertThat(world.http.sent()).isEmpty();
    }

    @Test
    void labelsAndFolderOutOfBoundsAreNamed() {
        for (List<String> labels : List.of(
                List.<String>of(), Collections.nCopies(101, "x"), List.of("a", " "), List.of("x".repeat(257)))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> client.generateJitConfig(R1, 1, labels))
                    .withMessageContaining("label");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.generateJitConfig(R1, 1, GPU, " "))
                .withMessageContaining("workFolder");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.labels(7).remove(""))
                .withMessageContaining("label");
        assertThat(world.http.sent()).isEmpty();
    }

    @Test
    @DisplayName("GHS-R6 a name that is taken is told at once, so that another is used")
    void aNameThatIsTakenIsToldAtOnce() {
        world.on(JIT, 409, "{\"message\":\"Already exists\"}");
        GitHubException failure = time.failure(client.generateJitConfig(R1, 1, GPU));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessageContaining("another name");
        assertThat(world.http.sent()).hasSize(1);
    }

    @Test
    @DisplayName("GHS-R6 a registration whose answer is lost is looked up, deleted and made again")
    void aRegistrationWhoseAnswerIsLostIsMadeAgain() {
        world.on(JIT, Answer.failing(new IOException("reset")), MADE)
                .on("GET " + RUNNERS + "?name=r1", named("R1", "\"status\":\"offline\",\"busy\":false"))
                .on("DELETE " + RUNNERS + "/22", 204, "");
        assertThat(time.await(client.generateJitConfig(R1, 1, GPU)).id()).isEqualTo("23");
        assertThat(world.http.lines())
                .containsExactly(JIT, "GET " + RUNNERS + "?name=r1&per_page=100", "DELETE " + RUNNERS + "/22", JIT);
    }

    @Test
    void aRegistrationThatWasNotMadeIsMadeAgainAtOnce() {
        world.on(JIT, Answer.failing(new IOException("reset")), MADE)
                .on("GET " + RUNNERS + "?name=r1", 200, runners(0, 1, 0));
        time.await(client.generateJitConfig(R1, 1, GPU));
        assertThat(world.http.count("DELETE")).isZero();
    }

    @Test
    void aLostTryThatTakesEffectLateIsFoundAtTheNextLook() {
        world.on(JIT, Answer.failing(new IOException("reset")), Answer.of(409, ""), MADE)
                .on(
                        "GET " + RUNNERS + "?name=r1",
                        Answer.of(200, runners(0, 1, 0)),
                        named("r1", "\"status\":\"offline\",\"busy\":false"))
                .on("DELETE " + RUNNERS + "/22", 204, "");
        time.await(client.generateJitConfig(R1, 1, GPU));
        assertThat(world.http.count("DELETE")).isEqualTo(1);
    }

    @Test
    void anAnswerWithoutTheConfigurationIsMadeGood() {
        world.on(JIT, Answer.of(201, "{\"runner\":{\"id\":22}}"), MADE)
                .on("GET " + RUNNERS + "?name=r1", named("r1", "\"status\":\"offline\",\"busy\":false"))
                .on("DELETE " + RUNNERS + "/22", 204, "");
        time.await(client.generateJitConfig(R1, 1, GPU));
        assertThat(world.http.count("DELETE")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"status\":\"online\",\"busy\":false",
                "\"status\":\"offline\",\"busy\":true",
                "\"status\":\"offline\"",
                "\"busy\":false",
                "\"status\":\"offline\",\"busy\":false,\"ephemeral\":false"
            })
    void whatIsNotSurelyOurLostTryIsNotDeleted(String found) {
        world.on(JIT, Answer.failing(new IOException("reset")), MADE)
                .on("GET " + RUNNERS + "?name=r1", named("r1", found));
        GitHubException failure = time.failure(client.generateJitConfig(R1, 1, GPU));
        assertThat(failure.reason()).isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(failure).hasMessageContainingAll("22", "another name");
        assertThat(world.http.count("DELETE")).isZero();
    }

    @Test
    void aRunnerOfAnotherGroupOrWithOtherLabelsIsNotDeletedEither() {
        world.on(JIT, Answer.failing(new IOException("reset")), MADE)
                .on("GET " + RUNNERS + "?name=r1", named("r1", "\"status\":\"offline\",\"busy\":false"));
        assertThat(time.failure(client.generateJitConfig(R1, 2, GPU)).reason()).isEqualTo(Reason.ALREADY_EXISTS);
        world.service.off(JIT).on(JIT, Answer.failing(new IOException("reset")), MADE);
        assertThat(time.failure(client.generateJitConfig(R1, 1, List.of("gpu", "linux")))
                        .reason())
                .isEqualTo(Reason.ALREADY_EXISTS);
        assertThat(world.http.count("DELETE")).isZero();
    }

    @Test
    void aLostTryThatRunsAJobIsLeftAlone() {
        world.on(JIT, Answer.failing(new IOException("reset")), MADE)
                .on("GET " + RUNNERS + "?name=r1", named("r1", "\"status\":\"offline\",\"busy\":false"))
                .on("DELETE " + RUNNERS + "/22", 422, "{\"message\":\"is still running a job\"}");
        assertThat(time.failure(client.generateJitConfig(R1, 1, GPU)).reason()).isEqualTo(Reason.ALREADY_EXISTS);
    }

    // ---- one runner -------------------------------------------------------------------------------------------

    @Test
    @DisplayName("GHS-R5 a runner that runs a job is not deleted, one that is gone counts as deleted")
    void deletingTellsBusyAndGoneApart() {
        world.on(DELETE, Answer.of(204, ""), Answer.of(422, "{\"message\":\"Runner is still running a job\"}"), GONE)
                .on(ONE, GONE)
                .on(LIST, 200, runners(0, 1, 0));
        time.await(client.deleteRunner(7));
        GitHubException busy = time.failure(client.deleteRunner(7));
        assertThat(busy.reason()).isEqualTo(Reason.RUNNER_BUSY);
        assertThat(busy.isRetryable()).isTrue();
        time.await(client.deleteRunner(7));
    }

    @Test
    @DisplayName("GHS-R5 a 404 for a token that may not see runners says nothing of the runner")
    void aBlindTokenProvesNothing() {
        world.on(DELETE, GONE).on(ONE, GONE).on(LIST, GONE);
        GitHubException failure = time.failure(client.deleteRunner(7));
        assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(failure).hasMessageContainingAll("all self-hosted runners", "lacks a right");
        assertThat(time.failure(client.runner(7)).reason()).isEqualTo(Reason.FORBIDDEN);
    }

    @Test
    @DisplayName("GHS-R5 a 404 for the deletion of a runner that is there says that the token may not delete it")
    void aRunnerThatIsThereIsNotGone() {
        world.on(DELETE, GONE).on(ONE, 200, runner(7, ""));
        assertThat(time.failure(client.deleteRunner(7)).reason()).isEqualTo(Reason.FORBIDDEN);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 500})
    void whereTheProofFailsNothingIsGone(int status) {
        world.on(DELETE, GONE).on(ONE, GONE).on(LIST, status, "");
        assertThat(time.failure(client.deleteRunner(7)).status()).isEqualTo(status);
        assertThat(time.failure(client.runner(7)).status()).isEqualTo(status);
    }

    @Test
    void aProofThatCannotBeReadIsNone() {
        world.on(ONE, GONE).on(LIST, 200, "<html>welcome</html>");
        assertThat(time.failure(client.runner(7)).reason()).isEqualTo(Reason.BAD_REPLY);
    }

    @Test
    void aRunnerIsReadOrProvedGone() {
        world.on(ONE, Answer.of(200, runner(7, ",\"ephemeral\":true")), GONE).on(LIST, 200, runners(1, 8, 8));
        assertThat(time.await(client.runner(7))).get().satisfies(one -> {
            assertThat(one.name()).isEqualTo("r7");
            assertThat(one.isOffline()).isTrue();
            assertThat(one.busy()).isFalse();
            assertThat(one.ephemeral()).contains(true);
            assertThat(one.labelNames()).containsExactly("gpu");
        });
        assertThat(time.await(client.runner(7))).isEmpty();
    }

    @Test
    void runnersAreFoundByName() {
        world.on("GET " + RUNNERS + "?name=a+b%26c&per_page=100", 200, runners(1, 1, 1));
        assertThat(time.await(client.runners("a b&c")))
                .extracting(SelfHostedRunner::id)
                .containsExactly(1L);
    }

    // ---- labels, downloads, groups ----------------------------------------------------------------------------

    @Test
    void labelsAreReadAddedSetAndTaken() {
        String labels = "{\"total_count\":2,\"labels\":[{\"id\":1,\"name\":\"self-hosted\",\"type\":\"read-only\"},"
                + "{\"id\":5,\"name\":\"gpu\",\"type\":\"custom\"}]}";
        String path = RUNNERS + "/7/labels";
        for (String method : List.of("GET ", "POST ", "PUT ", "DELETE ")) {
            world.on(method + path, 200, labels);
        }
        assertThat(time.await(client.labels(7).list()))
                .containsExactly(new RunnerLabel(1, "self-hosted", "read-only"), new RunnerLabel(5, "gpu", "custom"));
        time.await(client.labels(7).add(GPU));
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse("{\"labels\":[\"GPU\"]}"));
        time.await(client.labels(7).set(List.of()));
        assertThat(Wire.parse(world.last().body())).isEqualTo(Wire.parse("{\"labels\":[]}"));
        assertThat(time.await(client.labels(7).remove("a/b c")).get(0).isReadOnly())
                .isTrue();
        assertThat(world.last().line()).isEqualTo("DELETE " + path + "/a%2Fb%20c");
    }

    @ParameterizedTest
    @ValueSource(strings = {".", ".."})
    @DisplayName("GHS-U15 a label that would be another address is refused before any request")
    void aLabelOfDotsIsRefused(String label) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.labels(7).remove(label))
                .withMessageContaining("\"" + label + "\"");
        assertThatIllegalArgumentException().isThrownBy(() -> client.labels(7).add(List.of("gpu", label)));
        assertThat(world.http.sent()).isEmpty();
    }

    @Test
    void aLabelTakenWithItsAnswerLostIsTaken() {
        String path = RUNNERS + "/7/labels";
        world.on("DELETE " + path + "/gpu", Answer.of(502, ""), Answer.of(404, ""))
                .on("GET " + path, 200, "{\"total_count\":1,\"labels\":[{\"id\":1,\"name\":\"linux\"}]}");
        assertThat(time.await(client.labels(7).remove("gpu")))
                .extracting(RunnerLabel::name)
                .containsExactly("linux");
        world.service.off("DELETE " + path + "/gpu").on("DELETE " + path + "/gpu", 404, "");
        assertThat(time.failure(client.labels(7).remove("gpu")).reason())
                .as("nothing of ours can have taken it")
                .isEqualTo(Reason.NOT_FOUND);
    }

    @Test
    void downloadsAreListedWithTheirDigests() {
        world.on("GET " + RUNNERS + "/downloads", 200, """
                [{"os":"linux","architecture":"x64","download_url":"https://h/r.tar.gz","filename":"r.tar.gz",
                  "temp_download_token":"TEMP","sha256_checksum":"ABC1"},
                 {"os":"win","architecture":"x64","download_url":"https://h/r.zip","filename":"r.zip"}]""");
        var downloads = time.await(client.downloads());
        assertThat(downloads).hasSize(2);
        assertThat(downloads.get(0).sha256()).contains("abc1");
        assertThat(downloads.get(0).temporaryToken()).contains("TEMP");
        assertThat(downloads.toString()).doesNotContain("TEMP");
        assertThat(downloads.get(1).sha256()).isEmpty();
        world.service.off("GET " + RUNNERS + "/downloads").on("GET " + RUNNERS + "/downloads", 200, "{}");
        assertThat(time.failure(client.downloads()).reason()).isEqualTo(Reason.BAD_REPLY);
    }

    @Test
    void groupsBelongToOrganizations() {
        String groups = """
                {"total_count":1,"runner_groups":[{"id":2,"name":"gpu","visibility":"selected","default":false,
                 "restricted_to_workflows":true,"selected_workflows":["acme/engine/.github/workflows/ci.yml@main"]}]}""";
        world.on("GET " + ORG + "/runner-groups?per_page=100", 200, groups)
                .on("GET " + ORG + "/runner-groups?per_page=100&visible_to_repository=engine", 200, groups);
        assertThat(time.await(client.runnerGroups())).singleElement().satisfies(group -> {
            assertThat(group.id()).isEqualTo(2);
            assertThat(group.restrictedToWorkflows()).isTrue();
            assertThat(group.selectedWorkflows()).hasSize(1);
        });
        assertThat(time.await(client.runnerGroups("engine"))).hasSize(1);
        GitHubClient ofRepository = GitHubClient.builder(RestWorld.HOST + "/my-org/engine", world.credentials)
                .httpClient(world.http)
                .scheduler(time)
                .build();
        assertThatIllegalStateException().isThrownBy(ofRepository::runnerGroups).withMessageContaining("organization");
        assertThatIllegalStateException().isThrownBy(() -> ofRepository.runnerGroups("engine"));
    }

    // ---- limits and releases ----------------------------------------------------------------------------------

    @Test
    void rateLimitsAreReadForEachCredentialAndHeeded() {
        long reset = ManualTime.START.getEpochSecond() + 3000;
        world.on(
                        "GET /api/v3/rate_limit",
                        200,
                        "{\"resources\":{\"core\":{\"limit\":5000,\"remaining\":7,\"reset\":" + reset + "},"
                                + "\"actions_runner_registration\":{\"limit\":10000,\"remaining\":10000}}}")
                .on(LIST, 200, runners(0, 1, 0));
        List<RateLimit> limits = time.await(client.rateLimits());
        assertThat(limits)
                .hasSize(2)
                .allSatisfy(limit -> assertThat(limit.credential()).contains("GitHubCredentials.token"));
        assertThat(limits.get(0).resetsAt()).contains(Instant.ofEpochSecond(reset));
        assertThat(limits.get(1).resetsAt()).isEmpty();
        assertThat(time.failure(client.runners()).reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(time.await(client.rateLimits())).hasSize(2);
    }

    @Test
    void aServerWithoutLimitsHasNone() {
        world.on("GET /api/v3/rate_limit", 404, "{\"message\":\"Rate limiting is not enabled.\"}");
        assertThat(time.await(client.rateLimits())).isEmpty();
    }

    @Test
    void theLatestReleaseIsAskedForOnceAnHour() {
        String path = "GET /api/v3/repos/actions/runner/releases/latest";
        world.on(path, 200, """
                {"tag_name":"v2.336.0","published_at":"2026-04-01T00:00:00Z","assets":[
                 {"name":"actions-runner-linux-x64-2.336.0.tar.gz","browser_download_url":"https://h/r.tar.gz",
                  "digest":"sha256:ABC","size":12},
                 {"name":"notes","browser_download_url":"https://h/notes","digest":null}]}""");
        var both = CompletableFuture.allOf(
                client.latestRunnerRelease().toCompletableFuture(),
                client.latestRunnerRelease().toCompletableFuture());
        time.await(both);
        var release = time.await(client.latestRunnerRelease());
        assertThat(release.version()).isEqualTo("2.336.0");
        assertThat(release.assets().get(0).sha256()).contains("abc");
        assertThat(release.assets().get(1).sha256()).isEmpty();
        time.advance(Duration.ofMinutes(59));
        time.await(client.latestRunnerRelease());
        assertThat(world.http.count(path)).isEqualTo(1);
        time.advance(Duration.ofMinutes(1));
        time.await(client.latestRunnerRelease());
        assertThat(world.http.count(path)).isEqualTo(2);
    }

    // ---- building ---------------------------------------------------------------------------------------------

    @Test
    void whatAClientNeedsIsToldAtOnce() {
        var builder = GitHubClient.builder(ScriptedService.CONFIG_URL, world.credentials);
        assertThatIllegalStateException()
                .isThrownBy(builder::build)
                .withMessageContainingAll("httpClient", "scheduler");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.callDeadline(Duration.ZERO))
                .withMessageContainingAll("callDeadline", "PT10M");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.callDeadline(Duration.ofMinutes(11)))
                .withMessageContaining("callDeadline");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GitHubClient.builder("github.com/acme", world.credentials))
                .withMessageContaining("configUrl");
        HttpClient follows = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.httpClient(follows))
                .withMessageContaining("Redirect.NEVER");
        assertThat(client.scope()).isEqualTo(GitHubScope.of(ScriptedService.CONFIG_URL));
        assertThat(client.toString()).contains("my-org").doesNotContain(ScriptedService.PAT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "acme", "acme/", "/engine", "a/b/c", "acme/eng ine", "acme/..", "https://github.com/a/b"})
    void aRepositoryOfAnUnknownShapeIsRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client.repository(name))
                .withMessageContaining("OWNER/NAME");
    }

    @Test
    void onlyARepositoryIsItsOwnRepository() {
        assertThatIllegalStateException().isThrownBy(client::repository).withMessageContaining("repository(");
        GitHubClient ofRepository = GitHubClient.builder(RestWorld.HOST + "/my-org/engine", world.credentials)
                .httpClient(world.http)
                .scheduler(time)
                .build();
        assertThat(ofRepository.repository().name()).isEqualTo("my-org/engine");
        world.on("POST /api/v3/repos/my-org/engine/actions/runners/remove-token", 201, "{\"token\":\"T\"}");
        time.await(ofRepository.removeToken());
    }
}
