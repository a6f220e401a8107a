package dev.paddock.testkit.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A systemd in namespaces of its own, which ends with all that it has started. Root alone can start one. */
final class PrivateSystemd implements AutoCloseable {
    private final Process process;
    private final String pid;

    private PrivateSystemd(Process process, String pid) {
        this.process = process;
        this.pid = pid;
    }

    static PrivateSystemd start(Path units, Path folder) throws IOException {
        Path script = folder.resolve("private-systemd.sh");
        try (var in = PrivateSystemd.class.getResourceAsStream("/private-systemd.sh")) {
            Files.copy(in, script);
        }
        Path log = folder.resolve("private-systemd.log");
        Process process = new ProcessBuilder("/bin/bash", script.toString(), units.toString())
                .redirectError(log.toFile())
                .start();
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (line == null || !line.startsWith("ready ")) {
            throw new AssertionError("no systemd can be started here (root, unshare and a cgroup2 hierarchy are needed;"
                    + " -Dpaddock.systemd=none leaves it out): " + Files.readString(log));
        }
        return new PrivateSystemd(process, line.substring("ready ".length()));
    }

    String[] program(String name) {
        return new String[] {"nsenter", "-t", pid, "-a", name};
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}
