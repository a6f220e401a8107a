package dev.paddock.internal.journal;

import dev.paddock.RunnerId;
import dev.paddock.error.JournalException;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A JVM of its own that opens a journal of fleet f, says what came of it, and ends when its standard input does. */
final class OtherProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final String said;

    private OtherProcess(Path journal, String task) throws IOException {
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        journal.toString(),
                        task))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        said = String.valueOf(output.readLine());
    }

    public static void main(String[] args) throws IOException {
        try (var scheduler = Scheduler.system("other")) {
            FleetJournal.Session session = FleetJournal.file(Path.of(args[0])).open("f", scheduler);
            System.out.println("holds it, epoch " + session.epoch());
            for (int i = 1; args[1].equals("write"); i++) {
                int number = i;
                var done = session.append(List.of(JournalEntry.creating(runner(i), "p", Instant.EPOCH)))
                        .thenRun(() -> System.out.println(number))
                        .toCompletableFuture();
                if (i % 7 == 0) {
                    done.join();
                }
            }
            while (System.in.read() >= 0) {
                // until the other side is done
            }
        } catch (JournalException refused) {
            System.out.println("refused " + refused.getMessage());
        }
    }

    static RunnerId runner(int number) {
        return new RunnerId("r" + number);
    }

    static String tries(Path journal) throws IOException {
        try (var other = new OtherProcess(journal, "hold")) {
            return other.said;
        }
    }

    static OtherProcess holding(Path journal) throws IOException {
        return held(new OtherProcess(journal, "hold"));
    }

    /** One that appends runner after runner, and tells the number of each that is durable. */
    static OtherProcess writing(Path journal) throws IOException {
        return held(new OtherProcess(journal, "write"));
    }

    private static OtherProcess held(OtherProcess other) throws IOException {
        if (!other.said.startsWith("holds it")) {
            other.kill();
            throw new IOException(other.said);
        }
        return other;
    }

    /** The next number it tells. */
    int next() throws IOException {
        return Integer.parseInt(output.readLine());
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
