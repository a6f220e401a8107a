package dev.paddock.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The service as a {@link StandInRunner} calls it: one plain HTTP request a connection. */
final class StandInService {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int ANSWER_MILLIS = 15_000;
    /** Longer than any long poll. */
    private static final int POLL_MILLIS = 120_000;

    private static final int FIRST_PAUSE_MILLIS = 100;
    private static final int LONGEST_PAUSE_MILLIS = 2_000;
    /** A runner whose service never comes back must not stay for ever. */
    private static final long GIVE_UP_NANOS = 120_000_000_000L;

    private final URI base;
    private final String authorization;
    private final @Nullable StandInRunner log;
    private boolean connected;

    /** An answer of the 400s: trying again changes nothing. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        private final int status;
        private final boolean wasConnected;

        Refused(int status, boolean wasConnected) {
            super("refused with status ".concat(String.valueOf(status)));
            this.status = status;
            this.wasConnected = wasConnected;
        }

        int status() {
            return status;
        }

        boolean wasConnected() {
            return wasConnected;
        }
    }

    private static final class Reply {
        final int status;
        final String body;

        Reply(int status, String body) {
            this.status = status;
            this.body = body;
        }
    }

    StandInService(String url, String token, StandInRunner log) {
        this(url, "Bearer", token, log);
    }

    private StandInService(String url, String scheme, String token, @Nullable StandInRunner log) {
        base = URI.create(url.endsWith("/") ? url : url.concat("/"));
        if (!"http".equals(base.getScheme()) || base.getHost() == null || token.isEmpty()) {
            throw new IllegalArgumentException("no service and token of a simulator");
        }
        authorization = scheme.concat(" ").concat(token);
        this.log = log;
    }

    /** The service as a runner's config script calls it, once. */
    static StandInService byToken(String url, String token) {
        return new StandInService(url, "RemoteAuth", token, null);
    }

    /** Registers a runner; fails with {@link Refused} if the service will not. */
    Map<String, Object> register(String body) throws IOException {
        return parsed(once("POST", "runner/register", body));
    }

    /** Takes a runner's registration away. */
    void remove(String id) throws IOException {
        once("DELETE", "runner/register/".concat(id), null);
    }

    private Reply once(String method, String path, @Nullable String body) throws IOException {
        Reply reply = exchange(method, path, body, ANSWER_MILLIS);
        if (reply.status >= 400) {
            throw new Refused(reply.status, false);
        }
        return reply;
    }

    /** Connects; returns the session. */
    String connect() throws IOException, InterruptedException {
        Reply reply = call("POST", "runner/connect", "", ANSWER_MILLIS);
        connected = true;
        return StandInJson.text(parsed(reply), "sessionId");
    }

    /** Waits for a job, at most as long as the service holds the request. */
    @Nullable
    Map<String, Object> waitForJob(String session) throws IOException, InterruptedException {
        Reply reply = call("GET", "runner/job?sessionId=".concat(session), null, POLL_MILLIS);
        return reply.status == 200 ? parsed(reply) : null;
    }

    /** Renews the job's lease; says whether the job is to be canceled. A service out of reach is asked again later. */
    boolean renew(String job) throws Refused {
        try {
            Reply reply = exchange("POST", path(job, "/renew"), "", ANSWER_MILLIS);
            if (reply.status == 401 || reply.status == 404) {
                throw new Refused(reply.status, true);
            }
            return reply.status == 200 && Boolean.TRUE.equals(parsed(reply).get("canceled"));
        } catch (Refused gone) {
            throw gone;
        } catch (IOException unreachable) {
            return false;
        }
    }

    private static Map<String, Object> parsed(Reply reply) throws IOException {
        try {
            return StandInJson.parse(reply.body);
        } catch (IllegalArgumentException malformed) {
            throw new IOException("the answer is no JSON object", malformed);
        }
    }

    /** Reports the result until the service has it, or knows nothing of the job any more. */
    void finish(String job, String result) throws IOException, InterruptedException {
        try {
            call("POST", path(job, "/finish"), body(result), ANSWER_MILLIS);
        } catch (Refused known) {
            return; // reported before, by a request whose answer was lost
        }
    }

