package dev.paddock.gcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A server on loopback that answers as it is told, in order, and remembers what it was asked. */
final class ScriptedCompute implements AutoCloseable {
    static {
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** A request; its query is decoded. */
    record Request(String method, String path, Map<String, String> query, Map<String, String> headers, String body) {}

    /** What to do with a request. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService executor = Executors.newCachedThreadPool(task -> {
        var thread = new Thread(task, "scripted-compute");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Request> requests = new ArrayList<>();
    private final Deque<Answer> script = new ArrayDeque<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);

    ScriptedCompute() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    ScriptedCompute then(Answer answer) {
        synchronized (script) {
            script.add(answer);
        }
        return this;
    }

    ScriptedCompute then(int status, String body) {
        return then(answer(status, body));
    }

    static Answer answer(int status, String body, String... headers) {
        return exchange -> {
            exchange.getResponseHeaders()
                    .set("Content-Type", body.startsWith("<") ? "text/html" : "application/json; charset=UTF-8");
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        };
    }

    /** Closes the connection without a word. */
    static Answer lost() {
        return HttpExchange::close;
    }

    /** Says nothing until the server is closed. */
    Answer silence() {
        return exchange -> {
            try {
                if (!released.await(60, TimeUnit.SECONDS)) {
                    throw new IOException("nobody closed the server");
                }
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        };
    }

    List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    void awaitRequest() throws InterruptedException {
        if (!asked.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("no request came");
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
        URI url = exchange.getRequestURI();
        synchronized (requests) {
            requests.add(
                    new Request(exchange.getRequestMethod(), url.getPath(), query(url.getRawQuery()), headers, body));
        }
        asked.countDown();
        Answer answer;
        synchronized (script) {
            answer = script.poll();
        }
        if (answer == null) {
            answer(500, "{\"error\":{\"code\":500,\"message\":\"the script has ended\"}}")
                    .to(exchange);
        } else {
            answer.to(exchange);
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new TreeMap<>();
        if (raw != null) {
            for (String pair : raw.split("&")) {
                int equals = pair.indexOf('=');
                query.put(
                        pair.substring(0, equals),
                        java.net.URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    @Override
    public void close() {
        released.countDown();
        server.stop(0);
        executor.shutdownNow();
    }
}
