package dev.paddock.testkit.internal.http;

import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.VirtualTime;
import java.io.IOException;
import java.net.Authenticator;
import java.net.ConnectException;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpTimeoutException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP client without a socket: requests reach a service through virtual time, each with a latency drawn from the
 * seed. What was sent takes effect though its host crashes; the answer reaches only the life of the host that asked.
 */
public final class SimulatedHttpClient extends HttpClient {
    private final VirtualTime time;
    private final VirtualTime.Host host;
    private final String authority;
    private final Duration latency;
    private final WireService service;

    public SimulatedHttpClient(
            VirtualTime time, VirtualTime.Host host, String authority, Duration latency, WireService service) {
        this.time = time;
        this.host = host;
        this.authority = authority;
        this.latency = latency;
        this.service = service;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        Objects.requireNonNull(handler, "handler");
        var flight = new Flight<>(request, handler);
        if (!authority.equals(request.uri().getAuthority())) {
            flight.refuse(
                    new ConnectException("nothing listens at " + request.uri().getAuthority()));
        } else {
            flight.depart();
        }
        return flight.future;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> ignored) {
        return sendAsync(request, handler);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
        throw new UnsupportedOperationException("virtual time cannot wait for an answer: use sendAsync");
    }

    private static WireRequest onTheWire(HttpRequest request) {
        var headers = new TreeMap<String, String>();
        request.headers()
                .map()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
        headers.putIfAbsent("user-agent", "Java-http-client/simulated");
        headers.put("host", request.uri().getAuthority());
        String body = request.bodyPublisher().map(BodyText::of).orElse("");
        URI uri = request.uri();
        return new WireRequest(
                request.method(),
                Objects.requireNonNullElse(uri.getRawPath(), "/"),
                Objects.requireNonNullElse(uri.getRawQuery(), ""),
                headers,
                body);
    }

    /** One request on its way there and back. */
    private final class Flight<T> implements WireExchange {
        private final HttpRequest request;
        private final BodyHandler<T> handler;
        private final CancellableFuture<HttpResponse<T>> future = new CancellableFuture<>(this::hangUp);
        private final Runnable land = host.whileAlive(this::land);
        private final Deque<Runnable> landings = new ArrayDeque<>();
        private Duration back = Duration.ZERO;
        private Cancellable deadline = () -> {};
        private @Nullable Runnable whenGone;
        private boolean answered;
        private boolean gone;

        Flight(HttpRequest request, BodyHandler<T> handler) {
            this.request = request;
            this.handler = handler;
        }

        void depart() {
            long whole = Math.round(latency.toNanos() * (0.5 + time.random().nextDouble()));
            long there = Math.round(whole * time.random().nextDouble());
            back = Duration.ofNanos(whole - there);
            WireRequest sent = onTheWire(request);
            request.timeout().ifPresent(limit -> deadline = host.schedule(limit, this::expire));
            time.network().schedule(Duration.ofNanos(there), () -> arrive(sent));
        }

        void refuse(IOException failure) {
            answered = true;
            back = latency;
            deliver(() -> fail(failure));
        }

        private void arrive(WireRequest sent) {
            // A reading request whose client left is never looked at; any other takes effect.
            if (!gone || !sent.method().equals("GET")) {
                service.handle(sent, this);
            }
        }

        private void expire() {
            hangUp();
            future.completeExceptionally(new HttpTimeoutException("request timed out"));
        }

        private void hangUp() {
            if (gone) {
                return;
            }
            gone = true;
            deadline.cancel();
            time.network().schedule(back, () -> {
                if (!answered && whenGone != null) {
                    whenGone.run();
                }
            });
        }

        @Override
        public void reply(WireReply reply) {
            if (!answered) {
                answered = true;
                deliver(() -> Delivery.complete(future, request, handler, reply));
            }
        }

        @Override
        public WireBody begin(WireReply reply) {
            if (answered) {
                return new Pieces();
            }
            answered = true;
            var pieces = new Pieces();
            deliver(() -> pieces.delivery = Delivery.begin(future, request, handler, reply));
            return pieces;
        }

        @Override
        public void drop() {
            if (!answered) {
                answered = true;
                deliver(() -> fail(new IOException("HTTP/1.1 header parser received no bytes")));
            }
        }

        @Override
        public void onGone(Runnable task) {
            whenGone = task;
            if (gone) {
                time.network().schedule(Duration.ZERO, task);
            }
        }

        private void deliver(Runnable arrival) {
            landings.add(arrival);
            time.network().schedule(back, land);
        }

        /** What was sent arrives in the order sent; a crash of the host loses all of it. */
        private void land() {
            Runnable landing = landings.poll();
            if (!gone && landing != null) {
                deadline.cancel();
                landing.run();
            }
        }

        /** The pieces of a body; those of a reply that was not the first go nowhere. */
        private final class Pieces implements WireBody {
            private @Nullable Delivery delivery;

            @Override
            public void write(byte[] piece) {
                onward(to -> to.next(piece));
            }

            @Override
            public void end() {
                onward(Delivery::end);
            }

            @Override
            public void cut() {
                onward(to -> to.cut(new IOException("fixed content-length not reached: the connection was reset")));
            }

            private void onward(Consumer<Delivery> step) {
                deliver(() -> {
                    if (delivery != null) {
                        step.accept(delivery);
                    }
                });
            }
        }

        private void fail(IOException failure) {
            future.completeExceptionally(failure);
        }
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
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException none) {
            throw new IllegalStateException(none);
        }
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
        return Optional.of(host.effects());
    }
}
