package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.Fault;
import dev.paddock.testkit.internal.http.WireExchange;
import dev.paddock.testkit.internal.http.WireReply;
import dev.paddock.testkit.internal.http.WireRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One request being handled: what it carries, read strictly, and where its answer goes. */
final class Call {
    private final WireRequest request;
    private final Routes.Match match;
    private final RequestLog.Entry entry;
    private final WireExchange exchange;
    private final @Nullable Fault fault;

    Call(
            WireRequest request,
            Routes.Match match,
            RequestLog.Entry entry,
            WireExchange exchange,
            @Nullable Fault fault) {
        this.request = request;
        this.match = match;
        this.entry = entry;
        this.exchange = exchange;
        this.fault = fault;
    }

    Routes.Match match() {
        return match;
    }

    /** Whether the message is to come once more though acknowledged. */
    boolean duplicated() {
        return fault instanceof Fault.Duplicate;
    }

    /** Whether the statistics are to be those of the send before. */
    boolean stale() {
        return fault instanceof Fault.StaleStatistics;
    }

    /** Whether the message after this one is to come first. */
    boolean reordered() {
        return fault instanceof Fault.Reorder;
    }

    /** Whether jobs are to be assigned beyond the capacity. */
    boolean ignoresCapacity() {
        return fault instanceof Fault.IgnoreCapacity;
    }

    void reply(WireReply reply) {
        exchange.reply(reply);
    }

    void drop() {
        exchange.drop();
    }

    /** The raw path. */
    String path() {
        return request.path();
    }

    /** Whose runners, variables or groups the path speaks of. */
    Scope scope() {
        List<String> path = Routes.segments(request.path());
        return Scope.ofPath(path.subList(Math.min(2, path.size()), path.size()))
                .orElseThrow(() -> new IllegalStateException("no scope in " + this));
    }

    boolean isRead() {
        return request.method().equals("GET");
    }

    void refuse(Refusal refusal) {
        if (refusal.violation() != null) {
            entry.violates(refusal.violation());
        }
        reply(refusal.reply());
    }

    void onGone(Runnable task) {
        exchange.onGone(task);
    }

    @Nullable
    String header(String name) {
        return request.header(name);
    }

    @Nullable
    String query(String name) {
        return match.query().get(name);
    }

    /** The token behind the scheme of the Authorization header. */
    String credentials(String scheme) {
        String header = header("authorization");
        if (header == null || header.isBlank()) {
            throw Refusal.violation(401, "no Authorization header; this route wants " + scheme);
        }
        String prefix = scheme.toLowerCase(Locale.ROOT) + " ";
        if (!header.toLowerCase(Locale.ROOT).startsWith(prefix)) {
            throw Refusal.violation(401, "the Authorization header's scheme must be " + scheme);
        }
        return header.substring(prefix.length()).trim();
    }

    /** The credential of a call to GitHub's REST side: behind Bearer, or the password behind Basic. */
    String githubCredentials() {
        String header = Objects.requireNonNullElse(header("authorization"), "");
        if (!header.toLowerCase(Locale.ROOT).startsWith("basic ")) {
            return credentials("Bearer");
        }
        String pair = "";
        try {
            pair = new String(Base64.getDecoder().decode(credentials("Basic")), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException undecodable) {
            // refused below
        }
        int colon = pair.indexOf(':');
        if (colon < 0) {
            throw Refusal.violation(401, "what follows Basic in the Authorization header must be name:token in Base64");
        }
        return pair.substring(colon + 1);
    }

    boolean hasNoBody() {
        return request.body().isEmpty();
    }

    void mustBeEmpty() {
        if (!hasNoBody()) {
            throw Refusal.violation(400, request.method() + " on this route takes no body");
        }
    }

    /** The body as an object with no keys but these. */
    ObjectNode object(Set<String> known) {
        if (!(json() instanceof ObjectNode object)) {
            throw Refusal.violation(400, "the body must be a JSON object");
        }
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw Refusal.violation(400, "unknown key \"" + name + "\" in the body");
            }
        }
        return object;
    }

    ArrayNode array() {
        if (json() instanceof ArrayNode array) {
            return array;
        }
        throw Refusal.violation(400, "the body must be a JSON array");
    }

    JsonNode json() {
        String type = Objects.requireNonNullElse(header("content-type"), "").toLowerCase(Locale.ROOT);
        boolean github = match.side() == Routes.Side.REST && type.startsWith("application/vnd.github");
        if (!github && !type.startsWith("application/json")) {
            throw Refusal.violation(400, "Content-Type must be application/json: \"" + type + "\"");
        }
        try {
            return Json.parse(request.body());
        } catch (JsonProcessingException malformed) {
            throw Refusal.violation(400, "the body is not JSON: " + malformed.getOriginalMessage());
        }
    }

    /** A text of the body; empty if the key is absent. */
    static Optional<String> text(ObjectNode body, String key) {
        JsonNode value = body.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw Refusal.violation(400, "\"" + key + "\" must be a string: " + value);
        }
        return Optional.of(value.textValue());
    }

    static String requiredText(ObjectNode body, String key) {
        return text(body, key)
                .filter(value -> !value.isBlank())
                .orElseThrow(() -> Refusal.violation(400, "\"" + key + "\" is missing or empty"));
    }

    @Override
    public String toString() {
        return request.method() + " " + request.path();
    }
}
