package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Issues tokens and tells them apart. */
final class TokenDesk {
    private static final Duration FOREVER = Duration.ofDays(3650);
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** What a token opens. */
    enum Kind {
        REGISTRATION,
        REMOVE,
        ADMIN,
        QUEUE,
        RUNNER,
        INSTALLATION,
        LOG
    }

    /**
     * A token issued.
     *
     * @param subject the scope, the tenant, the session, the agent, the installation or the job it belongs to
     */
    record Token(String text, Kind kind, String subject, Instant expires) {}

    private final SimClock clock;
    private final Optional<String> accepted;
    /** Whose rights are known. */
    private final Set<String> declared;

    private final int rateLimit;
    private final Map<String, Token> tokens = new LinkedHashMap<>();
    /** Other texts of the same tokens. */
    private final Map<String, String> aliases = new LinkedHashMap<>();

    private long serial;

    TokenDesk(SimClock clock, Settings settings) {
        this.clock = clock;
        accepted = settings.acceptedToken();
        declared = settings.rest().tokens().keySet();
        rateLimit = settings.rest().rateLimit();
    }

    Token opaque(Kind kind, String subject, Duration lifetime) {
        return keep(kind.name().charAt(0) + clock.uuid().replace("-", ""), kind, subject, lifetime);
    }

    /** A token of an App's installation, in the form of GitHub's. */
    Token installation(long id, Duration lifetime) {
        String chance = (clock.uuid() + clock.uuid()).replace("-", "");
        return keep("ghs_" + chance.substring(0, 36), Kind.INSTALLATION, Long.toString(id), lifetime);
    }

    Token runner(long agent) {
        return opaque(Kind.RUNNER, Long.toString(agent), FOREVER);
    }

    /**
     * A JWT: its clients read {@code exp} and look up {@code alg}, and refuse a registered claim of another type than
     * RFC 7519 gives it; nobody checks the signature.
     */
    Token jwt(Kind kind, String subject, Duration lifetime) {
        long expires = clock.now().plus(lifetime).getEpochSecond();
        var payload = Json.object();
        payload.put("exp", expires);
        payload.put("jti", Long.toString(++serial));
        String text = base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + base64(payload.toString()) + "."
                + base64("signature-" + kind);
        return keep(text, kind, subject, lifetime);
    }

    /** Another text of a JWT, good as long as the first, that does not say when it expires. */
    String withoutExpiry(String jwt) throws JsonProcessingException {
        String[] parts = jwt.split("\\.", -1);
        String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        var claims = (ObjectNode) Json.parse(payload);
        claims.remove("exp");
        String text = parts[0] + "." + base64(claims.toString()) + "." + parts[2];
        aliases.put(text, jwt);
        return text;
    }

    private static String base64(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private Token keep(String text, Kind kind, String subject, Duration lifetime) {
        Instant now = clock.now();
        tokens.values()
                .removeIf(old -> old.kind != Kind.RUNNER
                        && old.expires.plus(Duration.ofHours(1)).isBefore(now));
        var token = new Token(text, kind, subject, now.plus(lifetime));
        tokens.put(text, token);
        return token;
    }

    void revoke(@Nullable Token token) {
        if (token != null) {
            tokens.remove(token.text);
        }
    }

    void revokeAll(Kind kind) {
        tokens.values().removeIf(token -> token.kind == kind);
    }

    /** Who calls GitHub's REST side: a person, or an App's installation. */
    Visitor user(Call call) {
        String text = call.githubCredentials();
        Token own = tokens.get(text);
        if (own != null) {
            return installation(own);
        }
        boolean known = declared.contains(text)
                || accepted.map(text::equals).orElse(!text.isEmpty() && !text.startsWith("ghs_"));
        if (!known) {
            throw badCredentials();
        }
        if (text.chars().filter(character -> character == '.').count() == 2) {
            throw Refusal.breach(401, "Bad credentials: a JWT where a token is wanted");
        }
        return new Visitor("person " + text, "octocat", Visitor.CORE, rateLimit);
    }

    private Visitor installation(Token own) {
        if (own.kind != Kind.INSTALLATION) {
            throw Refusal.violation(403, "a token of this service where a GitHub credential is wanted");
        }
        if (!own.expires.isAfter(clock.now())) {
            throw badCredentials();
        }
        return new Visitor("installation " + own.subject, "paddock[bot]", Visitor.CORE, rateLimit);
    }

    private static Refusal badCredentials() {
        return Refusal.of(Answers.rest(401, "Bad credentials"));
    }

    /** The token of a call; one of another kind is a violation, an unknown or expired one a 401. */
    Token check(Call call, Kind kind, String scheme) {
        return check(call.credentials(scheme), kind);
    }

    Token check(String text, Kind kind) {
        Token token = tokens.get(aliases.getOrDefault(text, text));
        if (token == null) {
            throw Refusal.of(unauthorized(kind + " token unknown, revoked or replaced"));
        }
        if (token.kind != kind) {
            throw Refusal.violation(
                    403, "a token of class " + token.kind + " where one of class " + kind + " is wanted");
        }
        if (!token.expires.isAfter(clock.now())) {
            throw Refusal.of(unauthorized(kind + " token expired at " + token.expires));
        }
        return token;
    }

    static WireReply unauthorized(String message) {
        return Answers.problem(401, "GitHub.Services.Security.UnauthorizedException", message);
    }
}
