package dev.paddock.gcp;

import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.google.GoogleChannel;
import dev.paddock.gcp.internal.google.Tokens;
import dev.paddock.gcp.internal.http.HttpCompute;
import dev.paddock.spi.Scheduler;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A project of Google Cloud, and the one way in to its Compute Engine: credentials, connections, threads. What several
 * pools or fleets ask of one project goes through one of these: two of the same id share neither promises of quota nor
 * what is known of it. Thread-safe.
 *
 * <p>Nothing is read, loaded or asked before the first call. Threads are daemons, are named
 * {@code paddock-<project>-gcp-n} and end when idle. Who builds it closes it, after what uses it.
 */
public final class GcpProject implements AutoCloseable {
    /** Google's own. */
    public static final URI GOOGLE = URI.create("https://compute.googleapis.com");

    private static final Pattern ID = Pattern.compile("[a-z0-9](?:[a-z0-9.:-]{0,61}[a-z0-9])?");

    private final String id;
    private final URI endpoint;
    private final GcpCredentials credentials;
    private final @Nullable HttpClient httpClient;
    private final @Nullable GoogleChannel google;
    private final Limits limits;
    private final QuotaLedger ledger;
    private final StockMemory stock = new StockMemory();
    private final AtomicReference<Sends.@Nullable Hold> hold = new AtomicReference<>();
    private final ProjectFacts facts = new ProjectFacts();
    private final SharedLists lists = new SharedLists();
    private final AtomicLong users = new AtomicLong();
    private final Set<ComputeApi> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    private GcpProject(Builder builder) {
        id = builder.id;
        endpoint = builder.endpoint;
        credentials = builder.login();
        httpClient = builder.httpClient;
        limits = builder.limits;
        ledger = new QuotaLedger(builder.accelerators, builder.flexStart);
        google = httpClient != null
                ? null
                : new GoogleChannel(id, endpoint, credentials.login(), builder.parallelCalls, builder.proxy());
    }

    /**
     * Begins a project.
     *
     * @param project its id, such as {@code acme-ci}
     * @return a builder
     */
    public static Builder builder(String project) {
        return new Builder(project);
    }

    /**
     * The project's id.
     *
     * @return such as {@code acme-ci}
     */
    public String id() {
        return id;
    }

    /**
     * Compute Engine for one user of the project, who closes it. Of a closed project all calls fail.
     *
     * @param scheduler the user's time
     */
    ComputeApi compute(Scheduler scheduler) {
        ComputeApi compute;
        if (google != null) {
            compute = google.compute(scheduler, limits);
        } else {
            Supplier<CompletionStage<String>> tokens =
                    credentials.isNone() ? null : new Tokens(credentials.login(), endpoint, scheduler.effects());
            compute = HttpCompute.open(id, endpoint, Objects.requireNonNull(httpClient), scheduler, tokens, limits);
        }
        open.add(compute);
        if (closed.get()) {
            end();
        }
        return compute;
    }

    /** Ends one user's calls and connections; completes when they have ended. */
    CompletionStage<Void> close(ComputeApi compute) {
        open.remove(compute);
        return compute.close();
    }

    /** How many users have not closed theirs. */
    int users() {
        return open.size();
    }

    /** Who was promised what of the project's quotas: one for all who make VMs in it. */
    QuotaLedger ledger() {
        return ledger;
    }

    /** Tells who is who of those who use it. */
    long nextNumber() {
        return users.incrementAndGet();
    }

    /** The lists of its VMs: the same for all. */
    SharedLists lists() {
        return lists;
    }

    /** Until when Google asked to be left alone: the same for all. */
    AtomicReference<Sends.@Nullable Hold> hold() {
        return hold;
    }

    /** What was last read of it: the same for all. */
    ProjectFacts facts() {
        return facts;
    }

    /** Which zones had none: the same for all. */
    StockMemory stock() {
        return stock;
    }

    /**
     * Ends the calls under way, the connections and the threads. What was being made may exist: the next start finds it.
     * Does not wait. An {@link HttpClient} that was given is left alone. Idempotent.
     */
    @Override
    public void close() {
        closed.set(true);
        end();
        if (google != null) {
            google.close();
        }
    }

    private void end() {
        open.removeIf(compute -> {
            compute.close();
            return true;
        });
    }

    @Override
    public String toString() {
        return "GcpProject[" + id + " at " + endpoint + ", " + credentials + "]";
    }

    /** What can be chosen about a project. Not thread-safe. */
    public static final class Builder {
        private static final int MOST_CALLS = 1_000;

        private final String id;
        private @Nullable GcpCredentials credentials;
        private URI endpoint = GOOGLE;
        private @Nullable HttpClient httpClient;
        private int parallelCalls = 128;
        private @Nullable InetSocketAddress proxy;
        private Limits limits = Limits.USUAL;
        private AcceleratorQuotas accelerators = AcceleratorQuotas.standard();
        private FlexStartQuota flexStart = FlexStartQuota.LARGER;

