package dev.paddock.testkit.internal.compute;

import dev.paddock.testkit.internal.http.WireReply;
import org.jspecify.annotations.Nullable;

/** Ends the handling of a request with an error; a violation is the client's breach of the protocol. */
final class ComputeRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient WireReply reply;
    private final @Nullable String violation;

    private ComputeRefusal(WireReply reply, @Nullable String violation) {
        super("status " + reply.status(), null, false, false);
        this.reply = reply;
        this.violation = violation;
    }

    /** An error that a right client may meet. */
    static ComputeRefusal of(int status, String reason, String message) {
        return new ComputeRefusal(Shapes.json(status, ComputeErrors.error(status, reason, message)), null);
    }

    /** A request no correct client sends. */
    static ComputeRefusal violation(String message) {
        return violation(400, "invalid", message);
    }

    /** A request no correct client sends. */
    static ComputeRefusal violation(int status, String reason, String message) {
        return new ComputeRefusal(Shapes.json(status, ComputeErrors.error(status, reason, message)), message);
    }

    /** What a client that is set up wrongly sends. */
    static ComputeRefusal invalid(String message) {
        return of(400, "invalid", message);
    }

    static ComputeRefusal notFound(String resource) {
        return of(404, "notFound", "The resource '" + resource + "' was not found");
    }

    static ComputeRefusal unavailable(String message) {
        return of(503, "backendError", message);
    }

    WireReply reply() {
        return reply;
    }

    @Nullable
    String violation() {
        return violation;
    }
}
