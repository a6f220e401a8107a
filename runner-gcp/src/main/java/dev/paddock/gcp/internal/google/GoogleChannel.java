package dev.paddock.gcp.internal.google;

import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.api.gax.core.FixedExecutorProvider;
import com.google.api.gax.core.NoCredentialsProvider;
import com.google.api.gax.rpc.ClientSettings;
import com.google.api.gax.rpc.FixedHeaderProvider;
import com.google.api.gax.rpc.FixedTransportChannelProvider;
import com.google.api.gax.rpc.TransportChannel;
import com.google.auth.Credentials;
import com.google.cloud.compute.v1.InstancesSettings;
import dev.paddock.gcp.internal.Calls;
import dev.paddock.gcp.internal.ComputeApi;
import dev.paddock.gcp.internal.Limits;
import dev.paddock.gcp.internal.WiredCompute;
import dev.paddock.spi.Scheduler;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What all of Google's clients for one project share: connections, threads, credentials. Google's calls block, one
 * thread each. Nothing is loaded before the first call. Thread-safe.
 */
public final class GoogleChannel {
    private static final int IDLE_SECONDS = 30;

    private final String project;
    private final Login login;
    private final @Nullable Proxy proxy;
    private final ScheduledThreadPoolExecutor pool;
    private final URI endpoint;
    private final Lazy<Shared> shared;
    private final GoogleClients clients;

    /** One of each for all clients. */
    record Shared(
            Connections connections,
            TransportChannel channel,
            @Nullable Credentials credentials) {}

    /**
     * A channel.
     *
     * @param project its id
     * @param endpoint without a path
     * @param login who asks
     * @param threads the most calls at once
     * @param proxy for all calls; null for what the JVM's properties say
     */
    public GoogleChannel(String project, URI endpoint, Login login, int threads, @Nullable Proxy proxy) {
        this.project = project;
        this.endpoint = endpoint;
        this.login = login;
        this.proxy = proxy;
        pool = new ScheduledThreadPoolExecutor(threads, daemons(project));
        pool.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        pool.allowCoreThreadTimeOut(true);
        pool.setRemoveOnCancelPolicy(true);
        shared = new Lazy<>(pool, this::open);
        clients = new GoogleClients(this);
    }

    private static ThreadFactory daemons(String project) {
        var count = new AtomicInteger();
        String name = project.replace(':', '-');
        return task -> {
            var thread = new Thread(task, "paddock-" + name + "-gcp-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private Shared open() throws IOException {
        Credentials credentials;
        try {
            credentials = login.load(proxy);
        } catch (IOException | RuntimeException failure) {
            throw new GuardedCredentials.NoToken(failure);
        }
        var connections = new Connections(proxy);
        TransportChannel channel = InstancesSettings.defaultHttpJsonTransportProviderBuilder()
                .setEndpoint(endpoint.toString().replaceAll("/+$", ""))
                .setExecutor(pool)
                .setHttpTransport(connections)
                .setHeaderProvider(FixedHeaderProvider.create("user-agent", "paddock"))
                .build()
                .getTransportChannel();
        return new Shared(connections, channel, credentials == null ? null : new GuardedCredentials(credentials));
    }

    /**
     * Compute Engine for one user of the project.
     *
     * @param scheduler the user's time
     * @param limits how long calls may take
     * @return the calls
     */
    public ComputeApi compute(Scheduler scheduler, Limits limits) {
        return new WiredCompute(project, new GoogleCompute(this, clients, scheduler), new Calls(scheduler, limits));
    }

    String project() {
        return project;
    }

    Login login() {
        return login;
    }

    ScheduledThreadPoolExecutor pool() {
        return pool;
    }

    Lazy<Shared> shared() {
        return shared;
    }

    /** Settings that use what is shared. */
    <B extends ClientSettings.Builder<?, B>> B settings(Shared given, B builder) {
        builder.setTransportChannelProvider(FixedTransportChannelProvider.create(given.channel()));
        builder.setBackgroundExecutorProvider(FixedExecutorProvider.create(pool));
        builder.setCredentialsProvider(
                given.credentials() == null
                        ? NoCredentialsProvider.create()
                        : FixedCredentialsProvider.create(given.credentials()));
        return builder;
    }

    /** Ends the connections and the threads. Does not wait. Idempotent. */
    public void close() {
        pool.shutdownNow();
        Shared opened = shared.now();
        if (opened != null) {
            opened.connections().endAll();
            opened.channel().shutdownNow();
        }
    }
}
