package dev.paddock.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.testkit.RecordedRequest;
import dev.paddock.testkit.Route;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TokensOverSocketTest extends TokenConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }

    @Test
    @DisplayName("GHS-A1 on the wire: no body has length 0, nothing asks for another protocol or for compression")
    void theWireIsPlain() {
        await(anyCall(client()));
        RecordedRequest token = request(Route.REGISTRATION_TOKEN);
        assertThat(token.header("Content-Length")).hasValue("0");
        assertThat(sim().requests()).allSatisfy(request -> {
            assertThat(request.header("Upgrade")).isEmpty();
            assertThat(request.header("HTTP2-Settings")).isEmpty();
            assertThat(request.header("Accept-Encoding")).isEmpty();
        });
        RecordedRequest connection = request(Route.RUNNER_REGISTRATION);
        assertThat(connection.body()).endsWith("}\n");
        assertThat(connection.header("Content-Type")).hasValue("application/json");
    }
}
