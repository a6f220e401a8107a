package dev.paddock.testkit.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One connection at a time on loopback, read and written byte by byte on the thread of the case. */
final class RawServer implements AutoCloseable {
    private static final int LIMIT_MILLIS = 20_000;

    private final ServerSocket server;

    RawServer() {
        try {
            server = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
            server.setSoTimeout(LIMIT_MILLIS);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    Connection accept() {
        try {
            Socket socket = server.accept();
            socket.setSoTimeout(LIMIT_MILLIS);
            return new Connection(socket);
        } catch (IOException failure) {
            throw new UncheckedIOException("nobody came", failure);
        }
    }

    /** A client's connection. */
    static final class Connection implements AutoCloseable {
        private final Socket socket;

        private Connection(Socket socket) {
            this.socket = socket;
        }

        /** The request line and the headers of a request without body. */
        List<String> head() {
            var head = new ArrayList<String>();
            try {
                for (String line = line(); !line.isEmpty(); line = line()) {
                    head.add(line);
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            return head;
        }

        private String line() throws IOException {
            InputStream in = socket.getInputStream();
            var line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new IOException("the client left in the middle of its request");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }

        void write(String text) {
            try {
                socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().flush();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        /** Waits for the client to close its side; anything else it does is a failure. */
        boolean isClosedByClient() {
            try {
                return socket.getInputStream().read() < 0;
            } catch (SocketException reset) {
                return true;
            } catch (IOException failure) {
                throw new UncheckedIOException("the client did not close the connection", failure);
            }
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

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
