package dev.paddock.gcp;

import org.junit.jupiter.api.DisplayName;

/** Over Google's client. */
@DisplayName("Compute Engine over Google's client")
class GoogleComputeTest extends ComputeApiContract {
    @Override
    GcpProject.Builder transport(GcpProject.Builder builder) {
        return builder;
    }
}
