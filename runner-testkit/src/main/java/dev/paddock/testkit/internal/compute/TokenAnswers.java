package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Turns a service account's assertion into an access token. Whose signature it bears is not looked at. */
final class TokenAnswers {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    private TokenAnswers() {}

    static WireReply answer(ComputeCall call, Optional<String> token) {
        String type = Shapes.lower(Objects.requireNonNullElse(call.header("content-type"), ""));
        Map<String, String> form = ComputeRoutes.form(call.request().body());
        if (!type.startsWith("application/x-www-form-urlencoded") || !GRANT.equals(form.get("grant_type"))) {
            throw ComputeRefusal.violation(
                    400, "unsupported_grant_type", "Invalid grant_type: " + form.get("grant_type"));
        }
        JsonNode claims = claims(form.getOrDefault("assertion", ""));
        for (String claim : List.of("iss", "aud", "exp", "iat")) {
            if (!claims.has(claim)) {
                throw ComputeRefusal.violation(400, "invalid_grant", "Invalid JWT: it has no " + claim);
            }
        }
        return Shapes.ok(Shapes.object()
                .put("access_token", token.orElse("ya29.simulated"))
                .put("expires_in", 3599)
                .put("token_type", "Bearer"));
    }

    private static JsonNode claims(String assertion) {
        String[] parts = assertion.split("\\.", -1);
        try {
            if (parts.length == 3) {
                return Shapes.parse(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            }
        } catch (IllegalArgumentException | JsonProcessingException malformed) {
            // refused below
        }
        throw ComputeRefusal.violation(400, "invalid_grant", "Bad Request: the assertion is not a JWT");
    }
}
