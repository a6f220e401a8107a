package dev.paddock.gcp;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Who asks Compute Engine. Inert: nothing is read before the first call, and secrets never appear in {@link #toString}.
 * Thread-safe.
 */
public final class GcpCredentials {
    /** Google's scope for all that Compute Engine does; what is allowed is the account's permissions. */
    private static final String SCOPE = "https://www.googleapis.com/auth/compute";

    private final String what;
    private final Source source;

    private GcpCredentials(String what, Source source) {
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
        return new GcpCredentials("key file " + file, () -> {
            try (InputStream in = Files.newInputStream(file)) {
                return GoogleCredentials.fromStream(in);
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
        return new GcpCredentials(credentials.getClass().getSimpleName(), () -> credentials);
    }

    /** Reads them. May block. */
    Credentials load() throws IOException {
        Credentials loaded = source.load();
        if (loaded instanceof GoogleCredentials google && google.createScopedRequired()) {
            return google.createScoped(List.of(SCOPE));
        }
        return loaded;
    }

    @Override
    public String toString() {
        return "GcpCredentials[" + what + "]";
    }

    private interface Source {
        Credentials load() throws IOException;
    }
}
