package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.rest.RateLimit;
import dev.paddock.github.rest.SelfHostedRunner;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The limits of GitHub's REST side: what the client waits for, what it keeps back, and what costs nothing. */
abstract class RestLimitConformance extends RestCase {
    static final Duration HOUR = Duration.ofHours(1);
    /** What the cases register with, so that it does not count. */
    static final String OTHER = "ghp_conformance0002";

    final long registered() {
        return id(await(rest(GitHubCredentials.token(OTHER)).generateJitConfig(R1, 1, List.of(LABEL))));
    }

    final Duration between(RecordedRequest one, RecordedRequest next) {
        return Duration.between(one.at(), next.at());
    }

    final long left(GitHubClient client) {
        return await(client.rateLimits()).stream()
                .filter(limit -> limit.resource().equals("core"))
                .findFirst()
                .orElseThrow()
                .remaining();
    }

    @Test
    @DisplayName("GHS-R4 a secondary limit is waited out as long as it asks for")
    void aSecondaryLimitIsWaitedOut() {
        faults().next(Route.REST_LIST_RUNNERS, secondaryLimit(Map.of("Retry-After", "1")));
        assertThat(await(rest().runners())).isEmpty();
        List<RecordedRequest> requests = requests(Route.REST_LIST_RUNNERS);
        assertThat(statuses(Route.REST_LIST_RUNNERS)).containsExactly(403, 200);
        assertThat(between(requests.get(0), requests.get(1))).isGreaterThanOrEqualTo(seconds(1));
    }

