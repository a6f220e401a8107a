package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.RecordedRequest;
import java.time.Duration;
import java.time.Instant;

class ListenerInMemoryTest extends ListenerConformance {
    @Override
    Transport open() {
        return Transport.inMemory(11);
    }

    @Override
    void assertQuick(Instant since, RecordedRequest request) {
        assertThat(Duration.between(since, request.at())).isLessThan(seconds(1));
    }
}
