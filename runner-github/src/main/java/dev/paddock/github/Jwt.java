package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** Reads when a token runs out. Its signature is the service's business. */
final class Jwt {
    private static final long LAST_SECOND = Instant.MAX.getEpochSecond();

    private Jwt() {}

    static Optional<Instant> expiry(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            byte[] payload = Base64.getUrlDecoder().decode(parts[1]);
            JsonNode exp = Wire.get(Wire.parse(new String(payload, StandardCharsets.UTF_8)), "exp");
            if (exp == null || !exp.isNumber() || exp.doubleValue() <= 0 || exp.doubleValue() >= LAST_SECOND) {
                return Optional.empty();
            }
            return Optional.of(Instant.ofEpochSecond(exp.longValue()));
        } catch (IllegalArgumentException | WireException unreadable) {
            return Optional.empty();
        }
    }
}
