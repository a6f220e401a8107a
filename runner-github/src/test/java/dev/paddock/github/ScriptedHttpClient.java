package dev.paddock.github;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** Answers requests from a script, without a socket, and records them. */
final class ScriptedHttpClient extends HttpClient {
    /** A request as the service would see it. */
    record Sent(String method, URI url, Map<String, String> headers, String body) {
        String authorization() {
            return headers.getOrDefault("Authorization", "");
        }

        String line() {
            return method + " " + url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
        }
    }

    /** What to answer; or how to fail; or never to answer, or never to end the answer. */
    record Answer(
            int status,
            Map<String, List<String>> headers,
            byte[] body,
            Throwable failure,
            Duration delay,
            boolean hangs) {
        static Answer of(int status, String body) {
            return new Answer(
                    status,
                    Map.of("Content-Type", List.of("application/json; charset=utf-8")),
                    body.getBytes(StandardCharsets.UTF_8),
                    null,
                    Duration.ZERO,
                    false);
        }

        static Answer failing(Throwable failure) {
            return new Answer(0, Map.of(), new byte[0], failure, Duration.ZERO, false);
        }

        Answer with(String header, String value) {
            var all = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
            all.putAll(headers);
            all.put(header, List.of(value));
            return new Answer(status, all, body, failure, delay, hangs);
        }

        Answer after(Duration latency) {
            return new Answer(status, headers, body, failure, latency, hangs);
        }

        Answer hanging() {
            return new Answer(status, headers, body, failure, delay, true);
        }
    }

    private final ManualTime time;
    private final Function<Sent, Answer> script;
    private final List<Sent> sent = new ArrayList<>();
    private int cancelled;

    ScriptedHttpClient(ManualTime time, Function<Sent, Answer> script) {
        this.time = time;
        this.script = script;
    }

    List<Sent> sent() {
        return sent;
    }

    List<String> lines() {
        return sent.stream().map(Sent::line).toList();
    }

    long count(String line) {
        return lines().stream().filter(each -> each.startsWith(line)).count();
    }

    /** How many exchanges were cancelled before they ended. */
    int cancelled() {
        return cancelled;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        request.headers().map().forEach((name, values) -> headers.put(name, values.get(0)));
        var seen = new Sent(request.method(), request.uri(), headers, body(request));
        sent.add(seen);
        Answer answer = script.apply(seen);
        var exchange = new CompletableFuture<HttpResponse<T>>();
        exchange.whenComplete((response, failure) -> cancelled += exchange.isCancelled() ? 1 : 0);
        time.schedule(answer.delay(), () -> answer(request, answer, handler, exchange));
        return exchange;
    }

    private static <T> void answer(
            HttpRequest request,
            Answer answer,
            HttpResponse.BodyHandler<T> handler,
            CompletableFuture<HttpResponse<T>> exchange) {
        if (answer.failure() != null) {
            exchange.completeExceptionally(answer.failure());
            return;
        }
        var headers = HttpHeaders.of(answer.headers(), (name, value) -> true);
        var response = new Response<T>(request, answer.status(), headers);
        HttpResponse.BodySubscriber<T> subscriber = handler.apply(response);
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        if (answer.body().length > 0) {
            subscriber.onNext(List.of(ByteBuffer.wrap(answer.body())));
        }
        if (!answer.hangs()) {
            subscriber.onComplete();
        }
        subscriber.getBody().whenComplete((body, failure) -> {
            if (failure != null) {
                exchange.completeExceptionally(failure);
            } else {
                exchange.complete(response.with(body));
            }
        });
    }

    private static String body(HttpRequest request) {
        var text = new StringBuilder();
        request.bodyPublisher()
                .ifPresent(publisher -> publisher.subscribe(new Flow.Subscriber<>() {
                    @Override
                    public void onSubscribe(Flow.Subscription subscription) {
                        subscription.request(Long.MAX_VALUE);
                    }

                    @Override
                    public void onNext(ByteBuffer buffer) {
                        text.append(StandardCharsets.UTF_8.decode(buffer));
                    }

                    @Override
                    public void onError(Throwable failure) {
                        throw new AssertionError(failure);
                    }

                    @Override
                    public void onComplete() {}
                }));
        return text.toString();
    }

    private record Response<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body)
            implements HttpResponse<T>, HttpResponse.ResponseInfo {
        Response(HttpRequest request, int statusCode, HttpHeaders headers) {
            this(request, statusCode, headers, null);
        }

        Response<T> with(T content) {
            return new Response<>(request, statusCode, headers, content);
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws IOException {
        throw new IOException("only sendAsync is used");
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, HttpResponse.BodyHandler<T> handler, HttpResponse.PushPromiseHandler<T> push) {
        return CompletableFuture.failedFuture(new IOException("only the plain sendAsync is used"));
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return Optional.empty();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.empty();
    }

    @Override
    public SSLContext sslContext() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SSLParameters sslParameters() {
        return new SSLParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return Version.HTTP_1_1;
    }

    @Override
    public Optional<Executor> executor() {
        return Optional.empty();
    }
}
