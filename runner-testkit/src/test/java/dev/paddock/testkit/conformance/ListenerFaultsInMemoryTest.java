package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.Fault;
import dev.paddock.testkit.conformance.FaultCases.Case;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListenerFaultsInMemoryTest extends ListenerFaultsConformance {
    @Override
    Transport open() {
        return Transport.inMemory(16);
    }

    static Stream<Case> cases() {
        return Stream.concat(FaultCases.everywhere().stream(), FaultCases.prescribed().stream());
    }

    @ParameterizedTest
    @MethodSource("cases")
    @DisplayName("GHS-3.6 GHS-10.4 after a fault the listener goes on, and the next job is delivered and completed")
    void aFaultIsSurvived(Case met) {
        goesOnAfter(met);
    }

    @Test
    @DisplayName("GHS-10.4 the listener has met every fault there is")
    void everyFaultIsMet() {
        Set<Class<?>> known = new HashSet<>();
        cases().forEach(met -> known.add(met.fault().getClass()));
        assertThat(known).containsExactlyInAnyOrder(Fault.class.getPermittedSubclasses());
    }
}