        private Builder(String project) {
            id = Objects.requireNonNull(project, "project").strip();
        }

        /**
         * Who asks. By default Google's application default credentials, and nobody at an endpoint on loopback.
         *
         * @param given the credentials
         * @return this
         */
        public Builder credentials(GcpCredentials given) {
            credentials = Objects.requireNonNull(given, "credentials");
            return this;
        }

        /**
         * Where Compute Engine is: a private endpoint, or a simulator.
         *
         * @param url scheme, host and perhaps port; default {@link #GOOGLE}
         * @return this
         */
        public Builder endpoint(URI url) {
            endpoint = Objects.requireNonNull(url, "endpoint");
            return this;
        }

        /**
         * What sends, in place of Google's client: for simulators in their own time. Only {@code sendAsync} is used. It
         * remains the caller's.
         *
         * @param client one that does not follow redirects
         * @return this
         */
        public Builder httpClient(HttpClient client) {
            httpClient = Objects.requireNonNull(client, "httpClient");
            return this;
        }

        /**
         * How many calls may be under way at once, each on a thread of its own; more wait. Default 128, for bursts of
         * 100.
         *
         * @param calls 1 to 1000
         * @return this
         */
        public Builder parallelCalls(int calls) {
            parallelCalls = calls;
            return this;
        }

        /**
         * An HTTP proxy for all calls, those for tokens too. By default what the JVM's properties say.
         *
         * @param address where it listens
         * @return this
         */
        public Builder proxy(InetSocketAddress address) {
            proxy = Objects.requireNonNull(address, "proxy");
            return this;
        }

        /**
         * Which quotas count which accelerators. Default {@link AcceleratorQuotas#standard()}.
         *
         * @param table for types that are newer than this library
         * @return this
         */
        public Builder acceleratorQuotas(AcceleratorQuotas table) {
            accelerators = Objects.requireNonNull(table, "acceleratorQuotas");
            return this;
        }

        /**
         * How flex-start VMs count. Default {@link FlexStartQuota#LARGER}.
         *
         * @param quota which quotas are counted on
         * @return this
         */
        public Builder flexStartQuota(FlexStartQuota quota) {
            flexStart = Objects.requireNonNull(quota, "flexStartQuota");
            return this;
        }

        /** Other deadlines, for tests. */
        Builder limits(Limits given) {
            limits = Objects.requireNonNull(given, "limits");
            return this;
        }

        /**
         * Makes the project. Asks nothing.
         *
         * @return the project; the caller closes it
         * @throws IllegalArgumentException naming all that contradicts itself
         */
        public GcpProject build() {
            List<String> wrong = new ArrayList<>();
            if (!ID.matcher(id).matches()) {
                wrong.add("a project's id has 1 to 63 of a-z, 0-9, '-', '.' and ':', and is not its number or name: '"
                        + id + "'");
            }
            wrongEndpoint(wrong);
            if (parallelCalls < 1 || parallelCalls > MOST_CALLS) {
                wrong.add("parallelCalls must be 1 to " + MOST_CALLS + ": " + parallelCalls);
            }
            HttpClient client = httpClient;
            if (client != null && client.followRedirects() != HttpClient.Redirect.NEVER) {
                wrong.add("an httpClient that follows redirects would carry the token to other hosts: build it with"
                        + " followRedirects(HttpClient.Redirect.NEVER)");
            }
            if (client != null && proxy != null) {
                wrong.add("an httpClient has a proxy of its own: leave out proxy " + proxy);
            }
            if (!wrong.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", wrong));
            }
            return new GcpProject(this);
        }

        private void wrongEndpoint(List<String> wrong) {
            String scheme = String.valueOf(endpoint.getScheme()).toLowerCase(Locale.ROOT);
            String path = endpoint.getRawPath();
            boolean bare = path == null || path.isEmpty() || path.equals("/");
            if (endpoint.getHost() == null
                    || !(scheme.equals("https") || scheme.equals("http"))
                    || !bare
                    || endpoint.getRawQuery() != null
                    || endpoint.getRawUserInfo() != null) {
                wrong.add("an endpoint is http(s)://host[:port]: " + endpoint);
            } else if (scheme.equals("http") && !isLoopback() && !login().isNone()) {
                wrong.add("a token may not travel in the clear: use https, or credentials(GcpCredentials.none()): "
                        + endpoint);
            }
        }

        private boolean isLoopback() {
            String host = endpoint.getHost();
            return host != null
                    && (host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.\\d{1,3}){3}"));
        }

        private GcpCredentials login() {
            if (credentials != null) {
                return credentials;
            }
            return isLoopback() ? GcpCredentials.none() : GcpCredentials.applicationDefault();
        }

        private @Nullable Proxy proxy() {
            return proxy == null ? null : new Proxy(Proxy.Type.HTTP, proxy);
        }
    }
}
