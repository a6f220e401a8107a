package dev.paddock.internal.journal;

import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.Scheduler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A JVM of its own that opens a journal of fleet f, says what came of it, and ends when its standard input does. */
final class OtherProcess implements AutoCloseable {
    private final Process process;
    private final String said;

    private OtherProcess(Path journal) throws IOException {
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        journal.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        said = String.valueOf(
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine());
    }

    public static void main(String[] args) throws IOException {
        try (var scheduler = Scheduler.system("other")) {
            FleetJournal.Session session = FleetJournal.file(Path.of(args[0])).open("f", scheduler);
            System.out.println("holds it, epoch " + session.epoch());
            while (System.in.read() >= 0) {
                // until the other side is done
            }
        } catch (JournalException refused) {
            System.out.println("refused " + refused.getMessage());
        }
    }

    static String tries(Path journal) throws IOException {
        try (var other = new OtherProcess(journal)) {
            return other.said;
        }
    }

    static OtherProcess holding(Path journal) throws IOException {
        var other = new OtherProcess(journal);
        if (!other.said.startsWith("holds it")) {
            other.kill();
            throw new IOException(other.said);
        }
        return other;
    }

    long pid() {
        return process.pid();
    }

    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
