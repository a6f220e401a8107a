package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.ComputeRoute;
import dev.paddock.testkit.internal.http.WireReply;
import dev.paddock.testkit.internal.http.WireRequest;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One request being handled: what it carries, read strictly, and where its answer goes. */
final class ComputeCall {
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final String ZERO = "00000000-0000-0000-0000-000000000000";

    private final WireRequest request;
    private final ComputeRoutes.Match match;
    private final ComputeLog.Entry entry;
    private final FaultyAnswer answer;

    ComputeCall(WireRequest request, ComputeRoutes.Match match, ComputeLog.Entry entry, FaultyAnswer answer) {
        this.request = request;
        this.match = match;
        this.entry = entry;
        this.answer = answer;
    }

    ComputeRoute route() {
        return match.route();
    }

    WireRequest request() {
        return request;
    }

    /** What the path names, after the project. */
    String id(int index) {
        return match.id(index + 1);
    }

    ComputeRoutes.Match match() {
        return match;
    }

    /** Whether the path is of a region, where it could be of a zone. */
    boolean isRegional() {
        return request.path().contains("/regions/");
    }

    void reply(WireReply reply) {
        answer.reply(reply);
    }

    void refuse(ComputeRefusal refusal) {
        if (refusal.violation() != null) {
            entry.violates(refusal.violation());
        }
        reply(refusal.reply());
    }

    void drop() {
        answer.drop();
    }

    void violates(String how) {
        entry.violates(how);
    }

    void onGone(Runnable task) {
        answer.onGone(task);
    }

    @Nullable
    String header(String name) {
        return request.header(name);
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(match.query().get(name));
    }

    Map<String, String> query() {
        return match.query();
    }

    boolean flag(String name) {
        String value = match.query().getOrDefault(name, "false");
        if (!value.equals("true") && !value.equals("false")) {
            throw ComputeRefusal.violation("Invalid value for parameter '" + name + "': '" + value + "'");
        }
        return value.equals("true");
    }

    void checkQuery() {
        for (String name : match.query().keySet()) {
            if (!ComputeRoutes.isKnown(match, name)) {
                throw ComputeRefusal.violation("Invalid JSON payload received. Unknown name \"" + name
                        + "\": Cannot bind query parameter. Field '" + name
                        + "' could not be found in request message.");
            }
        }
        if (!request.method().equals("POST") && !request.body().isEmpty()) {
            throw ComputeRefusal.violation(request.method() + " takes no body");
        }
    }

    /** The request id, a UUID that is not zero; empty if there is none. */
    Optional<String> requestId() {
        Optional<String> id = query("requestId");
        id.filter(text -> !UUID.matcher(text).matches() || text.equals(ZERO)).ifPresent(text -> {
            throw ComputeRefusal.violation(
                    "Invalid value for field 'requestId': '" + text + "'. It must be a valid UUID that is not zero.");
        });
        return id;
    }

    /** The body as an object with no keys but these. */
    ObjectNode object(Set<String> known) {
        String type = Shapes.lower(Objects.requireNonNullElse(header("content-type"), ""));
        if (!type.startsWith("application/json")) {
            throw ComputeRefusal.violation("Content-Type must be application/json: \"" + type + "\"");
        }
        JsonNode json;
        try {
            json = Shapes.parse(request.body());
        } catch (JsonProcessingException malformed) {
            throw ComputeRefusal.violation(400, "parseError", "Parse Error: " + malformed.getOriginalMessage());
        }
        if (!(json instanceof ObjectNode object)) {
            throw ComputeRefusal.violation(400, "parseError", "the body must be a JSON object");
        }
        checkKeys(object, known, "");
        return object;
    }

    static void checkKeys(JsonNode object, Set<String> known, String where) {
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw ComputeRefusal.violation("Invalid JSON payload received. Unknown name \"" + name + "\"" + where
                        + ": Cannot find field.");
            }
        }
    }
}
