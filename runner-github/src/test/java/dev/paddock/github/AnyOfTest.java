package dev.paddock.github;

import static dev.paddock.github.RestWorld.RUNNERS;
import static dev.paddock.github.RestWorld.left;
import static dev.paddock.github.RestWorld.runner;
import static dev.paddock.github.RestWorld.runners;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnyOfTest {
    private static final Instant NOW = ManualTime.START;

    private final ManualTime time = new ManualTime();
    private final Map<String, Answer> byToken = new HashMap<>();
    private final ScriptedHttpClient http = new ScriptedHttpClient(time, this::answer);
    private final GitHubCredentials first = GitHubCredentials.token("aaaa");
    private final GitHubCredentials second = GitHubCredentials.token("bbbb");
    private final GitHubClient client = client(GitHubCredentials.anyOf(first, second));

    private GitHubClient client(GitHubCredentials credentials) {
        return GitHubClient.builder(ScriptedService.CONFIG_URL, credentials)
                .httpClient(http)
                .scheduler(time)
                .build();
    }

    private Answer answer(Sent sent) {
        String token = sent.authorization().substring("Bearer ".length());
        Answer exact = byToken.get(token + " " + sent.line());
        return exact != null ? exact : byToken.getOrDefault(token, Answer.of(200, runners(0, 1, 0)));
    }

    private List<String> tokens() {
        return http.sent().stream()
                .map(sent -> sent.authorization().substring("Bearer ".length()))
                .toList();
    }

    private void list(int times) {
        for (int i = 0; i < times; i++) {
            time.await(client.runners());
            time.advance(Duration.ofSeconds(1));
        }
    }

    @Test
    void equalsTakeTurns() {
        list(4);
        assertThat(tokens()).containsExactly("aaaa", "bbbb", "aaaa", "bbbb");
    }

    @Test
    void theOneWithMostLeftGoesFirst() {
        byToken.put("aaaa", left(Answer.of(200, runners(0, 1, 0)), 900, NOW.plusSeconds(3000)));
        byToken.put("bbbb", left(Answer.of(200, runners(0, 1, 0)), 4000, NOW.plusSeconds(3000)));
        list(6);
        assertThat(tokens()).startsWith("aaaa", "bbbb").endsWith("bbbb", "bbbb", "bbbb", "bbbb");
    }

    @Test
    void aBurstIsSpreadOverAll() {
        var calls = new ArrayList<CompletableFuture<?>>();
        for (int i = 0; i < 20; i++) {
            calls.add(client.runners().toCompletableFuture());
        }
        time.await(CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)));
        assertThat(time.elapsed()).isZero();
        assertThat(tokens()).filteredOn("aaaa"::equals).hasSize(10);
    }

    @Test
    void oneThatIsLimitedLeavesTheWorkToTheOthers() {
        byToken.put("aaaa", left(Answer.of(403, ""), 0, NOW.plusSeconds(3000)));
        list(4);
        assertThat(tokens()).containsExactly("aaaa", "bbbb", "bbbb", "bbbb", "bbbb");
        byToken.put("bbbb", left(Answer.of(403, ""), 0, NOW.plusSeconds(2000)));
        GitHubException failure = time.failure(client.runners());
        assertThat(failure.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(failure.retryAfter().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(2001));
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404})
    void oneThatIsRefusedIsSetAsideForAWhile(int status) {
        byToken.put("aaaa", Answer.of(status, "{\"message\":\"no\"}"));
        list(3);
        assertThat(tokens()).containsExactly("aaaa", "bbbb", "bbbb", "bbbb");
        byToken.remove("aaaa");
        time.advance(Duration.ofMinutes(5));
        list(2);
        assertThat(tokens().subList(4, 6)).contains("aaaa");
    }

    @Test
    void aLackingRightSetsAsideForThatRightOnly() {
        byToken.put("aaaa GET " + RUNNERS + "?per_page=100", Answer.of(403, "{\"message\":\"no\"}"));
        byToken.put("aaaa", Answer.of(200, "{\"id\":9,\"status\":\"queued\"}"));
        byToken.put("bbbb", Answer.of(200, runners(0, 1, 0)));
        time.await(client.runners());
        byToken.put("bbbb", byToken.get("aaaa"));
        for (int i = 0; i < 2; i++) {
            time.await(client.repository("my-org/engine").run(9));
        }
        assertThat(tokens()).startsWith("aaaa", "bbbb");
        assertThat(tokens().subList(2, 4)).contains("aaaa");
    }

    @Test
    void whenAllFailTheLastFailureIsTold() {
        byToken.put("aaaa", Answer.of(401, "{\"message\":\"first\"}"));
        byToken.put("bbbb", Answer.of(403, "{\"message\":\"second\"}"));
        assertThat(time.failure(client.runners()))
                .hasMessageContaining("second")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.FORBIDDEN);
        assertThat(time.failure(client.runners())).isNotNull();
        assertThat(tokens()).as("set aside, but tried where there is no other").hasSize(4);
    }

    @Test
    void aSupplierThatGivesNoneIsSetAsideToo() {
        GitHubCredentials broken =
                GitHubCredentials.tokens(() -> CompletableFuture.failedStage(new IllegalStateException("vault")));
        GitHubClient both = client(GitHubCredentials.anyOf(broken, second));
        time.await(both.runners());
        assertThat(tokens()).containsExactly("bbbb");
    }

    @Test
    void aRunnerThatOneCannotSeeIsNotGone() {
        byToken.put("aaaa", Answer.of(404, "{\"message\":\"Not Found\"}"));
        byToken.put("bbbb", Answer.of(200, runner(7, "")));
        assertThat(time.await(client.runner(7))).isPresent();
        assertThat(tokens()).containsExactly("aaaa", "aaaa", "bbbb");
    }

    @Test
    void aJobOfARepositoryThatOneCannotSeeIsNotGone() {
        byToken.put("aaaa", Answer.of(404, "{\"message\":\"Not Found\"}"));
        byToken.put("bbbb", Answer.of(200, "{\"id\":5,\"run_id\":9,\"status\":\"queued\"}"));
        assertThat(time.await(client.repository("my-org/engine").job(5))).isPresent();
        assertThat(tokens()).containsExactly("aaaa", "aaaa", "bbbb");
    }

    @Test
    void theRunsOfARepositoryThatOneCannotSeeAreListedByAnother() {
        byToken.put("aaaa", Answer.of(404, "{\"message\":\"Not Found\"}"));
        byToken.put("bbbb", Answer.of(200, "{\"total_count\":0,\"workflow_runs\":[]}"));
        assertThat(time.await(client.repository("my-org/engine").activeRuns())).isEmpty();
        assertThat(tokens())
                .as("aside from the second call on")
                .containsExactly("aaaa", "bbbb", "bbbb", "bbbb", "bbbb", "bbbb");
    }

    @Test
    void aRunnerThatOneMayNotDeleteIsDeletedByAnother() {
        byToken.put("aaaa", Answer.of(404, "{\"message\":\"Not Found\"}"));
        byToken.put("bbbb", Answer.of(204, ""));
        time.await(client.deleteRunner(7));
        assertThat(tokens()).containsExactly("aaaa", "aaaa", "aaaa", "bbbb");
    }

    @Test
    void theSameCredentialTwiceIsOneAndSeveralOfSeveralAreFlat() {
        assertThat(GitHubCredentials.anyOf(first, first)).isSameAs(first);
        GitHubCredentials third = GitHubCredentials.token("cccc");
        assertThat(GitHubCredentials.anyOf(GitHubCredentials.anyOf(first, second), third, first)
                        .members())
                .containsExactly(first, second, third);
        assertThat(GitHubCredentials.anyOf(first, second).toString())
                .contains("any of", "***")
                .doesNotContain("aaaa", "bbbb");
    }

    @Test
    void whatMustNotBeNullIsNamed() {
        assertThatNullPointerException()
                .isThrownBy(() -> GitHubCredentials.anyOf(nothing()))
                .withMessage("first");
        assertThatNullPointerException()
                .isThrownBy(() -> GitHubCredentials.anyOf(first, second, nothing()))
                .withMessage("more");
    }

    @SuppressWarnings("NullAway")
    private static GitHubCredentials nothing() {
        return null;
    }

    @Test
    void scaleSetsSpreadTheirRegistrationTokens() {
        var service = new ScriptedService();
        service.on("GET " + ScriptedService.SETS + "/42", 200, "{\"id\":42,\"name\":\"gpu\"}");
        service.tokenLife = Duration.ofSeconds(30);
        ScaleSetClient sets = ScaleSetClient.builder(ScriptedService.CONFIG_URL, GitHubCredentials.anyOf(first, second))
                .httpClient(service.http)
                .scheduler(service.time)
                .build();
        for (int i = 0; i < 4; i++) {
            service.time.await(sets.scaleSet(42));
        }
        assertThat(service.http.sent().stream()
                        .filter(sent -> sent.line().equals(ScriptedService.TOKENS))
                        .map(Sent::authorization))
                .containsExactly("Bearer aaaa", "Bearer bbbb", "Bearer aaaa", "Bearer bbbb");
    }
}
