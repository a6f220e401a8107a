package dev.paddock.github;

import dev.paddock.spi.Cancellable;
import dev.paddock.spi.Scheduler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request and reads the whole reply, within a deadline that also ends a reply that stops half-way. Cancelling
 * the future closes the connection. Completes on the scheduler's effects.
 */
final class HttpCalls {
    /** A request. Its {@code toString} keeps the secrets out. A blank authorization is not sent. */
    record Call(
            Route route,
            String method,
            URI url,
            String authorization,
            @Nullable String body,
            Map<String, String> headers) {
        HttpRequest request() {
            var builder = HttpRequest.newBuilder(url)
                    .version(HttpClient.Version.HTTP_1_1)
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
            if (!authorization.isBlank()) {
                builder.header("Authorization", authorization);
            }
            headers.forEach(builder::header);
            return builder.build();
        }

        /** The credential alone, to be scrubbed from what comes back. */
        String secret() {
            return authorization.substring(authorization.indexOf(' ') + 1);
        }

        @Override
        public String toString() {
            return method + " " + Urls.shown(url);
        }
    }

    /** A whole reply; its text is without byte order mark. */
    record Reply(Call call, int status, HttpHeaders headers, String text) {
        /** A header, or empty. */
        String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        @Override
        public String toString() {
            return call + " -> " + status;
        }
    }

    private final HttpClient client;
    private final Scheduler scheduler;
    private final Failures failures;
    private final CallMeter meter = new CallMeter();

    HttpCalls(HttpClient client, Scheduler scheduler, Failures failures) {
        this.client = client;
        this.scheduler = scheduler;
        this.failures = failures;
    }

    /** Java's client takes the Authorization header along to wherever it is redirected. */
    static HttpClient checked(HttpClient client) {
        if (Objects.requireNonNull(client, "httpClient").followRedirects() != HttpClient.Redirect.NEVER) {
            throw new IllegalArgumentException("an httpClient that follows redirects would carry the token to other"
                    + " hosts: build it with followRedirects(HttpClient.Redirect.NEVER)");
        }
        return client;
    }

    CallMeter meter() {
        return meter;
    }

    CompletableFuture<Reply> send(Call call, Duration deadline) {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                exchange(call, info -> new CappedBody(CappedBody.LIMIT), deadline);
        var result = new CompletableFuture<Reply>();
        Stages.onEnd(exchange, (response, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                result.complete(new Reply(call, response.statusCode(), response.headers(), text(response.body())));
            }
        });
        Stages.onEnd(result, (reply, failure) -> exchange.cancel(true));
        return result;
    }

    /** The same for a reply that is read while it comes, by a reader of the caller's. */
    <T> CompletableFuture<HttpResponse<T>> exchange(Call call, HttpResponse.BodyHandler<T> reader, Duration deadline) {
        CompletableFuture<HttpResponse<T>> exchange;
        try {
            exchange = client.sendAsync(call.request(), reader);
        } catch (Throwable refused) {
            meter.failed(call.route());
            return CompletableFuture.failedFuture(failures.refused(call, refused));
        }
        var result = new CompletableFuture<HttpResponse<T>>();
        Cancellable timer = scheduler.schedule(
                deadline,
                () -> scheduler
                        .effects()
                        .execute(() -> result.completeExceptionally(failures.timeout(call, deadline))));
        Stages.onEnd(exchange, scheduler.effects(), (response, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failures.broken(call, failure));
            } else {
                result.complete(response);
            }
        });
        Stages.onEnd(result, (reply, failure) -> {
            timer.cancel();
            exchange.cancel(true);
            if (reply == null) {
                meter.failed(call.route());
            } else {
                meter.answered(call.route(), reply.statusCode(), reply.headers());
            }
        });
        return result;
    }

    /** UTF-8, one leading byte order mark dropped. Java gives null where a proxy refused to make a tunnel. */
    static String text(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "";
        }
        boolean marked =
                bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
        int from = marked ? 3 : 0;
        return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    }
}
