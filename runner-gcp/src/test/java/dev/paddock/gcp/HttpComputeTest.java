package dev.paddock.gcp;

import java.net.http.HttpClient;
import org.junit.jupiter.api.DisplayName;

/** Over Java's HTTP client. */
@DisplayName("Compute Engine over Java's HTTP client")
class HttpComputeTest extends ComputeApiContract {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Override
    GcpProject.Builder transport(GcpProject.Builder builder) {
        return builder.httpClient(CLIENT);
    }
}
