package dev.paddock.testkit.internal.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service on 127.0.0.1 over HTTP/1.1. A request that waits for its answer holds a connection and no thread; answers
 * are written by a small pool.
 */
public final class LoopbackFace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopbackFace.class);
    private static final int THREADS = 8;

    static {
        setUnlessSet("sun.net.httpserver.nodelay", "true");
        // A server that closes idle connections first makes clients lose requests; let the client do it.
        setUnlessSet("sun.net.httpserver.idleInterval", "1800");
        setUnlessSet("sun.net.httpserver.maxIdleConnections", "10000");
    }

    private final String name;
    private final HttpServer server;
    private final String scheme;
    private final ThreadPoolExecutor executor;

    private LoopbackFace(String name, HttpServer server, String scheme) {
        this.name = name;
        this.server = server;
        this.scheme = scheme;
        var count = new AtomicInteger();
        executor = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            var thread = new Thread(task, "paddock-" + name + "-http-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        executor.allowCoreThreadTimeOut(true);
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Binds to 127.0.0.1; port 0 means any free port. Nothing is answered before {@link #serve}.
     *
     * @param tls what the server shows to its clients; null for plain HTTP
     */
    public static LoopbackFace bind(String name, int port, @Nullable SSLContext tls) {
        try {
            var address = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
            if (tls == null) {
                return new LoopbackFace(name, HttpServer.create(address, 0), "http");
            }
            HttpsServer server = HttpsServer.create(address, 0);
            server.setHttpsConfigurator(new HttpsConfigurator(tls));
            return new LoopbackFace(name, server, "https");
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot listen on 127.0.0.1:" + port + ": " + failure.getMessage(), failure);
        }
    }

    public String url() {
        return scheme + "://127.0.0.1:" + server.getAddress().getPort();
    }

    public void serve(WireService service) {
        server.setExecutor(executor);
        server.createContext("/", http -> accept(service, http));
        server.start();
    }

    private void accept(WireService service, HttpExchange http) throws IOException {
        String body = new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var headers = new TreeMap<String, String>();
        http.getRequestHeaders()
                .forEach((key, values) -> headers.put(key.toLowerCase(Locale.ROOT), String.join(", ", values)));
        var uri = http.getRequestURI();
        var request = new WireRequest(
                http.getRequestMethod(),
                uri.getRawPath(),
                Objects.requireNonNullElse(uri.getRawQuery(), ""),
                headers,
                body);
        var answer = new Answer(http);
        try {
            service.handle(request, answer);
        } catch (RuntimeException failure) {
            LOG.error("{}: {} {} failed", name, request.method(), request.path(), failure);
            answer.reply(new WireReply(500, Map.of("Content-Type", "text/plain"), "the simulator failed: " + failure));
        }
    }

    private void run(HttpExchange http, Runnable write) {
        try {
            executor.execute(write);
        } catch (RejectedExecutionException closed) {
            http.close();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private final class Answer implements WireExchange {
        private final HttpExchange http;
        private final AtomicBoolean answered = new AtomicBoolean();

        Answer(HttpExchange http) {
            this.http = http;
        }

        @Override
        public void reply(WireReply reply) {
            if (answered.compareAndSet(false, true)) {
                run(http, () -> write(reply));
            }
        }

        private void write(WireReply reply) {
            try {
                byte[] body = head(reply);
                if (body.length > 0) {
                    http.getResponseBody().write(body);
                }
            } catch (IOException gone) {
                LOG.debug("{}: the client of {} went away", name, http.getRequestURI());
            } finally {
                http.close();
            }
        }

        private byte[] head(WireReply reply) throws IOException {
            reply.headers().forEach(http.getResponseHeaders()::set);
            byte[] body = reply.bytes();
            http.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
            return body;
        }

        @Override
        public WireBody begin(WireReply reply) {
            var pieces = new Pieces(http, answered.compareAndSet(false, true));
            pieces.then(() -> head(reply));
            return pieces;
        }

        @Override
        public void drop() {
            if (answered.compareAndSet(false, true)) {
                run(http, http::close);
            }
        }

        @Override
        public void onGone(Runnable task) {
            // The server notices a client that left only when it writes.
        }
    }

    /** Writes the steps of a reply one after the other, whichever threads they come to; a second reply goes nowhere. */
    private final class Pieces implements WireBody {
        private final HttpExchange http;
        private final boolean first;
        private final Queue<Step> steps = new ArrayDeque<>();
        private boolean writing;

        Pieces(HttpExchange http, boolean first) {
            this.http = http;
            this.first = first;
        }

        @Override
        public void write(byte[] piece) {
            then(() -> {
                http.getResponseBody().write(piece);
                http.getResponseBody().flush();
            });
        }

        @Override
        public void end() {
            then(http::close);
        }

        @Override
        public void cut() {
            then(http::close); // which breaks the connection where the body is not whole
        }

        void then(Step step) {
            synchronized (steps) {
                steps.add(step);
                if (writing || !first) {
                    return;
                }
                writing = true;
            }
            LoopbackFace.this.run(http, this::drain);
        }

        private void drain() {
            for (Step step = next(); step != null; step = next()) {
                try {
                    step.run();
                } catch (IOException gone) {
                    LOG.debug("{}: the client of {} went away", name, http.getRequestURI());
                    http.close();
                }
            }
        }

        private @Nullable Step next() {
            synchronized (steps) {
                Step step = steps.poll();
                writing = step != null;
                return step;
            }
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }
}
