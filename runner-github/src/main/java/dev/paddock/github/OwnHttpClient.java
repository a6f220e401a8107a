package dev.paddock.github;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.http.HttpClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of the HTTP client that a listener made because none was given. */
final class OwnHttpClient {
    private static final Logger LOG = LoggerFactory.getLogger(OwnHttpClient.class);
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
