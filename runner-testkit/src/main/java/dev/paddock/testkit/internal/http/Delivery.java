package dev.paddock.testkit.internal.http;

import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow.Subscription;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Hands a reply to the body handler of whoever asked. */
final class Delivery {
    private Delivery() {}

    static <T> void complete(
            CompletableFuture<HttpResponse<T>> future, HttpRequest request, BodyHandler<T> handler, WireReply reply) {
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        var headers = headers(reply, body.length);
        BodySubscriber<T> subscriber = handler.apply(new Info(reply.status(), headers));
        subscriber.getBody().whenComplete((value, failure) -> {
            if (failure != null) {
                future.completeExceptionally(failure);
            } else {
                future.complete(new Response<>(reply.status(), request, headers, value));
            }
        });
        subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                // everything is sent at once
            }

            @Override
            public void cancel() {
                future.cancel(false);
            }
        });
        if (body.length > 0) {
            subscriber.onNext(List.of(ByteBuffer.wrap(body).asReadOnlyBuffer()));
        }
        subscriber.onComplete();
    }

    private static HttpHeaders headers(WireReply reply, int length) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        reply.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        if (reply.status() != 204) {
            headers.putIfAbsent("Content-Length", List.of(Integer.toString(length)));
        }
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    private record Info(int statusCode, HttpHeaders headers) implements ResponseInfo {
        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    private record Response<T>(
            int statusCode,
            HttpRequest request,
            HttpHeaders headers,
            @Nullable T value) implements HttpResponse<T> {
        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        @SuppressWarnings("NullAway") // a handler may answer null, as discarding() does
        public T body() {
            return value;
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
}
