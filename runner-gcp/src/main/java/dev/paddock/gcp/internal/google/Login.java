package dev.paddock.gcp.internal.google;

import com.google.auth.Credentials;
import java.io.IOException;
import java.net.Proxy;
import org.jspecify.annotations.Nullable;

/** Where credentials come from. Its {@code toString} says so without secrets. */
@FunctionalInterface
public interface Login {
    /**
     * Reads them. May block.
     *
     * @param proxy for their own calls; null for what the JVM's properties say
     * @return the credentials; null for none
     * @throws IOException if they cannot be read
     */
    @Nullable
    Credentials load(@Nullable Proxy proxy) throws IOException;
}
