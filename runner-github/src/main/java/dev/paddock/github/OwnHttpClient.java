package dev.paddock.github;

import dev.paddock.spi.Scheduler;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.http.HttpClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP client a listener makes where none was given, and its end. */
final class OwnHttpClient {
    private static final Logger LOG = LoggerFactory.getLogger(OwnHttpClient.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    /** Java 21 brought it; before, a client ends once nobody holds it. */
    private static final @Nullable MethodHandle SHUTDOWN = shutdown();

    private OwnHttpClient() {}

    private static @Nullable MethodHandle shutdown() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(HttpClient.class, "shutdownNow", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException before21) {
            return null;
        }
    }

    static HttpClient open(Scheduler scheduler) {
        return HttpClient.newBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(scheduler.effects())
                .build();
    }

    /** Ends its thread and its connections, without waiting for them. */
    static void end(HttpClient client) {
        if (SHUTDOWN != null) {
            try {
                SHUTDOWN.invokeExact(client);
            } catch (Throwable failure) { // a handle may throw anything
                LOG.warn("the HTTP client could not be ended", failure);
            }
        }
    }
}
