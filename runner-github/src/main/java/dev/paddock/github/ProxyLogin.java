package dev.paddock.github;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A client that logs in at its proxy with every request. An {@link Authenticator} would do so only when asked, and turn
 * a 401 without challenge into a broken connection. Java keeps the header from servers: it goes to the proxy alone.
 */
final class ProxyLogin extends HttpClient {
    private final HttpClient client;
    private final ProxyRoutes routes;

    ProxyLogin(HttpClient client, ProxyRoutes routes) {
        this.client = client;
        this.routes = routes;
    }

    private HttpRequest withLogin(HttpRequest request) {
        return routes.login(request.uri())
                .map(login -> HttpRequest.newBuilder(request, (name, value) -> true)
                        .setHeader("Proxy-Authorization", login)
                        .build())
                .orElse(request);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> exchange = sendAsync(request, handler);
        try {
            return exchange.get();
        } catch (InterruptedException stop) {
            exchange.cancel(true);
            throw stop;
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof IOException known ? known : new IOException(failure.getCause());
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        return client.sendAsync(withLogin(request), handler);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, HttpResponse.BodyHandler<T> handler, HttpResponse.PushPromiseHandler<T> push) {
        return client.sendAsync(withLogin(request), handler, push);
    }

    @Override
    public WebSocket.Builder newWebSocketBuilder() {
        return client.newWebSocketBuilder();
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return client.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return client.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return client.followRedirects();
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return client.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return client.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return client.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return client.authenticator();
    }

    @Override
    public Version version() {
        return client.version();
    }

    @Override
    public Optional<Executor> executor() {
        return client.executor();
    }

    // ---- what Java 21 added to a client, so that it can be ended; overrides there, unused before -----------------

    /** Ends the client once its requests have ended. */
    public void shutdown() {
        end("shutdown");
    }

    /** Ends the client and its requests. */
    public void shutdownNow() {
        end("shutdownNow");
    }

    /** Whether the client has ended. */
    public boolean isTerminated() {
        try {
            return Boolean.TRUE.equals(call("isTerminated", MethodType.methodType(boolean.class)));
        } catch (InterruptedException neverThrown) {
            throw new IllegalStateException(neverThrown);
        }
    }

    /** Waits for the end. */
    public boolean awaitTermination(Duration duration) throws InterruptedException {
        return Boolean.TRUE.equals(
                call("awaitTermination", MethodType.methodType(boolean.class, Duration.class), duration));
    }

    private void end(String method) {
        try {
            call(method, MethodType.methodType(void.class));
        } catch (InterruptedException neverThrown) {
            throw new IllegalStateException(neverThrown);
        }
    }

    private @Nullable Object call(String method, MethodType type, Object... arguments) throws InterruptedException {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(HttpClient.class, method, type)
                    .bindTo(client)
                    .invokeWithArguments(arguments);
        } catch (RuntimeException | Error | InterruptedException thrown) {
            throw thrown;
        } catch (Throwable before21) {
            throw new UnsupportedOperationException("this Java cannot end an HTTP client", before21);
        }
    }
}
