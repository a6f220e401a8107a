package dev.paddock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.Reading;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuVerdict;
import dev.paddock.gpu.GpuVerdict.Level;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that answer when the test lets them: pipes. In real time. */
class GpuHealthDiskTest {
    private final SystemScheduler scheduler = Scheduler.system("gpu-health-disk");
    private final FakeGpus gpus = FakeGpus.of("GPU-a", "GPU-b");
    private final BlockingQueue<GpuVerdict> changes = new LinkedBlockingQueue<>();

    @TempDir
    Path root;

    private Path state;

    @BeforeEach
    void host() throws IOException {
        state = root.resolve("gpus.json");
        Files.createDirectories(root.resolve("proc/sys/kernel/random"));
        // Longer than a pipe holds, so that writing it waits for a reader.
        Files.writeString(root.resolve("proc/sys/kernel/random/boot_id"), "x".repeat(1 << 20));
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    private GpuHealth start() {
        return GpuHealth.builder(gpus)
                .scheduler(new Plain(scheduler))
                .interval(Duration.ofMillis(100))
                .fsRoot(root)
                .stateFile(state)
                .onChange(changes::add)
                .start();
    }

    private static void pipe(Path path) throws Exception {
        Process made = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
        assertThat(made.waitFor()).isZero();
    }

    /** By another thread, so that what waits for ever fails the test. */
    private static <T> T soon(Supplier<T> question) throws Exception {
        return CompletableFuture.supplyAsync(question).get(60, TimeUnit.SECONDS);
    }

    private static void soon(Runnable task) throws Exception {
        CompletableFuture.runAsync(task).get(60, TimeUnit.SECONDS);
    }

    private GpuVerdict changed() throws InterruptedException {
        return changes.poll(60, TimeUnit.SECONDS);
    }

    private int room(GpuHealth health) throws Exception {
        var machines = FakeRunnerProvider.builder(scheduler).slots(7).build();
        RunnerProvider.Session session = health.guard(machines).open(new Context(scheduler));
        return soon(() -> session.room("default").free());
    }

    @Test
    void whileTheStateFileCannotBeWrittenRoomIsToldAndGpusAreLookedAt() throws Exception {
        Path next = root.resolve("gpus.json.new");
        pipe(next);
        gpus.put("GPU-c");
        gpus.shows(FakeGpus.sample("GPU-c", 0, FakeGpus.faults(1)));
        GpuHealth health = start();
        assertThat(changed().gpu()).isEqualTo("GPU-c");
        soon(() -> gpus.xid("GPU-a", 79));
        try (InputStream written = soon(() -> open(next))) {
            assertThat(changed().gpu()).isEqualTo("GPU-a");
            assertThat(room(health)).isEqualTo(7);
            gpus.shows(FakeGpus.well("GPU-c"));
            assertThat(changed().level()).as("GPU-c is looked at").isEqualTo(Level.OK);
            soon(() -> gpus.xid("GPU-b", 48));
            assertThat(changed().gpu()).isEqualTo("GPU-b");
            soon(health::close);
            try (WatchService arrivals = root.getFileSystem().newWatchService()) {
                root.register(arrivals, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
                assertThat(new String(written.readAllBytes(), StandardCharsets.UTF_8))
                        .contains("\"79\"")
                        .doesNotContain("\"48\"");
                while (!Files.isRegularFile(state)) {
                    WatchKey arrived = arrivals.poll(60, TimeUnit.SECONDS);
                    assertThat(arrived).isNotNull();
                    arrived.pollEvents();
                    arrived.reset();
                }
            }
        }
        assertThat(Files.readString(state)).as("the newest is written last").contains("\"79\"", "\"48\"");
    }

    @Test
    void whileThePidOfAProcessCannotBeReadRoomIsTold() throws Exception {
        Path stat = root.resolve("proc/4711/stat");
        Files.createDirectories(stat.getParent());
        Files.createDirectories(root.resolve("proc/self/ns"));
        Files.createSymbolicLink(root.resolve("proc/self/ns/pid"), Path.of("pid:[4026531836]"));
        pipe(stat);
        gpus.shows(FakeGpus.sample("GPU-a", 1, FakeGpus.faults(0), new GpuProcess(4711, Reading.of(1))));
        try (GpuHealth health = start();
                OutputStream read = soon(() -> create(stat))) {
            assertThat(room(health)).isEqualTo(7);
            Files.delete(stat);
            read.write("4711 (python) S 1".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static InputStream open(Path path) {
        try {
            return Files.newInputStream(path);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static OutputStream create(Path path) {
        try {
            return Files.newOutputStream(path);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** One that has no thread of its own for what waits for a disk. */
    private record Plain(SystemScheduler all) implements Scheduler {
        @Override
        public Instant instant() {
            return all.instant();
        }

        @Override
        public long nanoTime() {
            return all.nanoTime();
        }

        @Override
        public Cancellable schedule(Duration delay, Runnable task) {
            return all.schedule(delay, task);
        }

        @Override
        public Executor effects() {
            return all.effects();
        }

        @Override
        public Executor events() {
            return all.events();
        }

        @Override
        public RandomGenerator random() {
            return all.random();
        }
    }

    private record Context(Scheduler scheduler) implements ProviderContext {
        @Override
        public String fleet() {
            return "fleet";
        }

        @Override
        public long epoch() {
            return 1;
        }

        @Override
        public void observe(RunnerObservation observation) {}

        @Override
        public void publish(ExtensionEvent event) {}
    }
}
