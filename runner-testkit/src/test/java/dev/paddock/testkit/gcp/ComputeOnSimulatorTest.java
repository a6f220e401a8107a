package dev.paddock.testkit.gcp;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

/** The same, over each client. */
class ComputeOnSimulatorTest {
    @Nested
    @DisplayName("over Google's client, on a socket")
    class OverGoogles extends ComputeOnSimulatorContract {
        @Override
        ComputeTransport transport() {
            return new ComputeTransport.OnSocket(true);
        }
    }

    @Nested
    @DisplayName("over Java's client, on a socket")
    class OverJavas extends ComputeOnSimulatorContract {
        @Override
        ComputeTransport transport() {
            return new ComputeTransport.OnSocket(false);
        }
    }

    @Nested
    @DisplayName("over Java's client, in virtual time")
    class InVirtualTime extends ComputeOnSimulatorContract {
        @Override
        ComputeTransport transport() {
            return new ComputeTransport.InMemory();
        }
    }
}
