package dev.paddock.internal.journal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;
import org.tukaani.xz.XZInputStream;

/**
 * A PostgreSQL server of our own on a free port of the loopback interface, from the binaries on the class path. It
 * refuses to run as root, so root starts it as the user nobody, or where that cannot be, in a user namespace.
 */
final class PostgresServer implements AutoCloseable {
    private static final String BINARIES = "/postgres-linux-x86_64.txz";
    private static final String NOBODY = "65534";
    private static final List<List<String>> AS_SOMEONE_ELSE = List.of(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), List.of("unshare", "-U"));

    private final Path folder;
    private final List<String> prefix;
    private final Process process;
    private final int port;

    private PostgresServer(Path folder, List<String> prefix, Process process, int port) {
        this.folder = folder;
        this.prefix = prefix;
        this.process = process;
        this.port = port;
    }

    static PostgresServer start() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("paddock-postgres");
        extract(folder);
        List<String> prefix = prefix(folder);
        run(with(prefix, folder.resolve("bin/initdb").toString(), "-D", data(folder), "-U", "paddock", "-A", "trust"));
        int port = freePort();
        Process process = new ProcessBuilder(with(
                        prefix,
                        folder.resolve("bin/postgres").toString(),
                        "-D",
                        data(folder),
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(port),
                        "-k",
                        ""))
                .redirectErrorStream(true)
                .start();
        var output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        var said = new StringBuilder();
        String line = output.readLine();
        while (line != null && !line.contains("ready to accept connections")) {
            said.append(line).append('\n');
            line = output.readLine();
        }
        if (line == null) {
            throw new IOException("PostgreSQL did not start: " + said);
        }
        var drain = new Thread(() -> output.lines().forEach(ignored -> {}), "postgres-output");
        drain.setDaemon(true);
        drain.start();
        return new PostgresServer(folder, prefix, process, port);
    }

    private static void extract(Path folder) throws IOException, InterruptedException {
        InputStream binaries = PostgresServer.class.getResourceAsStream(BINARIES);
        if (binaries == null) {
            throw new IOException("no " + BINARIES + " on the class path");
        }
        Process tar = new ProcessBuilder("tar", "-x", "-C", folder.toString())
                .redirectErrorStream(true)
                .start();
        try (InputStream from = new XZInputStream(binaries);
                var to = tar.getOutputStream()) {
            from.transferTo(to);
        }
        String said = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tar.waitFor() != 0) {
            throw new IOException("tar: " + said);
        }
    }

    private static String data(Path folder) {
        return folder.resolve("data").toString();
    }

    /** What to put before each command, so that it does not run as root. */
    private static List<String> prefix(Path folder) throws IOException, InterruptedException {
        if ((int) Files.getAttribute(folder, "unix:uid") != 0) {
            Files.createDirectory(folder.resolve("data"));
            return List.of();
        }
        run(List.of("chmod", "755", folder.toString()));
        Files.createDirectory(folder.resolve("data"));
        List<String> reasons = new ArrayList<>();
        for (List<String> prefix : AS_SOMEONE_ELSE) {
            try {
                run(with(prefix, folder.resolve("bin/postgres").toString(), "--version"));
                if (prefix.get(0).equals("setpriv")) {
                    run(List.of("chown", NOBODY + ":" + NOBODY, data(folder)));
                }
                return prefix;
            } catch (IOException impossible) {
                reasons.add(impossible.getMessage());
            }
        }
        throw new IOException("PostgreSQL does not run as root, and nobody else can be had: " + reasons);
    }

    private static List<String> with(List<String> prefix, String... command) {
        return Stream.concat(prefix.stream(), Stream.of(command)).toList();
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + said);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    PGSimpleDataSource database() {
        var database = new PGSimpleDataSource();
        database.setServerNames(new String[] {"127.0.0.1"});
        database.setPortNumbers(new int[] {port});
        database.setDatabaseName("postgres");
        database.setUser("paddock");
        return database;
    }

    /** Ends it at once: SIGINT is its word for that, and does not wait for connections. */
    @Override
    public void close() throws IOException {
        try {
            run(List.of("kill", "-INT", Long.toString(process.pid())));
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("PostgreSQL did not end, started by " + prefix);
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
