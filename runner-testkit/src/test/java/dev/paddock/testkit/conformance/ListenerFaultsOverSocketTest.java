package dev.paddock.testkit.conformance;

import dev.paddock.testkit.ActionsServiceSimulator;
import dev.paddock.testkit.conformance.FaultCases.Case;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListenerFaultsOverSocketTest extends ListenerFaultsConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }

    /** An idle queue is polled once a second at most, so a poll that is held longer is answered sooner. */
    @Override
    ActionsServiceSimulator.Builder settings() {
        return ActionsServiceSimulator.builder().longPoll(seconds(5)).lateStarted(false);
    }

    static List<Case> cases() {
        return FaultCases.quick();
    }

    @ParameterizedTest
    @MethodSource("cases")
    @DisplayName("GHS-3.6 GHS-10.4 after a fault the listener goes on, and the next job is delivered and completed")
    void aFaultIsSurvived(Case met) {
        goesOnAfter(met);
    }
}
