package dev.paddock.testkit.conformance;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * As much of GitHub as listing runners takes, on a loopback port: its REST API says that the Actions service is on
 * another host. Or one that refuses every token.
 */
final class CannedGitHub implements AutoCloseable {
    static final String HOST = "ghes.paddock.test";
    static final String SERVICE_HOST = "pipelines.paddock.test";
    static final String VERSION = "2.336.0";

    private static final String FILE = "actions-runner-linux-x64-" + VERSION + ".tar.gz";

    private final HttpServer server;
    private final String scheme;
    private final boolean refusing;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> proxyHeaders = new CopyOnWriteArrayList<>();
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private volatile byte @Nullable [] archive;

    private CannedGitHub(@Nullable SSLContext tls, boolean refusing) {
        this.scheme = tls == null ? "http" : "https";
        this.refusing = refusing;
        try {
            var address = new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
            server = tls == null ? HttpServer.create(address, 0) : secure(HttpsServer.create(address, 0), tls);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        server.createContext("/", this::answer);
        server.start();
    }

    static CannedGitHub plain() {
        return new CannedGitHub(null, false);
    }

    static CannedGitHub secure(SSLContext tls) {
        return new CannedGitHub(tls, false);
    }

    static CannedGitHub refusing(SSLContext tls) {
        return new CannedGitHub(tls, true);
    }

    private HttpsServer secure(HttpsServer https, SSLContext tls) {
        https.setHttpsConfigurator(new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
                connections.incrementAndGet();
                parameters.setSSLParameters(getSSLContext().getDefaultSSLParameters());
            }
        });
        return https;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String line =
                exchange.getRequestMethod() + " " + exchange.getRequestHeaders().getFirst("Host")
                        + exchange.getRequestURI().getPath();
        requests.add(line);
        exchange.getRequestHeaders().keySet().stream()
                .filter(name -> name.regionMatches(true, 0, "Proxy-", 0, 6))
                .forEach(proxyHeaders::add);
        if (refusing) {
            reply(exchange, 401, "{\"message\":\"Bad credentials\"}");
        } else if (line.endsWith("/registration-token")) {
            reply(exchange, 201, "{\"token\":\"REG1\"}");
        } else if (line.endsWith("/runner-registration")) {
            reply(exchange, 200, "{\"url\":\"" + scheme + "://" + SERVICE_HOST + "/tenant/\",\"token\":\"ADM1\"}");
        } else if (archive != null && line.endsWith("/actions/runners/downloads")) {
            reply(exchange, 200, downloads(archive));
        } else if (archive != null && line.endsWith(FILE)) {
            file(exchange, archive);
        } else if (line.endsWith("/agents")) {
            reply(exchange, 200, "{\"count\":0,\"value\":[]}");
        } else {
            reply(exchange, 404, "{\"message\":\"Not Found\"}");
        }
    }

    private String downloads(byte[] content) {
        return "[{\"os\":\"linux\",\"architecture\":\"x64\",\"filename\":\"" + FILE + "\",\"download_url\":\"" + scheme
                + "://" + SERVICE_HOST + "/files/" + FILE + "\",\"sha256_checksum\":\"" + sha256(content) + "\"}]";
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The first time the connection ends in the middle of it. */
    private void file(HttpExchange exchange, byte[] content) throws IOException {
        String range = String.valueOf(exchange.getRequestHeaders().getFirst("Range"));
        ranges.add(range);
        if (range.startsWith("bytes=")) {
            int from = Integer.parseInt(range.substring(6, range.length() - 1));
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
            exchange.sendResponseHeaders(206, content.length - from);
            exchange.getResponseBody().write(content, from, content.length - from);
        } else {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.getResponseBody().flush();
        }
        exchange.close();
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** Has this package of the runner for linux-x64, on the other host. */
    void serve(byte[] content) {
        archive = content.clone();
    }

    /** What was asked for of the package's file: a range, or null for all of it. */
    List<String> ranges() {
        return ranges;
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** The organization's URL, by the address and not by name. */
    String url() {
        return scheme + "://127.0.0.1:" + port() + "/my-org";
    }

    /** The organization's URL by a name that only a proxy knows. */
    String namedUrl() {
        return scheme + "://" + HOST + "/my-org";
    }

    /** Connections on which TLS was begun. */
    int connections() {
        return connections.get();
    }

    /** Each as its method, the host it is for, and its path. */
    List<String> requests() {
        return requests;
    }

    /** Headers meant for a proxy that came this far. */
    List<String> proxyHeaders() {
        return proxyHeaders;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
