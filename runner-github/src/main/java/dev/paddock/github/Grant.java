package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;

/** What a session entitles to, replaced as a whole when the session is renewed. */
record Grant(String sessionId, URI queue, String token) {
    /** Reads a session; throws {@link WireException} if the queue cannot be read with it. */
    static Grant of(JsonNode session) {
        String id = Wire.text(session, "sessionId");
        if (Bodies.isNoSession(id)) {
            throw new WireException("it lacks sessionId");
        }
        String queue = Wire.text(session, "messageQueueUrl");
        if (queue.isBlank()) {
            throw new WireException("it lacks messageQueueUrl");
        }
        String token = Wire.text(session, "messageQueueAccessToken");
        if (!GitHubCredentials.isSendable(token)) {
            throw new WireException("it lacks messageQueueAccessToken");
        }
        return new Grant(id, Urls.given(queue, "messageQueueUrl"), token);
    }

    @Override
    public String toString() {
        return "Grant[" + Urls.shown(queue) + ", ***]";
    }
}
