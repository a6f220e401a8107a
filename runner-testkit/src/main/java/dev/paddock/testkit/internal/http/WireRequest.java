package dev.paddock.testkit.internal.http;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as it arrived.
 *
 * @param method in capitals
 * @param path the raw path, still percent-encoded
 * @param query the raw query, empty if there is none
 * @param headers values by lower-case name
 * @param body the text, empty if there is none
 */
public record WireRequest(String method, String path, String query, Map<String, String> headers, String body) {
    public @Nullable String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }
}
