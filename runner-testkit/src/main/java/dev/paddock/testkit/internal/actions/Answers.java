package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The service's replies. */
final class Answers {
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json; charset=utf-8");

    private Answers() {}

    static WireReply json(int status, JsonNode body) {
        return new WireReply(status, JSON, body.toString());
    }

    static WireReply ok(JsonNode body) {
        return json(200, body);
    }

    static WireReply empty(int status) {
        return new WireReply(status, Map.of(), "");
    }

    static WireReply text(int status, String text) {
        return new WireReply(status, Map.of("Content-Type", "text/plain; charset=utf-8"), text);
    }

    static WireReply bytes(int status, byte[] bytes) {
        return new WireReply(
                status,
                Map.of("Content-Type", "application/octet-stream"),
                new String(bytes, StandardCharsets.ISO_8859_1),
                StandardCharsets.ISO_8859_1);
    }

    /** The Actions service's error envelope. */
    static WireReply problem(int status, String type, String message) {
        String assembly = type.substring(0, type.lastIndexOf('.'));
        return json(status, ErrorBodies.envelope(type + ", " + assembly, message));
    }

    static WireReply runtime(int status, String exception, String message) {
        return problem(status, "GitHub.Actions.Runtime.WebApi." + exception, message);
    }

    static WireReply task(int status, String exception, String message) {
        return problem(status, "GitHub.DistributedTask.WebApi." + exception, message);
    }

    /** GitHub's REST error. */
    static WireReply rest(int status, String message) {
        return rest(status, message, "");
    }

    /** GitHub's REST error with the page of the documentation that explains it. */
    static WireReply rest(int status, String message, String page) {
        return json(status, ErrorBodies.rest(status, message, page));
    }

    static WireReply notFound() {
        return rest(404, "Not Found");
    }

    static WireReply noScaleSet(Object id) {
        return runtime(404, "RunnerScaleSetNotFoundException", "No runner scale set found with identifier " + id + ".");
    }

    static WireReply sessionConflict(String scaleSet) {
        return runtime(
                409,
                "RunnerScaleSetSessionConflictException",
                "The actions runner scaleset " + scaleSet + " already has an active session.");
    }
}
