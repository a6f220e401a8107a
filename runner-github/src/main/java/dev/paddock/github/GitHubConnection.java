package dev.paddock.github;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How to reach GitHub: through which proxy, and whom to believe about who a server is. One serves every host that is
 * talked to: the REST API, the Actions service, downloads. Immutable and thread-safe; {@code toString} is redacted.
 *
 * <p>Proxies are HTTP proxies. For an http address the request itself goes to the proxy, for an https address a tunnel
 * is asked for with {@code CONNECT}. The proxy looks up the names of servers. The only login is Basic, sent without
 * being asked. Java keeps it back from tunnels, because it crosses the network in the clear: to log in for https
 * addresses, start the program with {@code -Djdk.http.auth.tunneling.disabledSchemes=} (an empty value), or set that
 * system property before the first HTTP client is made. Without it the proxy answers 407, and the {@link
 * GitHubException} says so.
 *
 * <p>Without a proxy here, Java's default selector decides, which goes by the system properties {@code https.proxyHost}
 * and its like. A SOCKS proxy and one reached over TLS are beyond Java's HTTP client.
 */
public final class GitHubConnection {
    private static final Logger LOG = LoggerFactory.getLogger(GitHubConnection.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    static final GitHubConnection PLAIN = builder().build();

    private final ProxyRoutes routes;
    private final List<X509Certificate> authorities;
    private final boolean insecure;
    private final Duration connectTimeout;
    private final @Nullable SSLContext tls;

    private GitHubConnection(
            ProxyRoutes routes, List<X509Certificate> authorities, boolean insecure, Duration connectTimeout) {
        this.routes = routes;
        this.authorities = authorities;
        this.insecure = insecure;
        this.connectTimeout = connectTimeout;
        this.tls = insecure ? Trust.blind() : authorities.isEmpty() ? null : Trust.with(authorities);
    }

    /**
     * Begins a connection without proxy and with Java's certificate authorities.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The proxies that most programs take from the environment: {@code https_proxy} for https addresses, {@code
     * http_proxy} for http addresses, neither for the other; {@code no_proxy} lists the exceptions, separated by commas
     * or blanks, as {@link Builder#noProxy} describes them. A name in lower case goes before the same in upper case;
     * a blank value counts as absent. An exception that cannot be read is left out, with a warning, for other programs
     * may know it. Read once, now. To add to it: {@code GitHubConnection.fromEnvironment().toBuilder()}.
     *
     * @return the connection; without these variables the same as {@code builder().build()}
     * @throws IllegalArgumentException if a proxy's address cannot be used; the message names the variable and repeats
     *     no password
     */
    public static GitHubConnection fromEnvironment() {
        return fromEnvironment(System.getenv());
    }

    static GitHubConnection fromEnvironment(Map<String, String> environment) {
        Builder builder = builder();
        builder.plainProxy = proxy(environment, "http_proxy", "HTTP_PROXY");
        builder.secureProxy = proxy(environment, "https_proxy", "HTTPS_PROXY");
        if (builder.plainProxy != null || builder.secureProxy != null) {
            builder.exceptions = exceptions(environment);
        }
        return builder.build();
    }

    private static @Nullable ProxyAddress proxy(Map<String, String> environment, String... variables) {
        for (String variable : variables) {
            String value = environment.getOrDefault(variable, "");
            if (!value.isBlank()) {
                return ProxyAddress.parse(value, "environment variable " + variable);
            }
        }
        return null;
    }

    private static List<NoProxy> exceptions(Map<String, String> environment) {
        String lower = environment.getOrDefault("no_proxy", "");
        String value = lower.isBlank() ? environment.getOrDefault("NO_PROXY", "") : lower;
        var exceptions = new ArrayList<NoProxy>();
        for (String entry : value.trim().split("[,\\s]+", -1)) {
            try {
                if (!entry.isEmpty()) {
                    exceptions.add(NoProxy.parse(entry));
                }
            } catch (IllegalArgumentException unknown) {
                LOG.warn("an entry of the environment variable no_proxy is left out: {}", unknown.getMessage());
            }
        }
        return exceptions;
    }

    /**
     * A builder that begins with all of this.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        Builder builder = builder();
        builder.plainProxy = routes.plain();
        builder.secureProxy = routes.secure();
        builder.exceptions = routes.exceptions();
        builder.authorities = authorities;
        builder.insecure = insecure;
        builder.connectTimeout = connectTimeout;
        return builder;
    }

    /**
     * Makes an HTTP client that goes this way. It follows no redirects, for it would take tokens along, and has no
     * {@link java.net.Authenticator}. Each has a thread and connections of its own.
     *
     * @param executor what runs its tasks
     * @return the client; the caller's to end, on Java 21 and later with {@code close()}
     */
    public HttpClient newHttpClient(Executor executor) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Objects.requireNonNull(executor, "executor"));
        if (!routes.isEmpty()) {
            builder.proxy(routes);
        }
        if (tls != null) {
            builder.sslContext(tls);
        }
        if (insecure) {
            LOG.warn("TLS IS NOT VERIFIED: whoever is between this host and GitHub can read its tokens and change what"
                    + " it is told; use certificateAuthorities instead of insecureTls");
        }
        return routes.hasLogin() ? new ProxyLogin(builder.build(), routes) : builder.build();
    }

    @Override
    public String toString() {
        return "GitHubConnection[" + routes
                + (authorities.isEmpty() ? "" : ", " + authorities.size() + " more certificate authorities")
                + (insecure ? ", TLS NOT VERIFIED" : "") + ", connect timeout " + connectTimeout + "]";
    }

    /** Describes a connection. Not thread-safe; reusable. */
    public static final class Builder {
        private @Nullable ProxyAddress plainProxy;
        private @Nullable ProxyAddress secureProxy;
        private List<NoProxy> exceptions = List.of();
        private List<X509Certificate> authorities = List.of();
        private boolean insecure;
        private Duration connectTimeout = CONNECT_TIMEOUT;

        private Builder() {}

        /**
         * Sets the proxy, for http and https addresses alike. Addresses of this host are never reached through it.
         *
         * @param proxy {@code http://host:port} or {@code http://user:password@host:port}, other characters than
         *     letters and digits in user and password as {@code %XX}; without a port, port 80; default none. See the
         *     class for what a login takes
         * @return this
         * @throws IllegalArgumentException if the address has another shape; the message repeats no password
         */
        public Builder proxy(String proxy) {
            ProxyAddress address = ProxyAddress.parse(proxy, "proxy");
            plainProxy = address;
            secureProxy = address;
            return this;
        }

        /**
         * As {@link #proxy(String)}.
         *
         * @param proxy the proxy's address
         * @return this
         * @throws IllegalArgumentException if the address has another shape
         */
        public Builder proxy(URI proxy) {
            return proxy(Objects.requireNonNull(proxy, "proxy").toString());
        }

        /**
         * Sets what is reached without the proxy, beside this host itself ({@code localhost} and loopback addresses).
         * Compared with the address as it is written; no name is looked up.
         *
         * @param entries each one of: a host, which also means the names below it; {@code .suffix}, only the names
         *     below it; an IP address; each of these may be followed by {@code :port}; a range such as {@code
         *     10.0.0.0/8}; {@code *}, everything. Default none
         * @return this
         * @throws IllegalArgumentException if an entry has another shape
         */
        public Builder noProxy(String... entries) {
            exceptions = Stream.of(entries).map(NoProxy::parse).toList();
            return this;
        }

        /**
         * Sets certificate authorities to be believed beside those that Java believes: of a GitHub Enterprise Server,
         * or of a proxy that opens TLS. An intermediate authority will do, or a server's own certificate.
         *
         * @param pem the text of one or more certificates, each from {@code -----BEGIN CERTIFICATE-----}; default none
         * @return this
         * @throws IllegalArgumentException if there is no certificate, or a damaged one
         */
        public Builder certificateAuthorities(String pem) {
            authorities =
                    Trust.certificates(Objects.requireNonNull(pem, "certificateAuthorities"), "certificateAuthorities");
            return this;
        }

        /**
         * As {@link #certificateAuthorities(String)}, out of a file, which is read once, now.
         *
         * @param pem the file, of at most 1 MiB
         * @return this
         * @throws IllegalArgumentException if the file cannot be read, holds no certificate, or a damaged one
         */
        public Builder certificateAuthorities(Path pem) {
            try {
                authorities = Trust.certificates(
                        Pem.text(Objects.requireNonNull(pem, "certificateAuthorities")),
                        "certificateAuthorities " + pem);
                return this;
            } catch (IOException unreadable) {
                throw new IllegalArgumentException("certificateAuthorities cannot be read: " + unreadable, unreadable);
            }
        }

        /**
         * Believes every server, whatever certificate it shows and whatever name stands in it. Whoever is in between
         * can then take the tokens. For an experiment, never for more; a warning is logged with each client.
         *
         * @return this
         */
        public Builder insecureTls() {
            insecure = true;
            return this;
        }

        /**
         * Sets how long making a connection may take.
         *
         * @param connectTimeout positive, at most 10 minutes; default 10 seconds
         * @return this
         */
        public Builder connectTimeout(Duration connectTimeout) {
            if (Objects.requireNonNull(connectTimeout, "connectTimeout").isNegative()
                    || connectTimeout.isZero()
                    || connectTimeout.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "connectTimeout must be positive and at most " + LONGEST + ": " + connectTimeout);
            }
            this.connectTimeout = connectTimeout;
            return this;
        }

        /**
         * Makes the connection. Nothing is sent.
         *
         * @return the connection
         * @throws IllegalStateException naming all settings that contradict each other
         */
        public GitHubConnection build() {
            var routes = new ProxyRoutes(plainProxy, secureProxy, exceptions);
            var contradictions = new ArrayList<String>();
            if (routes.isEmpty() && !exceptions.isEmpty()) {
                contradictions.add("noProxy " + exceptions
                        + " makes exceptions from a proxy that is not set: call proxy" + " as well, or leave it out");
            }
            if (insecure && !authorities.isEmpty()) {
                contradictions.add("insecureTls asks no certificate authority, so certificateAuthorities mean nothing:"
                        + " leave one of them out");
            }
            if (!contradictions.isEmpty()) {
                throw new IllegalStateException("a connection to GitHub: " + String.join("; ", contradictions));
            }
            return new GitHubConnection(routes, authorities, insecure, connectTimeout);
        }
    }
}
