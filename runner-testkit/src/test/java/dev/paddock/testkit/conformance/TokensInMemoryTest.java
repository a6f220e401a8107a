package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.ScaleSetClient;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TokensInMemoryTest extends TokenConformance {
    private final VirtualTransport virtual = Transport.inMemory(1);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    @Test
    @DisplayName("GHS-A2 GHS-A3 a token is renewed ahead of its end, and no call waits for that")
    void aTokenIsRenewedAhead() {
        ScaleSetClient client = client();
        await(anyCall(client));
        time.advance(Duration.ofMinutes(7));
        await(anyCall(client));
        assertConnections(1);

        time.advance(Duration.ofSeconds(70));
        faults().next(Route.REGISTRATION_TOKEN, Fault.delay(seconds(20)));
        var before = time.elapsed();
        await(anyCall(client));
        assertThat(time.elapsed().minus(before)).isLessThan(seconds(1));
        time.advance(seconds(25));
        assertConnections(2);
        time.advance(Duration.ofMinutes(5));
        await(anyCall(client));
        assertConnections(2);
        assertThat(requests(Route.LIST_SCALE_SETS))
                .allSatisfy(call -> assertThat(call.status()).hasValue(200));
    }

    @Test
    @DisplayName("GHS-A4 renewal ahead that fails leaves the old token in use until it ends")
    void renewalAheadThatFailsLeavesTheOldToken() {
        ScaleSetClient client = client();
        await(anyCall(client));
        time.advance(Duration.ofSeconds(490));
        faults().next(Route.REGISTRATION_TOKEN, 5, Fault.status(503));
        await(anyCall(client));
        time.advance(seconds(40));
        await(anyCall(client));
        assertThat(requests(Route.LIST_SCALE_SETS)).hasSize(3).allSatisfy(call -> {
            assertThat(call.status()).hasValue(200);
            assertThat(call.header("Authorization"))
                    .isEqualTo(requests(Route.LIST_SCALE_SETS).get(0).header("Authorization"));
        });
        until(() -> requests(Route.RUNNER_REGISTRATION).size() == 2, "a renewal that succeeds");
        time.advance(Duration.ofMinutes(2));
        await(anyCall(client));
        assertThat(requests(Route.RUNNER_REGISTRATION)).hasSize(2);
    }

    @Test
    @DisplayName("GHS-A6 a connection that never answers fails within five deadlines")
    void aConnectionThatNeverAnswersFails() {
        faults().next(Route.RUNNER_REGISTRATION, 9, Fault.hang());
        assertThat(failure(anyCall(client())).reason()).isEqualTo(Reason.TIMEOUT);
        assertThat(requests(Route.RUNNER_REGISTRATION)).hasSize(5);
        assertThat(time.elapsed()).isBetween(seconds(150), seconds(200));
    }

    @Test
    @DisplayName("GHS-A13 a token that does not say when it expires is good for ten minutes")
    void aTokenWithoutExpiryIsGoodForTenMinutes() {
        String service = sim().url() + "/tenant/123/";
        faults().next(Route.RUNNER_REGISTRATION, connection(200, service, jwt("{}")));
        faults().next(Route.LIST_SCALE_SETS, 2, Fault.status(200, NO_SETS));
        ScaleSetClient client = client();
        await(anyCall(client));
        time.advance(Duration.ofMinutes(7));
        await(anyCall(client));
        assertConnections(1);
        time.advance(Duration.ofMinutes(3));
        await(anyCall(client));
        assertConnections(2);
    }
}