    /** Reports the result once. */
    void report(String job, String result) throws IOException {
        exchange("POST", path(job, "/finish"), body(result), CONNECT_MILLIS);
    }

    private static String path(String job, String verb) {
        return "runner/jobs/".concat(job).concat(verb);
    }

    private static String body(String result) {
        return "{\"result\":\"".concat(result).concat("\"}");
    }

    /** Calls until there is an answer that is not of the 500s. */
    private Reply call(String method, String path, @Nullable String body, int millis)
            throws IOException, InterruptedException {
        long since = System.nanoTime();
        int pause = FIRST_PAUSE_MILLIS;
        while (true) {
            String problem;
            try {
                Reply reply = exchange(method, path, body, millis);
                if (reply.status < 500) {
                    if (pause > FIRST_PAUSE_MILLIS) {
                        mark("Runner reconnected.");
                    }
                    if (reply.status >= 400) {
                        throw new Refused(reply.status, connected);
                    }
                    return reply;
                }
                problem = "status ".concat(String.valueOf(reply.status));
            } catch (Refused refused) {
                throw refused;
            } catch (IOException unreachable) {
                problem = String.valueOf(unreachable.getMessage());
            }
            if (System.nanoTime() - since > GIVE_UP_NANOS) {
                throw new IOException(problem);
            }
            if (pause == FIRST_PAUSE_MILLIS) {
                mark("Runner connect error: ".concat(problem).concat(". Retrying until reconnected."));
            }
            Thread.sleep(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }
    }

    private void mark(String text) {
        if (log != null) {
            log.mark(text);
        }
    }

    private Reply exchange(String method, String path, @Nullable String body, int millis) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            int port = base.getPort() < 0 ? 80 : base.getPort();
            socket.connect(new InetSocketAddress(base.getHost(), port), CONNECT_MILLIS);
            socket.setSoTimeout(millis);
            socket.getOutputStream().write(request(method, path, body, port));
            return reply(new BufferedInputStream(socket.getInputStream()));
        }
    }

    private byte[] request(String method, String path, @Nullable String body, int port) {
        var text = new StringBuilder(512);
        text.append(method).append(' ').append(base.getRawPath()).append(path).append(" HTTP/1.1\r\n");
        text.append("Host: ").append(base.getHost()).append(':').append(port).append("\r\n");
        text.append("Authorization: ").append(authorization).append("\r\n");
        text.append("User-Agent: paddock-stand-in-runner\r\nAccept: application/json\r\nConnection: close\r\n");
        if (body != null) {
            text.append("Content-Type: application/json\r\nContent-Length: ");
            text.append(body.getBytes(StandardCharsets.UTF_8).length).append("\r\n");
        }
        text.append("\r\n");
        if (body != null) {
            text.append(body);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Reply reply(InputStream in) throws IOException {
        String status = line(in);
        if (!status.startsWith("HTTP/1.") || status.length() < 12) {
            throw new IOException("no HTTP answer");
        }
        int code = Integer.parseInt(status.substring(9, 12));
        int length = -1;
        boolean chunked = false;
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            String value = header.substring(colon + 1).trim();
            if (header.regionMatches(true, 0, "content-length:", 0, colon + 1)) {
                length = Integer.parseInt(value);
            } else if (header.regionMatches(true, 0, "transfer-encoding:", 0, colon + 1)) {
                chunked = value.equalsIgnoreCase("chunked");
            }
        }
        var body = new ByteArrayOutputStream();
        if (chunked) {
            for (int size = chunk(in); size > 0; size = chunk(in)) {
                copy(in, body, size);
                line(in);
            }
        } else if (length >= 0) {
            copy(in, body, length);
        } else if (code != 204 && code != 304) {
            in.transferTo(body);
        }
        return new Reply(code, body.toString(StandardCharsets.UTF_8));
    }

    private static int chunk(InputStream in) throws IOException {
        String size = line(in);
        int end = size.indexOf(';');
        return Integer.parseInt((end < 0 ? size : size.substring(0, end)).trim(), 16);
    }

    private static void copy(InputStream in, ByteArrayOutputStream body, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the answer was cut off");
        }
        body.write(bytes, 0, length);
    }

    private static String line(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed");
            }
            if (next != '\r') {
                text.append((char) next);
            }
        }
        return text.toString();
    }
}
