package dev.paddock.gcp;

import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.auth.Credentials;
import com.google.auth.http.HttpTransportFactory;
import com.google.auth.oauth2.GoogleCredentials;
import dev.paddock.gcp.internal.google.Login;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who asks Compute Engine. Inert: nothing is read before the first call, and secrets never appear in {@link #toString}.
 * Thread-safe.
 */
public final class GcpCredentials {
    /** Google's scope for all that Compute Engine does; what is allowed is the account's permissions. */
    private static final String SCOPE = "https://www.googleapis.com/auth/compute";

    private final String what;
    private final @Nullable Source source;

    private GcpCredentials(String what, @Nullable Source source) {
        this.what = what;
        this.source = source;
    }

    /**
     * What Google's tools use: {@code GOOGLE_APPLICATION_CREDENTIALS}, the login of {@code gcloud}, or the account of
     * the VM this runs on. The environment is read at the first call.
     *
     * @return the credentials
     */
    public static GcpCredentials applicationDefault() {
        return new GcpCredentials("application default", GoogleCredentials::getApplicationDefault);
    }

    /**
     * A service account's key, as a JSON file.
     *
     * @param file the file; read at the first call
     * @return the credentials
     */
    public static GcpCredentials keyFile(Path file) {
        Objects.requireNonNull(file, "file");
        return new GcpCredentials("key file " + file, transport -> {
            try (InputStream in = Files.newInputStream(file)) {
                return GoogleCredentials.fromStream(in, transport);
            }
        });
    }

    /**
     * Credentials that the host made: impersonated, of a workload identity.
     *
     * @param credentials the credentials
     * @return the same
     */
    public static GcpCredentials of(Credentials credentials) {
        Objects.requireNonNull(credentials, "credentials");
        return new GcpCredentials(credentials.getClass().getSimpleName(), transport -> credentials);
    }

    /**
     * Nobody: for a simulator.
     *
     * @return no credentials
     */
    public static GcpCredentials none() {
        return new GcpCredentials("none", null);
    }

    boolean isNone() {
        return source == null;
    }

    /** Reads them, at each call anew: a file may have been mended. May block. */
    Login login() {
        return new Login() {
            @Override
            public @Nullable Credentials load(java.net.@Nullable Proxy proxy) throws IOException {
                if (source == null) {
                    return null;
                }
                HttpTransportFactory transports =
                        () -> new NetHttpTransport.Builder().setProxy(proxy).build();
                Credentials loaded = source.load(transports);
                return loaded instanceof GoogleCredentials google && google.createScopedRequired()
                        ? google.createScoped(List.of(SCOPE))
                        : loaded;
            }

            @Override
            public String toString() {
                return what;
            }
        };
    }

    @Override
    public String toString() {
        return "GcpCredentials[" + what + "]";
    }

    private interface Source {
        Credentials load(HttpTransportFactory transports) throws IOException;
    }
}
