package dev.paddock.testkit.conformance;

import dev.paddock.testkit.RecordedRequest;
import java.time.Instant;

class ListenerOverSocketTest extends ListenerConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }

    @Override
    void assertQuick(Instant since, RecordedRequest request) {
        // it came before the poll under way was answered, which says enough
    }
}
