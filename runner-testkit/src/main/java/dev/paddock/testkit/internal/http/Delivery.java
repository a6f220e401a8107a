package dev.paddock.testkit.internal.http;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow.Subscription;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Hands a reply to the body handler of whoever asked, at once or piece by piece. */
final class Delivery {
    private final BodySubscriber<?> subscriber;

    private Delivery(BodySubscriber<?> subscriber) {
        this.subscriber = subscriber;
    }

    static <T> void complete(
            CompletableFuture<HttpResponse<T>> future, HttpRequest request, BodyHandler<T> handler, WireReply reply) {
        Delivery delivery = begin(future, request, handler, reply);
        byte[] body = reply.bytes();
        if (body.length > 0) {
            delivery.next(body);
        }
        delivery.end();
    }

    /** The status and the headers arrive; the future completes with the end of the body. */
    static <T> Delivery begin(
            CompletableFuture<HttpResponse<T>> future, HttpRequest request, BodyHandler<T> handler, WireReply reply) {
        var headers = headers(reply, reply.bytes().length);
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
                // pieces come as they come
            }

            @Override
            public void cancel() {
                future.cancel(false);
            }
        });
        return new Delivery(subscriber);
    }

    void next(byte[] piece) {
        subscriber.onNext(List.of(ByteBuffer.wrap(piece).asReadOnlyBuffer()));
    }

    void end() {
        subscriber.onComplete();
    }

    void cut(IOException failure) {
        subscriber.onError(failure);
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
