package dev.paddock.github;

import static dev.paddock.github.RestWorld.REPO;
import static dev.paddock.github.RestWorld.RUNNERS;
import static dev.paddock.github.RestWorld.left;
import static dev.paddock.github.RestWorld.runner;
import static dev.paddock.github.RestWorld.runners;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.RunnerId;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScriptedHttpClient.Answer;
import dev.paddock.spi.Deregistration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RestLimitsTest {
    private static final String LIST = "GET " + RUNNERS + "?";
    private static final String ONE = "GET " + RUNNERS + "/7";
    private static final String DELETE = "DELETE " + RUNNERS + "/7";
    private static final Instant NOW = ManualTime.START;

    private final RestWorld world = new RestWorld();
    private final ManualTime time = world.time;
    private final GitHubClient client = world.client;

    private Duration elapsed(Runnable work) {
        Duration before = time.elapsed();
        work.run();
        return time.elapsed().minus(before);
    }

    @Test
    @DisplayName("GHS-R4 a primary limit is waited out until its reset")
    void aPrimaryLimitIsWaitedOut() {
        world.on(ONE, left(Answer.of(403, "{\"message\":\"API rate limit exceeded\"}"), 0, NOW.plusSeconds(2)))
                .on(ONE, 200, runner(7, ""));
        assertThat(elapsed(() -> time.await(client.runner(7)))).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(4));
        assertThat(world.http.sent()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 429})
    @DisplayName("GHS-R4 a secondary limit is waited out as long as it asks for")
    void aSecondaryLimitIsWaitedOut(int status) {
        String body = "{\"message\":\"You have exceeded a secondary rate limit\"}";
        world.on(ONE, Answer.of(status, body).with("Retry-After", "1")).on(ONE, 200, runner(7, ""));
        assertThat(elapsed(() -> time.await(client.runner(7)))).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
    }

    @Test
    @DisplayName("GHS-R4 a secondary limit that names no time lasts a minute, then two")
    void aSecondaryLimitWithoutATimeLastsAMinute() {
        var limited = Answer.of(403, "{\"message\":\"no\",\"documentation_url\":\"https://d/secondary-rate-limits\"}");
        world.on(ONE, limited, limited).on(ONE, 200, runner(7, ""));
        assertThat(elapsed(() -> time.await(client.runner(7))))
                .isBetween(Duration.ofSeconds(180), Duration.ofSeconds(182));
    }

    @Test
    @DisplayName("GHS-R4 a plain 403 is not repeated")
    void aPlain403IsNotRepeated() {
        world.on(ONE, 403, "{\"message\":\"Resource not accessible by integration\"}");
        GitHubException failure = time.failure(client.runner(7));
        assertThat(failure.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(failure).hasMessageContainingAll("Resource not accessible", "admin:org");
        assertThat(world.http.sent()).hasSize(1);
        assertThat(time.elapsed()).isZero();
    }

    @Test
    void aSecondaryLimitHoldsBackAllCallsOfTheCredentialAlsoOfOtherClients() {
        world.on(LIST, Answer.of(429, "").with("Retry-After", "30"), Answer.of(200, runners(0, 1, 0)))
                .on(DELETE, 204, "");
        CompletableFuture<?> list = client.runners().toCompletableFuture();
        time.settle();
        GitHubClient other = world.client(world.credentials);
        CompletableFuture<?> deletion = other.deleteRunner(7).toCompletableFuture();
        time.advance(Duration.ofSeconds(29));
        assertThat(world.http.sent()).hasSize(1);
        assertThat(deletion).isNotDone();
        time.await(list);
        time.await(deletion);
        assertThat(time.elapsed()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(32));
    }

    @Test
    void aLimitLongerThanFiveMinutesFailsAtOnceAndNothingIsSentMeanwhile() {
        world.on(LIST, left(Answer.of(403, ""), 0, NOW.plusSeconds(1800)));
        GitHubException failure = time.failure(client.runners());
        assertThat(failure.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(failure.isRetryable()).isTrue();
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(1801));
        assertThat(time.elapsed()).isZero();
        for (var stage : List.of(client.runner(7), client.deleteRunner(7), client.removeToken(), client.runners())) {
            GitHubException held = time.failure(stage);
            assertThat(held.reason()).isEqualTo(Reason.RATE_LIMITED);
            assertThat(held.isRetryable()).isTrue();
            assertThat(held.retryAfter()).contains(Duration.ofSeconds(1801));
            assertThat(held).hasMessageContainingAll("1801 s", "GitHubCredentials.anyOf", "GitHubCredentials.token");
        }
        assertThat(world.http.sent()).hasSize(1);
        world.service.off(LIST).on(LIST, 200, runners(1, 1, 1));
        time.advance(Duration.ofSeconds(1801));
        assertThat(time.await(client.runners())).hasSize(1);
    }

    @Test
    void theReserveIsKeptForWhatEndsThings() {
        world.on(LIST, left(Answer.of(200, runners(0, 1, 0)), 500, NOW.plusSeconds(3000)))
                .on(DELETE, left(Answer.of(204, ""), 499, NOW.plusSeconds(3000)))
                .on("POST " + RUNNERS + "/remove-token", 201, "{\"token\":\"T\"}")
                .on("POST " + RUNNERS + "/registration-token", 201, "{\"token\":\"T\"}");
        time.await(client.runners());
        assertThat(time.failure(client.runners()))
                .hasMessageContaining("kept for deleting runners")
                .extracting(GitHubException::reason)
                .isEqualTo(Reason.RATE_LIMITED);
        time.await(client.deleteRunner(7));
        time.await(client.removeToken());
        time.await(client.registrationToken());
        assertThat(world.http.sent()).hasSize(4);
    }

    @Test
    void aGoneRunnerIsProvedGoneFromTheReserve() {
        world.on(LIST, left(Answer.of(200, runners(0, 1, 0)), 500, NOW.plusSeconds(3000)))
                .on(DELETE, 404, "{\"message\":\"Not Found\"}")
                .on(ONE, 404, "{\"message\":\"Not Found\"}");
        time.await(client.runners());
        time.await(client.deleteRunner(7));
    }

    @Test
    @DisplayName("GHS-R4 a runner known by its name alone is found and deleted from the reserve")
    void aRunnerKnownByNameIsDeletedFromTheReserve() {
        RunnerId adopted = JobSourceBench.ours(0);
        String found = runners(1, 7, 7).replace("r7", adopted.value());
        world.on(LIST, left(Answer.of(200, runners(0, 1, 0)), 500, NOW.plusSeconds(3000)))
                .on(LIST + "name=" + adopted, Answer.of(200, found), Answer.of(200, runners(0, 1, 0)))
                .on(DELETE, 204, "");
        time.await(client.runners());
        assertThat(time.failure(client.runners(adopted.value())).reason()).isEqualTo(Reason.RATE_LIMITED);
        var bench = new JobSourceBench();
        var listener = WorkflowJobListener.builder(ScriptedService.CONFIG_URL, "self-hosted", "gpu")
                .credentials(world.credentials)
                .repositories("my-org/engine")
                .httpClient(world.http)
                .build();
        var attachment = bench.openAt(time, listener);
        assertThat(time.await(attachment.deregister(adopted))).isEqualTo(Deregistration.GONE);
        assertThat(world.http.count(DELETE)).isEqualTo(1);
        assertThat(time.await(attachment.deregister(adopted))).isEqualTo(Deregistration.GONE);
        assertThat(world.http.count(DELETE)).isEqualTo(1);
        time.await(attachment.close());
    }

    @Test
    void anOrdinaryCallWaitsForAResetThatIsNear() {
        world.on(
                LIST,
                left(Answer.of(200, runners(0, 1, 0)), 500, NOW.plusSeconds(200)),
                Answer.of(200, runners(1, 1, 1)));
        time.await(client.runners());
        assertThat(elapsed(() -> time.await(client.runners()))).isEqualTo(Duration.ofSeconds(201));
    }

    @Test
    void callsArePacedAtTenASecond() {
        world.on("GET " + REPO + "/runs/", Answer.of(200, "{\"id\":1,\"status\":\"queued\"}"));
        var calls = new ArrayList<CompletableFuture<?>>();
        for (int i = 1; i <= 35; i++) {
            calls.add(world.repository.run(i).toCompletableFuture());
        }
        time.settle();
        assertThat(world.http.sent()).hasSize(10);
        time.advance(Duration.ofSeconds(1));
        assertThat(world.http.sent()).hasSize(20);
        time.await(CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)));
        assertThat(time.elapsed()).isEqualTo(Duration.ofSeconds(3));
        assertThat(time.pending()).isZero();
    }

    @Test
    void callsThatWaitForTheirTurnAreHeldBackByALimitThatComesMeanwhile() {
        world.on("GET " + REPO + "/runs/1", Answer.of(429, "").with("Retry-After", "100"))
                .on("GET " + REPO + "/runs/", Answer.of(200, "{\"id\":1,\"status\":\"queued\"}"));
        for (int i = 1; i <= 15; i++) {
            world.repository.run(i == 1 ? 1 : 20 + i);
        }
        time.advance(Duration.ofSeconds(99));
        assertThat(world.http.sent()).hasSize(10);
        time.advance(Duration.ofSeconds(5));
        assertThat(world.http.sent()).hasSize(16);
    }

    @Test
    void callsThatWaitForTheirTurnCannotPileUpWithoutEnd() {
        world.on("GET " + REPO + "/runs/", Answer.of(200, "{\"id\":1,\"status\":\"queued\"}"));
        var calls = new ArrayList<CompletableFuture<?>>();
        for (int i = 1; i <= 3_200; i++) {
            calls.add(world.repository.run(i).toCompletableFuture());
        }
        GitHubException failure = time.failure(calls.get(3_199));
        assertThat(failure.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(failure).hasMessageContaining("too many calls wait");
    }

    @Test
    void noMoreThanNinetyCallsAreUnderWayAndTheRestFollow() {
        world.on(
                "GET " + REPO + "/runs/",
                Answer.of(200, "{\"id\":1,\"status\":\"queued\"}").after(Duration.ofSeconds(25)));
        var calls = new ArrayList<CompletableFuture<?>>();
        for (int i = 1; i <= 100; i++) {
            calls.add(world.repository.run(i).toCompletableFuture());
        }
        time.advance(Duration.ofSeconds(24));
        assertThat(world.http.sent()).hasSize(90);
        time.await(CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)));
        assertThat(time.elapsed()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(52));
        assertThat(time.pending()).isZero();
    }

    @Test
    void whatAnUnknownTokenIsToldIsNotTheCredentials() {
        world.on(ONE, left(Answer.of(401, ""), 0, NOW.plusSeconds(3000)), Answer.of(200, runner(7, "")));
        assertThat(time.failure(client.runner(7)).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(time.await(client.runner(7))).isPresent();
    }

    @Test
    void scaleSetsDrawTheirRegistrationTokensFromTheSameBudget() {
        world.on(LIST, left(Answer.of(403, ""), 0, NOW.plusSeconds(1800)));
        time.failure(client.runners());
        ScaleSetClient sets = ScaleSetClient.builder(ScriptedService.CONFIG_URL, world.credentials)
                .httpClient(world.http)
                .scheduler(time)
                .build();
        assertThat(time.failure(sets.scaleSet(42)).reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(world.http.sent()).hasSize(1);
    }

    @Test
    void nothingIsSentAfterAWaitIfTheClientWasClosedMeanwhile() {
        world.on(LIST, left(Answer.of(200, runners(0, 1, 0)), 0, NOW.plusSeconds(200)));
        time.await(client.runners());
        ScaleSetClient sets = ScaleSetClient.builder(ScriptedService.CONFIG_URL, world.credentials)
                .httpClient(world.http)
                .scheduler(time)
                .build();
        CompletableFuture<?> call = sets.scaleSet(42).toCompletableFuture();
        sets.stop();
        assertThat(time.failure(call)).hasMessageContaining("closed");
        assertThat(world.http.sent()).hasSize(1);
    }
}