    @Test
    @DisplayName("GHS-R4 a plain 403 is not repeated")
    void aPlainRefusalIsNotRepeated() {
        faults().next(
                        Route.REST_LIST_RUNNERS,
                        Fault.restError(403, "Resource not accessible by personal access token"));
        GitHubException forbidden = failure(rest().runners());
        assertThat(forbidden.reason()).isEqualTo(Reason.FORBIDDEN);
        assertThat(forbidden.isRetryable()).isFalse();
        assertThat(forbidden).hasMessageContaining("Resource not accessible").hasMessageContaining("admin:org");
        assertThat(requests(Route.REST_LIST_RUNNERS)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-R4 a limit that ends in an hour is told at once, and nothing is sent before it ends")
    void aLongLimitIsTold() {
        start(builder -> builder.rest(options -> options.rateLimit(2, HOUR)));
        await(rest().runners());
        await(rest().runners());
        GitHubClient client = rest();
        GitHubException limited = failure(client.runners());
        assertThat(limited.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(limited.status()).isEqualTo(403);
        assertThat(limited.retryAfter().orElseThrow()).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
        assertThat(statuses(Route.REST_LIST_RUNNERS)).containsExactly(200, 200, 403);

        GitHubException unsent = failure(client.deleteRunner(7));
        assertThat(unsent.reason()).as("not even the reserve is left").isEqualTo(Reason.RATE_LIMITED);
        assertThat(requests(Route.REST_DELETE_RUNNER)).isEmpty();
        assertThat(left(client)).isZero();
    }

    @Test
    @DisplayName("GHS-5.9 near the end of a budget only runners are deleted, and registration tokens fetched")
    void theReserveIsForDeletingRunners() {
        start(builder -> builder.rest(options -> options.rateLimit(15, HOUR)));
        long id = registered();
        GitHubClient client = rest();
        for (int i = 0; i < 8; i++) {
            await(client.downloads());
        }
        GitHubException kept = failure(client.downloads());
        assertThat(kept.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(kept).hasMessageContaining("some are kept for deleting runners");
        assertThat(requests(Route.RUNNER_DOWNLOADS)).as("it is not sent").hasSize(8);
        assertThat(left(client)).isEqualTo(7);

        await(client.registrationToken());
        await(client.deleteRunner(id));
        await(client.deleteRunner(id));
        assertThat(left(client))
                .as("one token, one deletion, one more and its proof")
                .isEqualTo(2);
        assertRegistered();
    }

    @Test
    @DisplayName("GHS-5.8 what has not changed is answered 304 and costs nothing; what has changed is read anew")
    void whatHasNotChangedCostsNothing() {
        registered();
        GitHubClient client = rest();
        List<SelfHostedRunner> first = await(client.runners());
        long left = left(client);
        for (int i = 0; i < 3; i++) {
            assertThat(await(client.runners())).isEqualTo(first);
        }
        assertThat(statuses(Route.REST_LIST_RUNNERS)).containsExactly(200, 304, 304, 304);
        assertThat(requests(Route.REST_LIST_RUNNERS).get(1).header("If-None-Match"))
                .isPresent();
        assertThat(left(client)).isEqualTo(left);

        await(client.deleteRunner(first.get(0).id()));
        assertThat(await(client.runners())).isEmpty();
        assertThat(statuses(Route.REST_LIST_RUNNERS)).endsWith(304, 200);
    }

    @Test
    @DisplayName("GHS-5.9 the rate limits are read of each credential, and cost nothing")
    void theLimitsAreRead() {
        GitHubClient client = rest(
                GitHubCredentials.anyOf(GitHubCredentials.token(TOKEN), GitHubCredentials.tokens(() -> stage(OTHER))));
        await(client.rateLimits());
        List<RateLimit> limits = await(client.rateLimits());
        assertThat(limits)
                .extracting(RateLimit::resource, RateLimit::limit, RateLimit::remaining)
                .containsExactlyInAnyOrder(
                        tuple("core", 5000L, 5000L),
                        tuple("core", 5000L, 5000L),
                        tuple("actions_runner_registration", 10_000L, 10_000L),
                        tuple("actions_runner_registration", 10_000L, 10_000L));
        assertThat(limits.stream().map(RateLimit::credential).distinct()).hasSize(2);
    }

    // ---- several credentials -------------------------------------------------------------------------------

    private GitHubClient ofTwo() {
        return rest(GitHubCredentials.anyOf(GitHubCredentials.token(TOKEN), GitHubCredentials.token(OTHER)));
    }

    private Map<String, Long> callsByToken() {
        return sim().requests().stream()
                .collect(Collectors.groupingBy(
                        request -> request.header("Authorization").orElseThrow(), Collectors.counting()));
    }

    private static Map<String, Long> calls(long first, long second) {
        return Map.of("Bearer " + TOKEN, first, "Bearer " + OTHER, second);
    }

    @Test
    @DisplayName("GHS-5.9 calls are spread over two tokens")
    void callsAreSpread() {
        GitHubClient client = ofTwo();
        for (int i = 0; i < 10; i++) {
            await(client.downloads());
        }
        assertThat(callsByToken()).isEqualTo(calls(5, 5));
    }

    @Test
    @DisplayName("GHS-5.9 while one token is limited the other does the work, and no call fails")
    void theOtherTokenDoesTheWork() {
        strike(secondaryLimit(Map.of("Retry-After", "3600")));
        GitHubClient client = ofTwo();
        for (int i = 0; i < 6; i++) {
            await(client.downloads());
        }
        assertThat(callsByToken()).isEqualTo(calls(1, 6));
    }

    @Test
    @DisplayName("GHS-5.9 a token that is refused is set aside, and no call fails")
    void aRefusedTokenIsSetAside() {
        strike(Fault.restError(401, "Bad credentials"));
        GitHubClient client = ofTwo();
        for (int i = 0; i < 6; i++) {
            await(client.downloads());
        }
        assertThat(callsByToken()).isEqualTo(calls(1, 6));
    }

    /** Strikes every call with the first token. */
    private void strike(Fault fault) {
        faults().decide(request -> request.header("Authorization")
                        .filter(("Bearer " + TOKEN)::equals)
                        .isPresent()
                ? Optional.of(fault)
                : Optional.empty());
    }

    @Test
    @DisplayName("GHS-5.9 with one budget near its end, calls go by the other, and both reserves stay")
    void callsGoByTheFullerBudget() {
        start(builder -> builder.rest(options -> options.rateLimit(15, HOUR)));
        for (int i = 0; i < 4; i++) {
            await(rest(GitHubCredentials.token(OTHER)).downloads());
        }
        GitHubClient client = ofTwo();
        for (int i = 0; i < 12; i++) {
            await(client.downloads());
        }
        assertThat(failure(client.downloads()).reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(callsByToken()).isEqualTo(calls(8, 8));
    }

    static CompletionStage<String> stage(String token) {
        return CompletableFuture.completedStage(token);
    }

    final Instant now() {
        return transport().scheduler().instant();
    }
}
