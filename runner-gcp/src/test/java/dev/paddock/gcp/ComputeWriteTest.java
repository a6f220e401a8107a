package dev.paddock.gcp;

import java.net.http.HttpClient;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

/** The same, over each client. */
class ComputeWriteTest {
    @Nested
    @DisplayName("over Google's client")
    class OverGoogles extends ComputeWriteContract {
        @Override
        GcpProject.Builder transport(GcpProject.Builder builder) {
            return builder;
        }
    }

    @Nested
    @DisplayName("over Java's client")
    class OverJavas extends ComputeWriteContract {
        @Override
        GcpProject.Builder transport(GcpProject.Builder builder) {
            return builder.httpClient(HttpClient.newHttpClient());
        }
    }
}
