package dev.paddock.testkit.conformance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A real HTTP proxy on a loopback port, one request or tunnel a connection. It alone knows where names lead to, and may
 * demand a login.
 */
final class ForwardProxy implements AutoCloseable {
    private static final int LIMIT_MILLIS = 20_000;
    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private final ServerSocket server;
    private final Map<String, Integer> ports;
    private final @Nullable String login;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private ForwardProxy(Map<String, Integer> ports, @Nullable String login) {
        this.ports = Map.copyOf(ports);
        this.login = login;
        try {
            server = new ServerSocket(0, 50, InetAddress.getByAddress(LOOPBACK));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        start("accept", this::accept);
    }

    /** A proxy for the hosts named, each on a port of this machine. */
    static ForwardProxy open(Map<String, Integer> ports) {
        return new ForwardProxy(ports, null);
    }

    /** A proxy that serves only who logs in so. */
    static ForwardProxy demanding(String userAndPassword, Map<String, Integer> ports) {
        byte[] bytes = userAndPassword.getBytes(StandardCharsets.UTF_8);
        return new ForwardProxy(ports, "Basic " + Base64.getEncoder().encodeToString(bytes));
    }

    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** The first line of each request, without its version; those refused have their status before it. */
    List<String> requests() {
        return requests;
    }

    private static void start(String what, Runnable task) {
        var thread = new Thread(task, "proxy-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                client.setSoTimeout(LIMIT_MILLIS);
                start("serve", () -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            List<String> head = head(client.getInputStream());
            String[] line = head.get(0).split(" ", 3);
            String what = line[0] + " " + line[1];
            if (login != null && !head.contains("Proxy-Authorization: " + login)) {
                refuse(client, 407, what, "Proxy-Authenticate: Basic realm=\"proxy\"\r\n");
                return;
            }
            boolean tunnel = line[0].equals("CONNECT");
            URI target = URI.create(tunnel ? "tunnel://" + line[1] : line[1]);
            Integer port = ports.get(target.getHost());
            if (port == null) {
                refuse(client, 403, what, "");
                return;
            }
            requests.add(what);
            try (var upstream = new Socket(InetAddress.getByAddress(LOOPBACK), port)) {
                upstream.setSoTimeout(LIMIT_MILLIS);
                if (tunnel) {
                    write(client, "HTTP/1.1 200 Connection established\r\n\r\n");
                } else {
                    write(
                            upstream,
                            line[0] + " " + target.getRawPath() + query(target) + " HTTP/1.1\r\n" + forward(head));
                }
                start("forth", () -> copy(client, upstream));
                copy(upstream, client);
            }
        } catch (IOException gone) {
            // either side went away, which the case notices
        }
    }

    private void refuse(Socket client, int status, String what, String header) throws IOException {
        requests.add(status + " " + what);
        write(client, "HTTP/1.1 " + status + " No\r\n" + header + "Content-Length: 0\r\nConnection: close\r\n\r\n");
    }

    private static String query(URI target) {
        return target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
    }

    private static String forward(List<String> head) {
        return head.stream()
                        .skip(1)
                        .filter(header -> !header.startsWith("Proxy-"))
                        .map(header -> header + "\r\n")
                        .collect(Collectors.joining())
                + "Connection: close\r\n\r\n";
    }

    private static List<String> head(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the client left in the middle of its request");
            }
            bytes.write(next);
        }
        return Arrays.asList(bytes.toString(StandardCharsets.ISO_8859_1).split("\r\n"));
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static void copy(Socket from, Socket to) {
        try {
            OutputStream out = to.getOutputStream();
            from.getInputStream().transferTo(out);
            to.shutdownOutput();
        } catch (IOException gone) {
            // the other direction ends with it
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
