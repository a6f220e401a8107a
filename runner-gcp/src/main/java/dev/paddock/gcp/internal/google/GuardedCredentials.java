package dev.paddock.gcp.internal.google;

import com.google.auth.Credentials;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** Credentials whose failures can be told from those of the call: nothing was sent then. */
final class GuardedCredentials extends Credentials {
    private static final long serialVersionUID = 1;

    private final Credentials credentials;

    GuardedCredentials(Credentials credentials) {
        this.credentials = credentials;
    }

    /** The credentials gave no token. */
    static final class NoToken extends IOException {
        private static final long serialVersionUID = 1;

        NoToken(Exception cause) {
            super(cause);
        }
    }

    @Override
    public Map<String, List<String>> getRequestMetadata(URI uri) throws IOException {
        try {
            return credentials.getRequestMetadata(uri);
        } catch (IOException | RuntimeException failure) {
            throw new NoToken(failure);
        }
    }

    @Override
    public void refresh() throws IOException {
        try {
            credentials.refresh();
        } catch (IOException | RuntimeException failure) {
            throw new NoToken(failure);
        }
    }

    @Override
    public String getAuthenticationType() {
        return credentials.getAuthenticationType();
    }

    @Override
    public String getUniverseDomain() throws IOException {
        return credentials.getUniverseDomain();
    }

    @Override
    public boolean hasRequestMetadata() {
        return credentials.hasRequestMetadata();
    }

    @Override
    public boolean hasRequestMetadataOnly() {
        return credentials.hasRequestMetadataOnly();
    }
}
