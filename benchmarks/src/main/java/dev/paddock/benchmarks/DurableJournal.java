package dev.paddock.benchmarks;

import dev.paddock.RunnerId;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.TaskLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a journal in a file makes durable: threads that each give a task and take it back, waiting for the disk both
 * times. Beside it what the disk itself needs, on which it depends.
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

    private static Row pairs(Path folder, int threads, double bar, boolean quick) throws InterruptedException {
        double rate;
        try (var scheduler = Scheduler.system("journal")) {
            FleetJournal.Session journal =
                    FleetJournal.file(folder.resolve("journal-" + threads)).open("benchmark", scheduler);
            rate(journal, threads, Duration.ofSeconds(1));
            rate = rate(journal, threads, Duration.ofSeconds(quick ? 2 : 10));
            journal.close().toCompletableFuture().join();
        }
        return new Row(
                "journal in a file: durable assign and complete from " + threads
                        + (threads == 1 ? " thread" : " threads"),
                String.format(Locale.ROOT, "≥ %,.0f pairs/s", bar),
                String.format(Locale.ROOT, "%,.0f pairs/s", rate),
                rate >= bar);
    }

    private static double rate(FleetJournal.Session journal, int threads, Duration window) throws InterruptedException {
        var pairs = new AtomicLong();
        long start = System.nanoTime();
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            var runner = new RunnerId("gpu-abcd-" + "abcdefgh".charAt(i));
            all.add(new Thread(() -> {
                append(journal, JournalEntry.creating(runner, "gpu", Instant.now()));
                for (long n = 1; System.nanoTime() - start < window.toNanos(); n++) {
                    var lease = new TaskLease("task-" + n, n);
                    append(journal, JournalEntry.assigned(runner, "gpu", Instant.now(), lease));
                    append(journal, JournalEntry.released(runner, "gpu", Instant.now(), lease));
                    pairs.incrementAndGet();
                }
            }));
        }
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        return pairs.get() * (double) TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - start);
    }

    private static void append(FleetJournal.Session journal, JournalEntry entry) {
        journal.append(List.of(entry)).toCompletableFuture().join();
    }
}
