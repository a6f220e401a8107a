package dev.paddock.github;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Joins addresses the way GitHub's own clients do: what the service gave is opaque and kept. */
final class Urls {
    private static final String VERSION = "api-version";
    private static final String VERSION_VALUE = "6.0-preview";

    private Urls() {}

    /** An address given by the service, or an exception whose message does not repeat it. */
    static URI given(String text, String what) {
        try {
            URI url = new URI(text.trim());
            boolean web = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            if (web && url.getHost() != null && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (URISyntaxException invalid) {
            throw new WireException(what + " is not a URL");
        }
        throw new WireException(what + " is not an http or https URL with a host");
    }

    /** A call of the Actions service. The path is relative, and may carry a query of its own. */
    static URI service(URI base, String pathAndQuery, Map<String, String> parameters) {
        int mark = pathAndQuery.indexOf('?');
        String path = mark < 0 ? pathAndQuery : pathAndQuery.substring(0, mark);
        Map<String, List<String>> query = parse(base.getRawQuery());
        parse(mark < 0 ? null : pathAndQuery.substring(mark + 1))
                .forEach((key, values) ->
                        query.computeIfAbsent(key, k -> new ArrayList<>()).addAll(values));
        parameters.forEach((key, value) -> query.put(key, List.of(value)));
        query.putIfAbsent(VERSION, List.of(VERSION_VALUE));
        return rebuilt(base, join(base.getRawPath(), path), encode(query));
    }

    /** A path below the REST API's address. */
    static URI rest(URI api, String path) {
        return rest(api, path, Map.of());
    }

    static URI rest(URI api, String path, Map<String, String> parameters) {
        var query = new TreeMap<String, List<String>>();
        parameters.forEach((key, value) -> query.put(key, List.of(value)));
        return rebuilt(api, join(api.getRawPath(), path), encode(query));
    }

    /** The queue's address for a poll; the cursor is named only where there is one. */
    static URI poll(URI queue, long lastMessageId) {
        if (lastMessageId == 0) {
            return queue;
        }
        Map<String, List<String>> query = parse(queue.getRawQuery());
        query.put("lastMessageId", List.of(Long.toString(lastMessageId)));
        return rebuilt(queue, queue.getRawPath(), encode(query));
    }

    /** The address of one message of the queue. */
    static URI message(URI queue, long messageId) {
        return rebuilt(queue, join(queue.getRawPath(), Long.toString(messageId)), queue.getRawQuery());
    }

    /** One part of a path. Dots alone would lead to another path, however they are written. */
    static String segment(String text) {
        if (text.isEmpty() || text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException("this cannot be a part of an address: \"" + text + "\"");
        }
        return encoded(text).replace("+", "%20");
    }

    /** For people: without query, which may hold ids that open something. */
    static String shown(URI url) {
        return url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath();
    }

    private static URI rebuilt(URI base, String path, @Nullable String query) {
        String tail = query == null || query.isEmpty() ? "" : "?" + query;
        return URI.create(base.getScheme() + "://" + base.getRawAuthority() + path + tail);
    }

    private static String join(String base, String relative) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : (base + "/" + relative).split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts) + (relative.endsWith("/") && !parts.isEmpty() ? "/" : "");
    }

    private static Map<String, List<String>> parse(@Nullable String rawQuery) {
        var query = new TreeMap<String, List<String>>();
        if (rawQuery == null) {
            return query;
        }
        for (String pair : rawQuery.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String key = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                query.computeIfAbsent(decoded(key), k -> new ArrayList<>()).add(decoded(value));
            }
        }
        return query;
    }

    private static String encode(Map<String, List<String>> query) {
        var pairs = new ArrayList<String>();
        query.forEach((key, values) -> values.forEach(value -> pairs.add(encoded(key) + "=" + encoded(value))));
        return String.join("&", pairs);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
