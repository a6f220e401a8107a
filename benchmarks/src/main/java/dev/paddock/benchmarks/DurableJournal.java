package dev.paddock.benchmarks;

import dev.paddock.spi.FleetJournal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;

/**
 * How many tasks a second runners can be given and free of again with a journal in a file: the answer to either call
 * waits for the disk. Beside it what the disk itself needs, on which it depends.
 */
final class DurableJournal implements Benchmark {
    private static final int SIZE = 8 << 20;
    private static final double ONE_THREAD_BAR = 1_000;
    private static final double EIGHT_THREADS_BAR = 5_450;

    @Override
    public List<Row> run(boolean quick) throws Exception {
        Path here = Path.of("benchmarks", "target");
        Path folder = Files.createTempDirectory(Files.isDirectory(here) ? here : Path.of(""), "journal");
        try {
            Sample forces = forces(folder, quick ? 500 : 3_000);
            List<Row> rows = new ArrayList<>();
            rows.add(new Row(
                    "this disk: writing 128 bytes into a file of full length, and forcing them",
                    "none",
                    forces.figure(),
                    true));
            rows.add(pairs(folder, 1, ONE_THREAD_BAR, quick));
            rows.add(pairs(folder, 8, EIGHT_THREADS_BAR, quick));
            return rows;
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static Sample forces(Path folder, int count) throws IOException {
        var sample = new Sample();
        try (FileChannel file =
                FileChannel.open(folder.resolve("plain"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(SIZE));
            file.force(true);
            ByteBuffer record = ByteBuffer.allocateDirect(128);
            for (int i = 0; i < count; i++) {
                record.clear();
                long start = System.nanoTime();
                file.write(record, i * 128L);
                file.force(false);
                sample.add(System.nanoTime() - start);
            }
        }
        return sample;
    }

    private static Row pairs(Path folder, int threads, double bar, boolean quick)
            throws InterruptedException, TimeoutException {
        try (var fleet = new TaskFleet(50, FleetJournal.file(folder.resolve("journal-" + threads)))) {
            long before = fleet.told();
            long warm = fleet.pairs(threads, Duration.ofSeconds(1)).pairs();
            TaskFleet.Round round = fleet.pairs(threads, Duration.ofSeconds(quick ? 2 : 10));
            String told = fleet.check(before, warm + round.pairs());
            return new Row(
                    "tryAssign + complete with a journal in a file, " + threads
                            + (threads == 1 ? " thread" : " threads"),
                    String.format(Locale.ROOT, "≥ %,.0f pairs/s", bar),
                    String.format(Locale.ROOT, "%,.0f pairs/s; %s", round.pairsPerSecond(), told),
                    round.pairsPerSecond() >= bar);
        }
    }
}
