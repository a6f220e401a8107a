package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.github.GitHubCredentials;
import dev.paddock.github.ScaleSetListener;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.SourceState;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A listener that was given no HTTP client, over a socket. */
class OwnHttpClientTest extends ListenerCase {
    @Override
    Transport open() {
        return Transport.socket();
    }

    private static Set<Thread> selectors() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("HttpClient-.*SelectorManager"))
                .collect(Collectors.toCollection(HashSet::new));
    }

    @Test
    void itsThreadEndsWithTheListener() throws InterruptedException {
        sim();
        Set<Thread> before = selectors();
        JobSource.Attachment attachment = ScaleSetListener.builder(sim().configUrl(ORGANIZATION), SET)
                .credentials(GitHubCredentials.token(TOKEN))
                .build()
                .open(probe(), probe());
        untilState(SourceState.CONNECTED);
        Set<Thread> own = selectors();
        own.removeAll(before);
        assertThat(own).hasSize(1);
        await(attachment.close());
        if (Runtime.version().feature() >= 21) { // no client can be ended before
            for (Thread selector : own) {
                selector.join(20_000);
                assertThat(selector.isAlive()).isFalse();
            }
        }
    }
}
