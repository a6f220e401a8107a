package dev.paddock.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Health, metrics and status of a {@link ScalerFleet}, for this host alone. */
final class ScalerHttp implements AutoCloseable {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    /** Answers are not held back, and who sends or reads nothing for so many seconds is left. */
    private static final Map<String, String> SERVER = Map.of(
            "sun.net.httpserver.nodelay", "true",
            "sun.net.httpserver.maxReqTime", "10",
            "sun.net.httpserver.maxRspTime", "10");

    private final HttpServer server;
    private final ExecutorService threads;

    private ScalerHttp(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    private record Page(int status, String type, String text) {}

    private interface Pages {
        Page page();
    }

    /** Listens on 127.0.0.1; port 0 is any free one. */
    static ScalerHttp start(int port, ScalerFleet fleet) {
        SERVER.forEach((property, value) -> {
            if (System.getProperty(property) == null) {
                System.setProperty(property, value);
            }
        });
        HttpServer server;
        try {
            server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 0);
        } catch (IOException taken) {
            throw new IllegalStateException(
                    ScalerSetting.HTTP_PORT.flag() + " " + port + " of 127.0.0.1 cannot be listened on: " + taken,
                    taken);
        }
        // A reader that is slow, or never reads, is not to hold up the next one for long.
        ExecutorService threads = Executors.newFixedThreadPool(4, task -> {
            var thread = new Thread(task, "gcp-scaler-http");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        serve(server, "/healthz", () -> health(fleet));
        serve(
                server,
                "/metrics",
                () -> new Page(200, PROMETHEUS, fleet.coordinator().metrics().toPrometheus()));
        serve(
                server,
                "/status",
                () -> new Page(
                        200, "application/json", fleet.coordinator().snapshot().toJson()));
        server.start();
        return new ScalerHttp(server, threads);
    }

    private static Page health(ScalerFleet fleet) {
        var troubles = fleet.troubles();
        String well = fleet.isDraining() ? "draining\n" : "ok\n";
        return troubles.isEmpty() ? new Page(200, TEXT, well) : new Page(503, TEXT, String.join("\n", troubles) + "\n");
    }

    private static void serve(HttpServer server, String path, Pages pages) {
        server.createContext(path, exchange -> {
            try (exchange) {
                if (!exchange.getRequestURI().getPath().equals(path)) {
                    answer(exchange, new Page(404, TEXT, "there are /healthz, /metrics and /status\n"));
                } else if (!exchange.getRequestMethod().equals("GET")) {
                    answer(exchange, new Page(405, TEXT, "GET only\n"));
                } else {
                    answer(exchange, pages.page());
                }
            }
        });
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.type());
        exchange.sendResponseHeaders(page.status(), body.length);
        exchange.getResponseBody().write(body);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdown();
    }
}
