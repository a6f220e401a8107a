package dev.paddock.testkit;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuEvent;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import dev.paddock.gpu.GpuSource;
import dev.paddock.gpu.GpuWatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** GPUs that are as a test says, sorted by id. */
final class FakeGpus implements GpuSource {
    private final Map<String, GpuDevice> devices = new ConcurrentSkipListMap<>();
    private final Map<String, GpuSample> samples = new ConcurrentSkipListMap<>();
    GpuReport.State state = GpuReport.State.FOUND;
    String message = "";
    Duration silence = Duration.ZERO;
    String driver = "580.1";
    /** Waits that were begun, and those that have not ended. */
    int begun;

    int open;
    /** The most that were open at a time. */
    int mostOpen;

    int inventories;
    private @Nullable Consumer<GpuEvent> sink;

    static FakeGpus of(String... ids) {
        FakeGpus gpus = new FakeGpus();
        for (String id : ids) {
            gpus.put(id);
        }
        return gpus;
    }

    void put(String id) {
        put(GpuDevice.builder(id, "NVIDIA H100")
                .computeMode(ComputeMode.DEFAULT)
                .build());
        samples.put(id, well(id));
    }

    void put(GpuDevice device) {
        devices.put(device.id(), device);
    }

    void vanish(String id) {
        devices.remove(id);
        samples.remove(id);
    }

    /** The source lists its GPUs and says nothing of them. */
    void vanishFromSamples() {
        samples.clear();
    }

    static GpuSample well(String id) {
        return sample(id, 0, faults(0));
    }

    static GpuSample.Faults faults(long uncorrected) {
        Reading none = Reading.of(0);
        return new GpuSample.Faults(Reading.of(uncorrected), none, none, none, none, none, none, none);
    }

    static GpuSample sample(String id, long usedMiB, GpuSample.Faults faults, GpuProcess... processes) {
        var memory = new GpuMemory(
                Reading.of(80L << 30),
                Reading.of(1L << 29),
                Reading.of(usedMiB << 20),
                Reading.of(70L << 30),
                GpuMemory.Source.DETAILED);
        return new GpuSample(
                id,
                GpuDevice.State.AVAILABLE,
                memory,
                GpuSample.Activity.unknown(Reading.notSupported()),
                faults,
                List.of(processes),
                true);
    }

    void shows(GpuSample sample) {
        samples.put(sample.id(), sample);
    }

    void xid(String gpu, long number) {
        if (sink == null) {
            throw new IllegalStateException("nobody listens");
        }
        sink.accept(new GpuEvent(gpu, number, ""));
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public GpuReport inventory() {
        inventories++;
        return state == GpuReport.State.FOUND
                ? new GpuReport("fake", state, "", "", driver, "13.0", new ArrayList<>(devices.values()))
                : GpuReport.none("fake", state, message, "");
    }

    @Override
    public List<GpuSample> sample() {
        return new ArrayList<>(samples.values());
    }

    @Override
    public Optional<GpuWatch> watch(Consumer<GpuEvent> events) {
        sink = events;
        begun++;
        open++;
        mostOpen = Math.max(mostOpen, open);
        return Optional.of(new GpuWatch() {
            @Override
            public Duration silence() {
                return silence;
            }

            @Override
            public void close() {
                open--;
            }
        });
    }

    @Override
    public void close() {}
}
