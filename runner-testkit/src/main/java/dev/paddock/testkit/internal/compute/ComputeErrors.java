package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The error's body as Google's API writes it. */
public final class ComputeErrors {
    private ComputeErrors() {}

    public static String body(int status, String reason, String message) {
        return error(status, reason, message).toString();
    }

    /** The canonical name of an HTTP status, as the newer half of an error has it. */
    static String canonical(int status) {
        return switch (status) {
            case 400 -> "INVALID_ARGUMENT";
            case 401 -> "UNAUTHENTICATED";
            case 403 -> "PERMISSION_DENIED";
            case 404 -> "NOT_FOUND";
            case 409 -> "ALREADY_EXISTS";
            case 412 -> "FAILED_PRECONDITION";
            case 429 -> "RESOURCE_EXHAUSTED";
            case 503 -> "UNAVAILABLE";
            case 504 -> "DEADLINE_EXCEEDED";
            default -> "INTERNAL";
        };
    }

    static ObjectNode error(int status, String reason, String message) {
        var error = Shapes.object();
        error.put("code", status);
        error.put("message", message);
        error.putArray("errors")
                .addObject()
                .put("message", message)
                .put("domain", reason.endsWith("Exceeded") || reason.endsWith("Conflict") ? "usageLimits" : "global")
                .put("reason", reason);
        error.put("status", canonical(status));
        var body = Shapes.object();
        body.set("error", error);
        return body;
    }
}
