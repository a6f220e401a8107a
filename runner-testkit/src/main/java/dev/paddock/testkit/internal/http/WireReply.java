package dev.paddock.testkit.internal.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A reply as it goes out.
 *
 * @param status the HTTP status
 * @param headers in the order sent
 * @param body the text; empty means no body at all
 * @param charset what makes bytes of it; bytes that are no text come as ISO 8859-1, one for one
 */
public record WireReply(int status, Map<String, String> headers, String body, Charset charset) {
    public WireReply(int status, Map<String, String> headers, String body) {
        this(status, headers, body, StandardCharsets.UTF_8);
    }

    public WireReply {
        headers = new LinkedHashMap<>(headers);
    }

    public WireReply with(String header, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new WireReply(status, more, body, charset);
    }

    public WireReply withBody(String other) {
        return new WireReply(status, headers, other);
    }

    /** The body as it goes out. */
    public byte[] bytes() {
        return body.getBytes(charset);
    }
}
