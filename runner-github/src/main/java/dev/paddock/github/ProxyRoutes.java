package dev.paddock.github;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which requests go through which proxy. Immutable. */
final class ProxyRoutes extends ProxySelector {
    private final @Nullable ProxyAddress plain;
    private final @Nullable ProxyAddress secure;
    private final List<NoProxy> exceptions;

    /**
     * Keeps the proxies.
     *
     * @param plain for http addresses, or none
     * @param secure for https addresses, or none
     */
    ProxyRoutes(@Nullable ProxyAddress plain, @Nullable ProxyAddress secure, List<NoProxy> exceptions) {
        this.plain = plain;
        this.secure = secure;
        this.exceptions = List.copyOf(exceptions);
    }

    @Nullable
    ProxyAddress plain() {
        return plain;
    }

    @Nullable
    ProxyAddress secure() {
        return secure;
    }

    List<NoProxy> exceptions() {
        return exceptions;
    }

    boolean isEmpty() {
        return plain == null && secure == null;
    }

    boolean hasLogin() {
        return Stream.of(Optional.ofNullable(plain), Optional.ofNullable(secure))
                .flatMap(Optional::stream)
                .anyMatch(address -> address.login() != null);
    }

    /** What logs in at the proxy on the way to an address; empty if none is on the way, or it wants no login. */
    Optional<String> login(URI url) {
        return proxy(url).flatMap(address -> Optional.ofNullable(address.login()));
    }

    private Optional<ProxyAddress> proxy(URI url) {
        ProxyAddress address = "https".equalsIgnoreCase(url.getScheme()) ? secure : plain;
        return address == null || NoProxy.isLoopback(url) || NoProxy.anyMatches(exceptions, url)
                ? Optional.empty()
                : Optional.of(address);
    }

    @Override
    public List<Proxy> select(URI url) {
        return List.of(proxy(url).map(ProxyAddress::proxy).orElse(Proxy.NO_PROXY));
    }

    @Override
    public void connectFailed(URI url, SocketAddress address, IOException failure) {
        // The client that failed tells its caller; there is no other proxy to try.
    }

    @Override
    public String toString() {
        String where = plain != null && plain.equals(secure)
                ? "proxy " + plain
                : Stream.of(
                                Optional.ofNullable(plain).map(address -> "proxy for http " + address),
                                Optional.ofNullable(secure).map(address -> "proxy for https " + address))
                        .flatMap(Optional::stream)
                        .reduce((one, other) -> one + ", " + other)
                        .orElse("Java's default proxies");
        return exceptions.isEmpty() ? where : where + ", not for " + exceptions;
    }
}
