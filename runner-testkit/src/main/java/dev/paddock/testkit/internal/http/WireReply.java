package dev.paddock.testkit.internal.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A reply as it goes out.
 *
 * @param status the HTTP status
 * @param headers in the order sent
 * @param body the text; empty means no body at all
 */
public record WireReply(int status, Map<String, String> headers, String body) {
    public WireReply {
        headers = new LinkedHashMap<>(headers);
    }

    public WireReply with(String header, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new WireReply(status, more, body);
    }

    public WireReply withBody(String other) {
        return new WireReply(status, headers, other);
    }

    /** The body as it goes out. */
    public byte[] bytes() {
        return body.getBytes(StandardCharsets.UTF_8);
    }
}
