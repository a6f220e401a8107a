package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.internal.actions.TokenDesk.Kind;
import dev.paddock.testkit.internal.http.WireReply;
import java.net.URI;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;

/** The REST calls that lead to the service: registration tokens and the admin connection. */
final class RestDesk {
    private static final Duration TOKEN_LIFETIME = Duration.ofHours(1);

    private final TokenDesk tokens;
    private final Urls urls;
    private final Settings settings;

    RestDesk(TokenDesk tokens, Urls urls, Settings settings) {
        this.tokens = tokens;
        this.urls = urls;
        this.settings = settings;
    }

    WireReply token(Call call, Kind kind) {
        call.mustBeEmpty();
        var token = tokens.opaque(kind, String.join("/", call.match().ids()), TOKEN_LIFETIME);
        var body = Json.object();
        body.put("token", token.text());
        body.put("expires_at", token.expires().truncatedTo(ChronoUnit.SECONDS).toString());
        return Answers.json(201, body);
    }

    WireReply register(Call call) {
        var token = tokens.check(call, Kind.REGISTRATION, "RemoteAuth");
        var body = call.object(Set.of("url", "runner_event"));
        String url = Call.requiredText(body, "url");
        if (!Call.requiredText(body, "runner_event").equals("register")) {
            throw Refusal.violation(400, "runner_event must be \"register\"");
        }
        if (!token.subject().equalsIgnoreCase(scope(url))) {
            throw Refusal.violation(
                    403, "the registration token is for " + token.subject() + ", the url names " + scope(url));
        }
        var reply = Json.object();
        reply.put("url", urls.service());
        reply.put(
                "token",
                tokens.jwt(Kind.ADMIN, url, settings.adminTokenLifetime()).text());
        return Answers.ok(reply);
    }

    /** The names in a config URL. */
    static String scope(String url) {
        try {
            String path = URI.create(url).getPath();
            String trimmed = path == null ? "" : path.replaceAll("^/+|/+$", "");
            return trimmed.replaceFirst("(?i)^enterprises/", "");
        } catch (IllegalArgumentException malformed) {
            throw Refusal.violation(400, "\"url\" is not a URL: " + malformed.getMessage());
        }
    }

    /** Moves the service: the admin tokens of the old place are void. */
    void move() {
        urls.move();
        tokens.revokeAll(Kind.ADMIN);
    }
}
