package dev.paddock.testkit.conformance;

import java.time.Duration;

class RunWatchOverSocketTest extends RunWatchConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }

    @Override
    Duration interval() {
        return seconds(1);
    }
}
