package dev.paddock.github;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwtTest {
    private static Optional<Instant> expiry(String payload) {
        var base64 = Base64.getUrlEncoder().withoutPadding();
        return Jwt.expiry("e30." + base64.encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + ".c2ln");
    }

    @ParameterizedTest
    @CsvSource({
        "1778000000, 2026-05-05T16:53:20Z",
        "1778000000.9, 2026-05-05T16:53:20Z",
        "1.778e9, 2026-05-05T16:53:20Z",
        "1, 1970-01-01T00:00:01Z",
        "31556889864403190, +1000000000-12-31T23:59:50Z"
    })
    void theEndIsReadInSeconds(String exp, Instant end) {
        assertThat(expiry("{\"exp\":" + exp + "}")).contains(end);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "null",
                "\"1778000000\"",
                "[1]",
                "31556889864403200",
                "9223372036854775807",
                "18446744073709551616",
                "1e400",
                "-1e400"
            })
    @DisplayName("GHS-A13 an end that no clock shows is no end")
    void anEndThatNoClockShowsIsNoEnd(String exp) {
        assertThat(expiry("{\"exp\":" + exp + "}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "null", "[]", "7", "{\"exp\":", "\"exp\""})
    void aPayloadWithoutAnEndHasNone(String payload) {
        assertThat(expiry(payload)).isEmpty();
    }

    @Test
    void whatIsNoJwtHasNoEnd() {
        for (String token : new String[] {"", ".", "..", "a.b", "a.!!.c", "a.b.c.d", "opaque"}) {
            assertThat(Jwt.expiry(token)).as(token).isEmpty();
        }
    }
}
