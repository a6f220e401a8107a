package dev.paddock.gcp.internal.google;

import com.google.auth.Credentials;
import dev.paddock.gcp.ComputeException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Access tokens for those who carry calls themselves. Credentials keep a token until it is about to end. */
public final class Tokens implements Supplier<CompletionStage<String>> {
    private final Login login;
    private final URI endpoint;
    private final Executor executor;
    private final AtomicReference<@Nullable Credentials> loaded = new AtomicReference<>();

    /**
     * Tokens of one account.
     *
     * @param login where its credentials come from
     * @param endpoint for which they are
     * @param executor where to read and refresh, which blocks
     */
    public Tokens(Login login, URI endpoint, Executor executor) {
        this.login = login;
        this.endpoint = endpoint;
        this.executor = executor;
    }

    @Override
    public CompletionStage<String> get() {
        return CompletableFuture.supplyAsync(this::token, executor);
    }

    private String token() {
        try {
            Credentials credentials = loaded.get();
            if (credentials == null) {
                credentials = login.load(null);
                loaded.set(credentials);
            }
            if (credentials == null) {
                throw new IOException("there are none");
            }
            Map<String, List<String>> headers = credentials.getRequestMetadata(endpoint);
            return Optional.ofNullable(headers.get("Authorization")).stream()
                    .flatMap(List::stream)
                    .map(value -> value.substring(value.indexOf(' ') + 1))
                    .findFirst()
                    .orElseThrow(() -> new IOException("they give no token"));
        } catch (IOException failure) {
            throw new ComputeException(LoginFailures.fault("ask Compute Engine", login, failure), null);
        }
    }
}
