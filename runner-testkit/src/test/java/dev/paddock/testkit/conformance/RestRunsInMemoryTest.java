package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubClient;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RestRunsInMemoryTest extends RestRunConformance {
    private final VirtualTransport virtual = Transport.inMemory(42);

    @Override
    Transport open() {
        return virtual;
    }

    @Test
    @DisplayName("GHS-5.5 the latest release is asked for again after an hour")
    void theLatestReleaseIsGoodForAnHour() {
        GitHubClient client = rest();
        await(client.latestRunnerRelease());
        virtual.time().advance(Duration.ofMinutes(59));
        await(client.latestRunnerRelease());
        assertThat(requests(Route.LATEST_RELEASE)).hasSize(1);
        virtual.time().advance(Duration.ofMinutes(2));
        await(client.latestRunnerRelease());
        assertThat(requests(Route.LATEST_RELEASE)).hasSize(2);
    }
}
