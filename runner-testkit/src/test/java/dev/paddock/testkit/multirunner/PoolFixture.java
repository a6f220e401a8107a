package dev.paddock.testkit.multirunner;

import dev.paddock.capacity.CapacityPreset;
import dev.paddock.capacity.CapacitySettings;
import dev.paddock.capacity.HostFile;
import dev.paddock.capacity.HostInventory;
import dev.paddock.multirunner.MultiRunner;
import dev.paddock.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A pool in a folder, with a clock that stands still, and hosts to put it on. */
final class PoolFixture {
    static final CapacitySettings OVERCOMMITTED =
            CapacitySettings.builder().cpuOvercommit(4).noHeadroom().build();
    static final Instant START = Instant.parse("2026-01-31T10:15:30Z");

    final Path file;
    private final Path folder;
    private Instant now = START;

    PoolFixture(Path folder) {
        this.folder = folder;
        file = folder.resolve(".slate_runners.json");
    }

    InstantSource time() {
        return () -> now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    /** Another instance each time, as another process would have. */
    MultiRunner pool() {
        return MultiRunner.builder(file).unforced().time(time()).build();
    }

    MultiRunner memory() {
        return MultiRunner.inMemory().time(time()).build();
    }

    HostInventory host(String json) {
        try {
            return HostFile.read(Files.writeString(folder.resolve("host.json"), json));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    HostInventory twoGpus() {
        return host("""
                {"cores": 24, "memory": "64 GiB", "gpus": [
                  {"id": "GPU-a", "memory": "16384 MiB"}, {"id": "GPU-b", "memory": "16384 MiB"}]}
                """);
    }

    HostInventory oneGpu() {
        return host("{\"cores\": 8, \"memory\": \"32 GiB\", \"gpus\": [{\"id\": \"GPU-a\", \"memory\": \"16 GiB\"}]}");
    }

    /** 50 runners. */
    MultiRunner fifty(MultiRunner pool) {
        pool.initialise(CapacityPreset.DUAL_GPU_SCALED, twoGpus(), OVERCOMMITTED, false);
        return pool;
    }

    /** A pool of the runners given, without room between. */
    MultiRunner written(String runners, String rest) throws IOException {
        Files.writeString(file, "{\"runners\": [" + runners + "]" + (rest.isEmpty() ? "" : ", " + rest) + "}");
        return pool();
    }

    static String runner(int number, String profile, String gpu) {
        String id = String.format("runner-%03d", number);
        return "{\"id\": \"" + id + "\", \"name\": \"n-" + number + "\", \"profile\": \"" + profile + "\", \"gpu_id\": "
                + gpu + ", \"status\": \"idle\"}";
    }

    static Task task(String id) {
        return Task.of(id);
    }

    static Task task(String id, String profile) {
        return Task.builder(id).profile(profile).build();
    }
}
