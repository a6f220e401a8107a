package dev.paddock.github;

import static dev.paddock.github.RestWorld.REPO;
import static dev.paddock.github.RestWorld.RUNNERS;
import static dev.paddock.github.RestWorld.page;
import static dev.paddock.github.RestWorld.runner;
import static dev.paddock.github.RestWorld.runners;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.github.ScriptedHttpClient.Sent;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestCallsTest {
    private static final String ONE = "GET " + RUNNERS + "/7";

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final GitHubClient client = world.client;

    @Test
    void everyCallSaysWhatItWantsAndWhoCalls() {
        world.on(ONE, 200, runner(7, "")).on("POST " + RUNNERS + "/remove-token", 201, "{\"token\":\"T\"}");
        time.await(client.runner(7));
        time.await(client.removeToken());
        assertThat(world.http.sent()).allSatisfy(sent -> {
            assertThat(sent.authorization()).isEqualTo("Bearer " + ScriptedService.PAT);
            assertThat(sent.headers())
                    .containsEntry("Accept", "application/vnd.github+json")
                    .containsEntry("X-GitHub-Api-Version", "2022-11-28");
            assertThat(Wire.parse(sent.headers().get("User-Agent"))
                            .get("system")
                            .asText())
                    .isEqualTo("paddock");
        });
    }

    @Test
    void troubleIsTriedFiveTimesWhatMakesSomethingOnce() {
        world.on(ONE, 503, "")
                .on("POST " + REPO + "/workflows/ci.yml/dispatches", 502, "")
                .on("POST " + REPO + "/runs/9/rerun", Answer.failing(new IOException("reset")));
        assertThat(time.failure(client.runner(7)).reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(world.http.sent()).hasSize(5);
        time.failure(world.repository.dispatch("ci.yml", "main", Map.of()));
        time.failure(world.repository.rerun(9));
        assertThat(world.http.sent()).hasSize(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 308})
    void redirectsAreNotFollowed(int status) {
        world.on(ONE, Answer.of(status, "").with("Location", "https://elsewhere.example/"));
        assertThat(time.failure(client.runner(7))).hasMessageContaining("redirects");
        assertThat(world.http.sent()).hasSize(1);
    }

    // ---- tokens -----------------------------------------------------------------------------------------------

    @Test
    void aRefusedTokenIsAnErrorAndTriedOnce() {
        world.on(ONE, 401, "{\"message\":\"Bad credentials\"}");
        GitHubException failure = time.failure(client.runner(7));
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure).hasMessageContainingAll("given to GitHubCredentials.token", "revoked");
        assertThat(world.http.sent()).hasSize(1);
    }

    /** Tokens that can be had anew when one was refused. */
    private static final class Renewing implements TokenSource {
        private int number;

        @Override
        public CompletableFuture<String> current() {
            return CompletableFuture.completedFuture("ghs_" + number);
        }

        @Override
        public boolean refused(String token) {
            if (token.equals("ghs_" + number)) {
                number++;
            }
            return number < 3;
        }
    }

    @Test
    void aTokenThatCanBeHadAnewIsTriedOnceMore() {
        world.on(ONE, Answer.of(401, ""), Answer.of(200, runner(7, "")));
        Transport transport = world.transport();
        var key = new Keyring.Key(0, "an App", new Renewing(), new RateBudget(), transport.errors());
        var calls = new RestCalls(GitHubScope.of(ScriptedService.CONFIG_URL), transport, List.of(key));
        var call = RestCalls.Call.get(Route.REST_RUNNER, "orgs/my-org/actions/runners/7");
        assertThat(time.await(calls.read(call, RestReplies::runner)).id()).isEqualTo(7);
        assertThat(world.http.sent()).extracting(Sent::authorization).containsExactly("Bearer ghs_0", "Bearer ghs_1");
        world.service.off(ONE).on(ONE, 401, "");
        assertThat(time.failure(calls.read(call, RestReplies::runner)).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(world.http.sent()).hasSize(4);
    }

    // ---- answers kept -----------------------------------------------------------------------------------------

    @Test
    void whatHasNotChangedIsTakenFromTheAnswerBefore() {
        world.on(ONE, Answer.of(200, runner(7, "")).with("ETag", "W/\"abc\""), Answer.of(304, ""));
        assertThat(time.await(client.runner(7))).isEqualTo(time.await(client.runner(7)));
        assertThat(world.http.sent().get(0).headers()).doesNotContainKey("If-None-Match");
        assertThat(world.last().headers()).containsEntry("If-None-Match", "W/\"abc\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0007", "a\u007Fb", "two words", "\uD83D\uDE00"})
    void anAnswerWhoseETagNoHeaderCanCarryIsNotKept(String tag) {
        world.on(ONE, Answer.of(200, runner(7, "")).with("ETag", tag));
        time.await(client.runner(7));
        time.await(client.runner(7));
        assertThat(world.last().headers()).doesNotContainKey("If-None-Match");
    }

    @Test
    void anAnswerThatChangedIsKeptInsteadAndOneWithoutETagForgotten() {
        world.on(
                ONE,
                Answer.of(200, runner(7, "")).with("ETag", "\"1\""),
                Answer.of(200, runner(7, ",\"version\":1")).with("ETag", "\"2\""),
                Answer.of(200, runner(7, "")),
                Answer.of(200, runner(7, "")));
        for (int i = 0; i < 4; i++) {
            time.await(client.runner(7));
        }
        assertThat(world.http.sent())
                .extracting(sent -> sent.headers().getOrDefault("If-None-Match", ""))
                .containsExactly("", "\"1\"", "\"2\"", "");
    }

    @Test
    void anAnswerThatCannotBeReadIsAskedForWhole() {
        world.on(
                ONE,
                Answer.of(200, "{\"id\":7,\"na").with("ETag", "\"1\""),
                Answer.of(200, runner(7, "")).with("ETag", "\"1\""));
        assertThat(time.failure(client.runner(7)).reason()).isEqualTo(Reason.BAD_REPLY);
        assertThat(time.await(client.runner(7))).isPresent();
        assertThat(world.last().headers()).doesNotContainKey("If-None-Match");
    }

    @Test
    void pagesThatHaveNotChangedLeadOnToTheNext() {
        String second = RUNNERS + "?per_page=100&page=2";
        world.on(
                        "GET " + RUNNERS + "?per_page=100",
                        page(runners(101, 1, 100), second).with("ETag", "\"1\""),
                        Answer.of(304, ""))
                .on("GET " + second, Answer.of(200, runners(101, 101, 101)).with("ETag", "\"2\""), Answer.of(304, ""));
        assertThat(time.await(client.runners())).hasSize(101);
        assertThat(time.await(client.runners())).hasSize(101);
        assertThat(world.http.sent()).hasSize(4);
    }

    @Test
    void twoCredentialsDoNotShareAnswers() {
        var both = GitHubCredentials.anyOf(GitHubCredentials.token("a"), GitHubCredentials.token("b"));
        GitHubClient two = world.client(both);
        world.on(ONE, Answer.of(200, runner(7, "")).with("ETag", "\"1\""));
        time.await(two.runner(7));
        time.await(two.runner(7));
        assertThat(world.http.sent()).extracting(Sent::authorization).containsExactly("Bearer a", "Bearer b");
        assertThat(world.http.sent())
                .allSatisfy(sent -> assertThat(sent.headers()).doesNotContainKey("If-None-Match"));
    }

    @Test
    void unaskedNotModifiedIsNoAnswer() {
        world.on(ONE, 304, "");
        assertThat(time.failure(client.runner(7)).status()).isEqualTo(304);
    }

    @Test
    void soManyAnswersAndCharactersAreKeptForEachCredential() {
        var etags = new ETags();
        for (int i = 0; i < ETags.MOST + 100; i++) {
            etags.keep(0, kept(i, "x"));
        }
        assertThat(etags.find(0, kept(ETags.MOST - 1, "").call().url())).isNotNull();
        assertThat(etags.find(0, kept(ETags.MOST, "").call().url())).isNull();
        assertThat(etags.find(1, kept(44, "").call().url())).isNull();
        int third = (int) (ETags.MOST_TEXT / 3);
        var large = new ETags();
        large.keep(0, kept(1_000, "x".repeat(third * 2)));
        assertThat(large.find(0, kept(1_000, "").call().url())).as("too large").isNull();
        for (int i = 0; i < 4; i++) {
            large.keep(0, kept(2_000 + i, "x".repeat(third)));
        }
        assertThat(large.find(0, kept(2_002, "").call().url())).isNotNull();
        assertThat(large.find(0, kept(2_003, "").call().url())).as("no room").isNull();
    }

    @Test
    void whatIsReadRoundAfterRoundAndIsTooMuchIsMostlyKept() {
        var etags = new ETags();
        int found = 0;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < ETags.MOST + 200; i++) {
                found += etags.find(0, kept(i, "").call().url()) != null ? 1 : 0;
                etags.keep(0, kept(i, "x"));
            }
        }
        assertThat(found).isEqualTo(2 * ETags.MOST);
    }

    @Test
    void whatIsNotAskedForAnyMoreMakesWay() {
        var etags = new ETags();
        for (int i = 0; i < ETags.MOST; i++) {
            etags.keep(0, kept(i, "x"));
        }
        for (int look = 0; look < 5 * ETags.MOST; look++) {
            etags.find(0, kept(7, "").call().url());
        }
        etags.keep(0, kept(9_999, "x"));
        assertThat(etags.find(0, kept(9_999, "").call().url())).isNotNull();
        assertThat(etags.find(0, kept(7, "").call().url())).isNotNull();
        assertThat(etags.find(0, kept(0, "").call().url())).isNull();
    }

    private static HttpCalls.Reply kept(int number, String text) {
        var call = new HttpCalls.Call(
                Route.RUN, "GET", java.net.URI.create("https://h/" + number), "Bearer t", null, Map.of());
        var headers = java.net.http.HttpHeaders.of(Map.of("ETag", List.of("\"1\"")), (name, value) -> true);
        return new HttpCalls.Reply(call, 200, headers, text);
    }
}
