package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.internal.http.WireReply;
import org.jspecify.annotations.Nullable;

/** Ends the handling of a request with an error; a violation is the client's breach of the protocol. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient WireReply reply;
    private final @Nullable String violation;

    private Refusal(WireReply reply, @Nullable String violation) {
        super("status " + reply.status(), null, false, false);
        this.reply = reply;
        this.violation = violation;
    }

    /** An error the protocol provides for. */
    static Refusal of(WireReply reply) {
        return new Refusal(reply, null);
    }

    /** A request no correct client sends. */
    static Refusal violation(int status, String text) {
        return new Refusal(Answers.text(status, text), text);
    }

    /** A request to GitHub's REST side that no correct client sends; answered as that side does. */
    static Refusal breach(int status, String text) {
        return new Refusal(Answers.rest(status, text), text);
    }

    /** The same with another reply. */
    Refusal with(WireReply other) {
        return new Refusal(other, violation);
    }

    WireReply reply() {
        return reply;
    }

    @Nullable
    String violation() {
        return violation;
    }
}
