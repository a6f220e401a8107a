package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.SourceState;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import dev.paddock.testkit.VirtualTime;
import dev.paddock.testkit.conformance.Transport.VirtualTransport;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListeningInMemoryTest extends ListeningConformance {
    private final VirtualTransport virtual = Transport.inMemory(5);
    private final VirtualTime time = virtual.time();

    @Override
    Transport open() {
        return virtual;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "\uFEFF"})
    @DisplayName("GHS-Q16 GHS-Q17 a poll answered with nothing to read is waited out, and the loop goes on")
    void aPollAnsweredWithNothingIsWaitedOut(String reply) {
        start(builder -> builder);
        faults().next(Route.POLL, 2, Fault.status(200, reply));
        ListenerProbe probe = listening();
        untilPolls(3);
        List<RecordedRequest> polls = requests(Route.POLL);
        for (int i = 0; i < 2; i++) {
            assertThat(Duration.between(polls.get(i).at(), polls.get(i + 1).at()))
                    .isBetween(seconds(5), seconds(31));
        }
        Jobs.submit(sim(), "train");
        until(() -> !assigned(probe).isEmpty(), "the job");
        assertThat(requests(Route.OPEN_SESSION)).hasSize(1);
    }

    @Test
    @DisplayName("GHS-Q8 a queue token is renewed before it ends, so that no poll is refused")
    void aQueueTokenIsRenewedAhead() {
        listening();
        time.advance(Duration.ofMinutes(110));
        assertThat(requests(Route.REFRESH_SESSION)).hasSizeBetween(2, 3);
        assertThat(requests(Route.POLL))
                .noneSatisfy(poll -> assertThat(poll.status()).hasValue(401));
    }

    @Test
    @DisplayName("GHS-Q28 a second listener waits in conflict, and takes over once the first is closed")
    void aSecondListenerTakesOver() {
        listening();
        var second = new ListenerProbe(time.host("other"), "other");
        var source = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .httpClient(sim().httpClient(time.host("other")))
                .build()
                .open(second, second);
        time.advance(Duration.ofMinutes(10));
        assertThat(second.states).contains(SourceState.CONFLICT).doesNotContain(SourceState.CONNECTED);
        assertThat(second.details).anySatisfy(detail -> assertThat(detail).contains("already has an active session"));

        closeListener();
        until(() -> second.states.contains(SourceState.CONNECTED), "the second listener to take over");
        assertThat(sim().sessions())
                .singleElement()
                .satisfies(session -> assertThat(session.owner()).isEqualTo("other"));
        await(source.close());
    }

    @Test
    @DisplayName(
            "GHS-Q29 after a crash the successor conflicts until the old session times out, then recovers by itself")
    void theSuccessorOfACrashRecovers() {
        listening();
        virtual.host().crash();
        Jobs.submit(sim(), "train");
        forget();
        ListenerProbe successor = opened();
        until(() -> successor.states.contains(SourceState.CONFLICT), "a conflict");
        until(() -> assigned(successor).contains("train"), "the job");
        assertThat(successor.states).containsSubsequence(SourceState.CONFLICT, SourceState.CONNECTED);
        assertThat(time.elapsed()).isLessThan(Duration.ofMinutes(5));
        assertThat(sim().scaleSets()).hasSize(1);
        assertThat(sim().sessions()).hasSize(1);
    }
}
