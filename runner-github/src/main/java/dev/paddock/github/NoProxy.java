package dev.paddock.github;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses are reached without the proxy: one entry of a list that most programs know as {@code no_proxy}. Reads
 * no more than the text: no name is looked up.
 */
final class NoProxy {
    private final String text;
    private final String host;
    private final int port;
    private final boolean onlyBelow;
    private final @Nullable InetAddress network;
    private final int bits;

    private NoProxy(String text, String host, int port, boolean onlyBelow, @Nullable InetAddress network, int bits) {
        this.text = text;
        this.host = host;
        this.port = port;
        this.onlyBelow = onlyBelow;
        this.network = network;
        this.bits = bits;
    }

    /** Reads an entry, or throws an {@link IllegalArgumentException} that names it. */
    static NoProxy parse(String entry) {
        String text = Objects.requireNonNull(entry, "noProxy").trim().toLowerCase(Locale.ROOT);
        if (text.equals("*")) {
            return new NoProxy(text, "", 0, true, null, 0);
        }
        int slash = text.indexOf('/');
        if (slash >= 0) {
            InetAddress network = literal(text.substring(0, slash));
            String bits = text.substring(slash + 1);
            if (network == null
                    || !bits.matches("\\d{1,3}")
                    || Integer.parseInt(bits) > 8 * network.getAddress().length) {
                throw wrong(entry);
            }
            return new NoProxy(text, "", 0, false, network, Integer.parseInt(bits));
        }
        InetAddress whole = literal(text);
        if (whole != null) {
            return new NoProxy(text, "", 0, false, whole, 8 * whole.getAddress().length);
        }
        return withPort(entry, text);
    }

    private static NoProxy withPort(String entry, String text) {
        int colon = text.lastIndexOf(':');
        int port = colon < 0 ? 0 : port(text.substring(colon + 1));
        String place = colon < 0 ? text : text.substring(0, colon);
        if (port < 0) {
            throw wrong(entry);
        }
        InetAddress address = literal(place);
        if (address != null) {
            return new NoProxy(text, "", port, false, address, 8 * address.getAddress().length);
        }
        boolean below = place.startsWith(".") || place.startsWith("*.");
        String host = withoutDot(below ? place.substring(place.indexOf('.') + 1) : place);
        if (!host.matches("[a-z0-9_-]+(\\.[a-z0-9_-]+)*")) {
            throw wrong(entry);
        }
        return new NoProxy(text, host, port, below, null, 0);
    }

    private static int port(String text) {
        int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
        return port >= 1 && port <= 65_535 ? port : -1;
    }

    private static IllegalArgumentException wrong(String entry) {
        return new IllegalArgumentException("noProxy must be a host, a .suffix, *, an IP address, a range such as"
                + " 10.0.0.0/8, or host:port: \"" + entry + "\"");
    }

    /** Whether an address is this host itself, which no proxy can reach. */
    static boolean isLoopback(URI url) {
        String host = host(url);
        InetAddress address = literal(host);
        return host.equals("localhost") || (address != null && address.isLoopbackAddress());
    }

    boolean matches(URI url) {
        if (port != 0 && port != port(url)) {
            return false;
        }
        String other = host(url);
        if (network != null) {
            InetAddress address = literal(other);
            return address != null && isWithin(address.getAddress(), network.getAddress(), bits);
        }
        return host.isEmpty() || other.endsWith("." + host) || (!onlyBelow && other.equals(host));
    }

    static boolean anyMatches(List<NoProxy> entries, URI url) {
        return entries.stream().anyMatch(entry -> entry.matches(url));
    }

    private static boolean isWithin(byte[] address, byte[] network, int bits) {
        if (address.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((address[bit / 8] & mask) != (network[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    private static int port(URI url) {
        return url.getPort() >= 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }

    private static String host(URI url) {
        return withoutDot(Objects.requireNonNullElse(url.getHost(), "").toLowerCase(Locale.ROOT));
    }

    private static String withoutDot(String host) {
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /** An address written in numbers; null for names, which Java would look up. */
    private static @Nullable InetAddress literal(String text) {
        boolean inBrackets = text.startsWith("[") && text.endsWith("]");
        String bare = inBrackets ? text.substring(1, text.length() - 1) : text;
        boolean four =
                bare.matches("(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
        boolean six = bare.matches("[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*");
        if (!(four && !inBrackets) && !six) {
            return null;
        }
        try {
            return InetAddress.getByName(six ? "[" + bare + "]" : bare);
        } catch (UnknownHostException malformed) {
            return null;
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
