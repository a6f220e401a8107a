package dev.paddock.github;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.regex.Pattern;

/** What a session entitles to, replaced as a whole when the session is renewed. */
record Grant(String sessionId, URI queue, String token) {
    private static final Pattern ID = Pattern.compile("[0-9A-Za-z][-_0-9A-Za-z]{0,127}");

    /** Reads a session; throws {@link WireException} if the queue cannot be read with it. */
    static Grant of(JsonNode session) {
        String id = Wire.text(session, "sessionId");
        if (!isId(id)) {
            throw new WireException("it lacks sessionId, or has one that is none");
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

    /** Becomes a part of an address that is deleted in the end: anything but a plain id might be another address. */
    static boolean isId(String text) {
        return ID.matcher(text).matches() && !Bodies.isNoSession(text);
    }

    @Override
    public String toString() {
        return "Grant[" + Urls.shown(queue) + ", ***]";
    }
}
