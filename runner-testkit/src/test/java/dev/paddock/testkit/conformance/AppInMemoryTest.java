package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.github.GitHubClient;
import dev.paddock.github.GitHubException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppInMemoryTest extends AppConformance {
    private final VirtualTransport virtual = Transport.inMemory(51);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    @Test
    @DisplayName("GHS-A12 an installation token is renewed behind the calls before its hour ends, and none is refused")
    void aTokenIsRenewedAhead() {
        GitHubClient client = rest(app());
        for (int minutes = 0; minutes < 180; minutes += 2) {
            await(client.downloads());
            time.advance(Duration.ofMinutes(2));
        }
        assertThat(statuses(Route.RUNNER_DOWNLOADS)).containsOnly(200);
        assertThat(requests(Route.INSTALLATION_TOKEN)).hasSizeBetween(3, 4);
    }

    @Test
    @DisplayName("GHS-A12 a token that has ended unused is fetched anew before the next call")
    void aTokenThatHasEndedIsFetchedAnew() {
        GitHubClient client = rest(app());
        await(client.downloads());
        time.advance(Duration.ofHours(2));
        await(client.downloads());
        assertThat(statuses(Route.RUNNER_DOWNLOADS)).containsExactly(200, 200);
        assertTokensFetched(2);
    }

    @Test
    @DisplayName("GHS-A12 of a token that lives for ten minutes the first half is used")
    void aShortTokenIsUsedForHalfItsLife() {
        start(builder -> builder.rest(options -> options.installationTokenLifetime(Duration.ofMinutes(10))));
        GitHubClient client = rest(app());
        await(client.downloads());
        time.advance(Duration.ofMinutes(2));
        await(client.downloads());
        assertTokensFetched(1);
        time.advance(Duration.ofMinutes(4));
        await(client.downloads());
        assertTokensFetched(2);
        assertThat(statuses(Route.RUNNER_DOWNLOADS)).containsOnly(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {-300, 1200, 86_400})
    @DisplayName("GHS-A10 a clock that is wrong is corrected by GitHub's, and stays so")
    void aWrongClockIsCorrected(int skew) {
        faults().clockSkew(seconds(skew));
        GitHubClient client = rest(app());
        await(client.downloads());
        assertThat(statuses(Route.INSTALLATION_TOKEN)).containsExactly(401, 201);
        List<RecordedRequest> tries = requests(Route.INSTALLATION_TOKEN);
        assertThat(issued(tries.get(1)) - issued(tries.get(0))).isBetween(skew - 5L, skew + 5L);

        faults().expireInstallationTokens();
        await(client.downloads());
        time.advance(Duration.ofMinutes(100));
        await(client.downloads());
        assertThat(statuses(Route.INSTALLATION_TOKEN)).containsExactly(401, 201, 201, 201);
        assertThat(statuses(Route.RUNNER_DOWNLOADS)).containsExactly(200, 401, 200, 200);
    }

    @Test
    @DisplayName("GHS-A10 a clock that is set right again is corrected back")
    void aClockSetRightIsCorrectedBack() {
        faults().clockSkew(Duration.ofMinutes(-20));
        GitHubClient client = rest(app());
        await(client.downloads());
        faults().clear();
        faults().expireInstallationTokens();
        await(client.downloads());
        assertThat(statuses(Route.INSTALLATION_TOKEN)).containsExactly(401, 201, 401, 201);
    }

    @Test
    @DisplayName("GHS-A10 a refusal for its times by a clock that is ours corrects nothing, and is told")
    void aRefusalByOurOwnClockIsTold() {
        faults().next(
                        Route.INSTALLATION_TOKEN,
                        Fault.restError(401, "'Expiration time' claim ('exp') is too far in the future"));
        GitHubException failure = failure(rest(app()).downloads());
        assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure).hasMessageContaining("this host's clock is wrong");
        assertTokensFetched(1);
    }

    private static long issued(RecordedRequest request) {
        byte[] claims = Base64.getUrlDecoder().decode(bearer(request).split("\\.", -1)[1]);
        JsonNode node = json(new String(claims, StandardCharsets.UTF_8));
        return node.get("iat").longValue();
    }
}
