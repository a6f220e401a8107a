package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One kept-alive connection on which requests are written byte for byte as Go's HTTP client writes them: first Host,
 * User-Agent and Content-Length, then the others by name, in Go's spelling, and Accept-Encoding last. A GET or DELETE
 * without body has no Content-Length, a POST or PATCH without one says 0, or is chunked if its headers say so.
 */
final class GoConnection implements AutoCloseable {
    static final String TRANSFER_ENCODING = "Transfer-Encoding";
    private static final int LIMIT_MILLIS = 20_000;

    private final Socket socket;
    private final String authority;
    private final String userAgent;

    GoConnection(String url, String userAgent) {
        URI uri = URI.create(url);
        authority = uri.getAuthority();
        this.userAgent = userAgent;
        try {
            socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), uri.getPort());
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.setTcpNoDelay(true);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A whole answer. */
    record Answer(int status, Map<String, String> headers, String body) {
        JsonNode json() {
            assertThat(headers.get("content-type")).startsWith("application/json");
            return SimulatorWorld.parse(body);
        }
    }

    Answer send(String method, String url, String body, Map<String, String> headers) {
        URI uri = URI.create(url);
        assertThat(uri.getAuthority()).as("all on one host").isEqualTo(authority);
        var head = new LinkedHashMap<String, String>();
        head.put("Host", authority);
        head.put("User-Agent", userAgent);
        boolean chunked = headers.containsKey(TRANSFER_ENCODING);
        if (chunked) {
            assertThat(body).as("a chunked body").isEmpty();
            head.put(TRANSFER_ENCODING, "chunked");
        } else if (!body.isEmpty() || method.equals("POST") || method.equals("PATCH")) {
            head.put("Content-Length", Integer.toString(body.getBytes(StandardCharsets.UTF_8).length));
        }
        new TreeMap<>(headers).forEach(head::putIfAbsent);
        head.put("Accept-Encoding", "gzip");
        var request = new StringBuilder(method)
                .append(' ')
                .append(uri.getRawPath())
                .append(uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())
                .append(" HTTP/1.1\r\n");
        head.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        request.append("\r\n").append(chunked ? "0\r\n\r\n" : body);
        try {
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            return answer(socket.getInputStream());
        } catch (IOException failure) {
            throw new UncheckedIOException(method + " " + url, failure);
        }
    }

    private static Answer answer(InputStream in) throws IOException {
        String status = line(in);
        assertThat(status).startsWith("HTTP/1.1 ");
        var headers = new TreeMap<String, String>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        assertThat(headers).doesNotContainKeys("transfer-encoding", "content-encoding", "connection");
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        return new Answer(Integer.parseInt(status.substring(9, 12)), headers, body);
    }

    private static String line(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the server closed the connection");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
