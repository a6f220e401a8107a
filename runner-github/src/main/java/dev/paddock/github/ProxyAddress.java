package dev.paddock.github;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An HTTP proxy and how to log in there. Its {@code toString} keeps the login out. */
record ProxyAddress(String host, int port, @Nullable String login) {
    private static final int DEFAULT_PORT = 80;
    private static final int LAST_PORT = 65_535;
    private static final String SHAPES = "write it as http://host:port or http://user:password@host:port, other"
            + " characters than letters and digits in user and password as %XX";

    /**
     * Reads an address. Messages repeat no part of it that may be a password.
     *
     * @param what how the address is called where it was given
     */
    static ProxyAddress parse(String text, String what) {
        String trimmed = Objects.requireNonNull(text, what).trim();
        URI url;
        try {
            url = new URI(trimmed.contains("://") ? trimmed : "http://" + trimmed);
        } catch (URISyntaxException invalid) {
            throw wrong(what, "is not a URL (not shown here)");
        }
        if (!"http".equalsIgnoreCase(url.getScheme())) {
            throw wrong(
                    what,
                    "begins with " + url.getScheme() + "://, but Java's HTTP client speaks to proxies over"
                            + " http:// only, also where the request itself is for https://");
        }
        String authority = url.getRawAuthority();
        String rest = Objects.requireNonNullElse(url.getRawPath(), "").replaceFirst("^/$", "");
        if (authority == null || !rest.isEmpty() || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw wrong(what, "must hold a host and a port and nothing after them (not shown here)");
        }
        int at = authority.lastIndexOf('@');
        String place = authority.substring(at + 1);
        int colon = place.lastIndexOf(':') > place.lastIndexOf(']') ? place.lastIndexOf(':') : place.length();
        String host = place.substring(0, colon).replaceFirst("^\\[(.*)]$", "$1");
        if (!host.matches("[A-Za-z0-9._:-]+")) {
            throw wrong(what, "has no host that could be looked up (not shown here)");
        }
        return new ProxyAddress(
                host,
                port(place.substring(Math.min(place.length(), colon + 1)), what),
                at < 0 ? null : login(authority.substring(0, at), what));
    }

    private static int port(String text, String what) {
        if (text.isEmpty()) {
            return DEFAULT_PORT;
        }
        if (!text.matches("\\d{1,9}")) {
            throw wrong(what, "has a port that is not a number (not shown here)");
        }
        int port = Integer.parseInt(text);
        if (port < 1 || port > LAST_PORT) {
            throw wrong(what, "has a port that is not within 1 and " + LAST_PORT + ": " + port);
        }
        return port;
    }

    private static String login(String userInfo, String what) {
        int colon = userInfo.indexOf(':');
        String user = decoded(colon < 0 ? userInfo : userInfo.substring(0, colon), what);
        String password = colon < 0 ? "" : decoded(userInfo.substring(colon + 1), what);
        if (user.isEmpty() || user.contains(":")) {
            throw wrong(what, "has a user that is empty or holds a colon, which HTTP cannot send (not shown here)");
        }
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static String decoded(String text, String what) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw wrong(what, "has a % in its user or password that does not stand for a character (not shown here)");
        }
    }

    private static IllegalArgumentException wrong(String what, String why) {
        return new IllegalArgumentException(what + " " + why + ": " + SHAPES);
    }

    /** Looked up by the HTTP client for each connection, for its address may change. */
    Proxy proxy() {
        return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
    }

    @Override
    public String toString() {
        return "http://" + (login == null ? "" : "***@") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
