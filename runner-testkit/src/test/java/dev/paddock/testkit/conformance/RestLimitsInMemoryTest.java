package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RestLimitsInMemoryTest extends RestLimitConformance {
    private final VirtualTransport virtual = Transport.inMemory(43);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    private Instant reset(RecordedRequest first, Duration window) {
        return first.at().plus(window);
    }

    @Test
    @DisplayName("GHS-R4 a budget that others have used up is waited for until it is full again")
    void aUsedUpBudgetIsWaitedFor() {
        Duration window = Duration.ofMinutes(4);
        start(builder -> builder.rest(options -> options.rateLimit(2, window)));
        await(rest().runners());
        await(rest().runners());
        await(rest().runners());
        List<RecordedRequest> requests = requests(Route.REST_LIST_RUNNERS);
        assertThat(statuses(Route.REST_LIST_RUNNERS)).containsExactly(200, 200, 403, 200);
        assertThat(requests.get(3).at())
                .isBetween(
                        reset(requests.get(0), window),
                        reset(requests.get(0), window).plusSeconds(30));
    }

    @Test
    @DisplayName("GHS-R4 403 with nothing left and a reset in 2 s is waited out")
    void aNearResetIsWaitedOut() {
        String reset = Long.toString(now().plusSeconds(2).getEpochSecond());
        faults().next(
                        Route.REST_LIST_RUNNERS,
                        Fault.status(
                                403,
                                "{\"message\":\"API rate limit exceeded for user ID 1.\"}",
                                Map.of("x-ratelimit-remaining", "0", "x-ratelimit-reset", reset)));
        await(rest().runners());
        List<RecordedRequest> requests = requests(Route.REST_LIST_RUNNERS);
        assertThat(requests.get(1).at()).isAfter(Instant.ofEpochSecond(Long.parseLong(reset)));
        assertThat(between(requests.get(0), requests.get(1))).isBetween(seconds(2), seconds(5));
    }

    @Test
    @DisplayName("GHS-5.9 our own budget is not used up: a call waits for the reset, and the reserve stays")
    void ourOwnBudgetIsNotUsedUp() {
        Duration window = Duration.ofMinutes(4);
        start(builder -> builder.rest(options -> options.rateLimit(15, window)));
        GitHubClient client = rest();
        for (int i = 0; i < 20; i++) {
            await(client.downloads());
        }
        List<RecordedRequest> requests = requests(Route.RUNNER_DOWNLOADS);
        assertThat(requests)
                .hasSize(20)
                .allSatisfy(one -> assertThat(one.status()).hasValue(200));
        for (int i = 0; i < 8; i++) {
            assertThat(requests.get(i).at()).isBefore(reset(requests.get(0), window));
        }
        assertThat(requests.get(8).at()).isAfter(reset(requests.get(0), window));
        assertThat(requests.get(16).at()).isAfter(reset(requests.get(8), window));
    }

    @Test
    @DisplayName("GHS-R4 while GitHub limits every call, nothing is sent before the time it names")
    void nothingIsSentBeforeTheTimeNamed() {
        GitHubClient client = rest();
        await(client.runners());
        faults().limitRest(Duration.ofMinutes(2));
        Instant end = now().plus(Duration.ofMinutes(2));
        await(CompletableFuture.allOf(
                client.downloads().toCompletableFuture(),
                client.runners().toCompletableFuture(),
                client.runnerGroups().toCompletableFuture()));
        assertThat(sim().requests().stream()
                        .skip(1)
                        .filter(request -> request.at().isBefore(end))
                        .map(request -> request.status().orElseThrow()))
                .as("those that were on their way")
                .hasSizeLessThanOrEqualTo(3)
                .containsOnly(403);
    }

    @Test
    @DisplayName("GHS-R4 a secondary limit that names no time is waited out for a minute, then for two")
    void aLimitWithoutATimeLastsAMinute() {
        faults().next(Route.REST_LIST_RUNNERS, 2, secondaryLimit(Map.of()));
        await(rest().runners());
        List<RecordedRequest> requests = requests(Route.REST_LIST_RUNNERS);
        assertThat(between(requests.get(0), requests.get(1))).isBetween(seconds(60), seconds(90));
        assertThat(between(requests.get(1), requests.get(2))).isBetween(seconds(120), seconds(150));
    }

    @Test
    @DisplayName("GHS-5.9 GitHub's limit of 900 points a minute is not reached, whatever is asked")
    void thePointsAMinuteAreKept() {
        start(builder -> builder.rest(options -> options.secondaryRateLimit(900)));
        long id = registered();
        GitHubClient client = rest();
        var calls = new CompletableFuture<?>[400];
        for (int i = 0; i < calls.length; i++) {
            calls[i] = (i % 2 == 0 ? client.downloads() : client.labels(id).add(List.of("more"))).toCompletableFuture();
        }
        await(CompletableFuture.allOf(calls));
        assertThat(sim().requests())
                .allSatisfy(
                        request -> assertThat(request.status().orElseThrow()).isLessThan(300));
    }

    @Test
    @DisplayName("GHS-5.9 a token set aside is tried again after five minutes")
    void aTokenSetAsideIsTriedAgain() {
        GitHubClient client =
                rest(GitHubCredentials.anyOf(GitHubCredentials.token(TOKEN), GitHubCredentials.token(OTHER)));
        faults().next(Route.RUNNER_DOWNLOADS, Fault.restError(401, "Bad credentials"));
        for (int i = 0; i < 4; i++) {
            await(client.downloads());
        }
        List<RecordedRequest> before = requests(Route.RUNNER_DOWNLOADS);
        Optional<String> refused = before.get(0).header("Authorization");
        assertThat(before.subList(1, 5))
                .noneMatch(request -> request.header("Authorization").equals(refused));
        time.advance(Duration.ofMinutes(5));
        await(client.downloads());
        assertThat(requests(Route.RUNNER_DOWNLOADS).get(5).header("Authorization"))
                .as("the one with most left")
                .isEqualTo(refused);
    }

    @Test
    @DisplayName("GHS-R4 what a limit keeps us from asking is not known: it fails, and deletes nothing")
    void whileLimitedNothingIsConcluded() {
        long id = registered();
        faults().limitRest(Duration.ofMinutes(30));
        GitHubClient client = rest();
        GitHubException unknown = failure(client.runner(id));
        assertThat(unknown.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(unknown.retryAfter().orElseThrow()).isBetween(Duration.ofMinutes(29), Duration.ofMinutes(31));
        assertThat(failure(client.deleteRunner(id)).reason()).isEqualTo(Reason.RATE_LIMITED);
        assertRegistered(R1.value());
        assertThat(requests(Route.REST_DELETE_RUNNER)).isEmpty();
        time.advance(Duration.ofMinutes(31));
        await(client.deleteRunner(id));
        assertRegistered();
    }
}
