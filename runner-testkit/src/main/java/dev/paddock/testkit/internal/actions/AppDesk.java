package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.internal.actions.RestSettings.App;
import dev.paddock.testkit.internal.http.WireReply;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;

/**
 * GitHub Apps: an App's JWT is exchanged for a token of one of its installations. Without a registered App the form and
 * the times of a JWT are checked, its signature and its installation are not.
 */
final class AppDesk {
    private static final long LONGEST_SECONDS = 600;
    private static final String UNDECODABLE = "A JSON web token could not be decoded";
    private static final String ISSUED_AT =
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    private static final String EXPIRED = "'Expiration time' claim ('exp') must be a numeric value representing the"
            + " future time at which the assertion expires";
    private static final String TOO_FAR = "'Expiration time' claim ('exp') is too far in the future";

    private final SimClock clock;
    private final TokenDesk tokens;
    private final RestSettings settings;

    AppDesk(SimClock clock, TokenDesk tokens, RestSettings settings) {
        this.clock = clock;
        this.tokens = tokens;
        this.settings = settings;
    }

    /** The App whose JWT a request bears. */
    Visitor app(Call call) {
        String[] parts = call.credentials("Bearer").split("\\.", -1);
        if (parts.length != 3) {
            throw Refusal.breach(401, UNDECODABLE);
        }
        JsonNode claims = json(parts[1]);
        if (!json(parts[0]).path("alg").asText().equals("RS256")) {
            throw Refusal.breach(401, UNDECODABLE);
        }
        if (!claims.path("iss").isTextual() && !claims.path("iss").isIntegralNumber()) {
            throw Refusal.breach(401, "'Issuer' claim ('iss') must be an Integer");
        }
        String issuer = claims.path("iss").asText();
        if (!settings.apps().isEmpty()) {
            verify(parts, issuer);
        }
        checkTimes(claims);
        return new Visitor("app " + issuer, issuer, Visitor.CORE, settings.rateLimit());
    }

    private void verify(String[] parts, String issuer) {
        App app = settings.apps().stream()
                .filter(candidate -> candidate.clientId().equals(issuer))
                .findFirst()
                .orElseThrow(() -> Refusal.of(Answers.rest(404, "Integration not found")));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(app.key());
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            if (signature.verify(decode(parts[2]))) {
                return;
            }
        } catch (GeneralSecurityException malformed) {
            // refused as one that does not fit
        }
        throw Refusal.of(Answers.rest(401, UNDECODABLE));
    }

    private void checkTimes(JsonNode claims) {
        long now = clock.now().getEpochSecond();
        JsonNode issued = claims.path("iat");
        JsonNode expires = claims.path("exp");
        if (!issued.isIntegralNumber() || issued.longValue() > now) {
            throw Refusal.of(Answers.rest(401, ISSUED_AT));
        }
        if (!expires.isIntegralNumber() || expires.longValue() <= now) {
            throw Refusal.of(Answers.rest(401, EXPIRED));
        }
        if (expires.longValue() > now + LONGEST_SECONDS) {
            throw Refusal.of(Answers.rest(401, TOO_FAR));
        }
    }

    private static JsonNode json(String base64) {
        try {
            return Json.parse(new String(decode(base64), StandardCharsets.UTF_8));
        } catch (JsonProcessingException malformed) {
            throw Refusal.breach(401, UNDECODABLE);
        }
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getUrlDecoder().decode(base64);
        } catch (IllegalArgumentException malformed) {
            throw Refusal.breach(401, UNDECODABLE);
        }
    }

    WireReply token(Call call, Visitor app) {
        call.mustBeEmpty();
        long installation = call.match().number(0);
        List<App> apps = settings.apps();
        boolean known = apps.isEmpty()
                || apps.stream()
                        .anyMatch(one -> one.clientId().equals(app.login()) && one.installation() == installation);
        if (!known) {
            throw Refusal.of(Answers.notFound());
        }
        var token = tokens.installation(installation, settings.installationTokenLifetime());
        Instant expires = token.expires().truncatedTo(ChronoUnit.SECONDS);
        var body = Json.object().put("token", token.text()).put("expires_at", expires.toString());
        body.putObject("permissions")
                .put("actions", "write")
                .put("administration", "write")
                .put("metadata", "read")
                .put("organization_self_hosted_runners", "write");
        body.put("repository_selection", "all");
        return Answers.json(201, body);
    }
}
