package dev.paddock.gcp.internal.google;

import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.LowLevelHttpRequest;
import com.google.api.client.http.LowLevelHttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The connections of Google's client, so that a call can be ended: a thread that waits for bytes hears no interrupt, but
 * its connection can be closed. What is not a GET is never sent twice. Thread-safe.
 */
final class Connections extends HttpTransport {
    /** Names a call to us; it does not leave. */
    static final String CALL = "x-paddock-call";

    private static final int CONNECT_MILLIS = 10_000;
    /** Never reached: each call is ended earlier, by its deadline. */
    private static final int READ_MILLIS = 120_000;

    private final @Nullable Proxy proxy;
    private final Map<String, Ticket> tickets = new ConcurrentHashMap<>();
    private final AtomicLong count = new AtomicLong();

    Connections(@Nullable Proxy proxy) {
        this.proxy = proxy;
    }

    /** No request left: nobody listens, or nobody waits any more. */
    static final class NotSent extends IOException {
        private static final long serialVersionUID = 1;

        NotSent(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private static final class Ticket {
        private volatile @Nullable HttpURLConnection connection;
    }

    /** Begins a call. */
    String open() {
        String call = Long.toString(count.incrementAndGet());
        tickets.put(call, new Ticket());
        return call;
    }

    /** Ends a call, wherever it is. */
    void end(String call) {
        Ticket ticket = tickets.remove(call);
        if (ticket != null) {
            HttpURLConnection connection = ticket.connection;
            if (connection != null) {
                connection.disconnect();
            }
        }
    }

    void endAll() {
        tickets.keySet().forEach(this::end);
    }

    @Override
    protected LowLevelHttpRequest buildRequest(String method, String url) throws IOException {
        var address = URI.create(url).toURL();
        var opened = (HttpURLConnection) (proxy == null ? address.openConnection() : address.openConnection(proxy));
        opened.setRequestMethod(method);
        opened.setUseCaches(false);
        opened.setInstanceFollowRedirects(false);
        opened.setConnectTimeout(CONNECT_MILLIS);
        opened.setReadTimeout(READ_MILLIS);
        return new Request(opened);
    }

    private final class Request extends LowLevelHttpRequest {
        private final HttpURLConnection connection;
        private String call = "";

        Request(HttpURLConnection connection) {
            this.connection = connection;
        }

        @Override
        public void addHeader(String name, String value) {
            if (name.equalsIgnoreCase(CALL)) {
                call = value;
            } else {
                connection.addRequestProperty(name, value);
            }
        }

        @Override
        public LowLevelHttpResponse execute() throws IOException {
            byte[] body = body();
            if (!connection.getRequestMethod().equals("GET")) {
                connection.setDoOutput(true);
                connection.setFixedLengthStreamingMode(body.length);
            }
            connect();
            if (connection.getDoOutput()) {
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(body);
                }
            }
            int status = connection.getResponseCode();
            if (status < 0) {
                throw new IOException("an answer that is not HTTP");
            }
            return new Response(connection, status, call);
        }

        private byte[] body() throws IOException {
            var content = getStreamingContent();
            if (content == null) {
                return new byte[0];
            }
            if (getContentType() != null) {
                addHeader("Content-Type", getContentType());
            }
            if (getContentEncoding() != null) {
                addHeader("Content-Encoding", getContentEncoding());
            }
            var bytes = new ByteArrayOutputStream();
            content.writeTo(bytes);
            return bytes.toByteArray();
        }

        private void connect() throws IOException {
            Ticket ticket = tickets.get(call);
            if (ticket == null) {
                throw new NotSent("nobody waits any more", null);
            }
            ticket.connection = connection;
            try {
                connection.connect();
            } catch (IOException unreached) {
                throw new NotSent(unreached.getClass().getSimpleName(), unreached);
            }
            if (!tickets.containsKey(call)) {
                connection.disconnect();
                throw new NotSent("nobody waits any more", null);
            }
        }
    }

    private final class Response extends LowLevelHttpResponse {
        private final HttpURLConnection connection;
        private final int status;
        private final String call;
        private final List<String> names = new ArrayList<>();
        private final List<String> values = new ArrayList<>();
        private @Nullable InputStream content;

        Response(HttpURLConnection connection, int status, String call) {
            this.connection = connection;
            this.status = status;
            this.call = call;
            connection.getHeaderFields().forEach((name, all) -> {
                if (name != null) {
                    for (String value : all) {
                        names.add(name);
                        values.add(value);
                    }
                }
            });
        }

        @Override
        public @Nullable InputStream getContent() throws IOException {
            if (content == null) {
                InputStream raw = status < 400 ? connection.getInputStream() : connection.getErrorStream();
                content = raw == null
                        ? null
                        : new FilterInputStream(raw) {
                            @Override
                            public void close() throws IOException {
                                tickets.remove(call);
                                super.close();
                            }
                        };
            }
            return content;
        }

        /** A connection whose answer was read whole is used again. */
        @Override
        public void disconnect() throws IOException {
            InputStream read = getContent();
            if (read != null) {
                read.close();
            }
            tickets.remove(call);
        }

        @Override
        public @Nullable String getContentEncoding() {
            return connection.getContentEncoding();
        }

        @Override
        public long getContentLength() {
            return connection.getContentLengthLong();
        }

        @Override
        public @Nullable String getContentType() {
            return connection.getContentType();
        }

        @Override
        public @Nullable String getStatusLine() {
            return connection.getHeaderField(0);
        }

        @Override
        public int getStatusCode() {
            return status;
        }

        @Override
        public @Nullable String getReasonPhrase() throws IOException {
            return connection.getResponseMessage();
        }

        @Override
        public int getHeaderCount() {
            return names.size();
        }

        @Override
        public String getHeaderName(int index) {
            return names.get(index);
        }

        @Override
        public String getHeaderValue(int index) {
            return values.get(index);
        }
    }
}
