package dev.paddock.testkit;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuHealth;
import dev.paddock.gpu.GpuReport;
import dev.paddock.gpu.GpuSample;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** For whose events it waits. */
class GpuEventWatchTest {
    private final FleetFixture f = new FleetFixture();
    private final FakeGpus gpus = FakeGpus.of("GPU-a", "GPU-b");
    private @Nullable GpuHealth health;

    private void start() {
        health = GpuHealth.builder(gpus).scheduler(f.time.host("gpu-health")).start();
        f.advance(ofSeconds(1));
    }

    private GpuHealth health() {
        if (health == null) {
            throw new IllegalStateException("start it first");
        }
        return health;
    }

    @AfterEach
    void close() {
        health().close();
        assertThat(gpus.open).isZero();
    }

    @Test
    void theWaitForEventsIsBegunOnceForTheSameGpus() {
        start();
        f.advance(ofMinutes(10));
        assertThat(gpus.inventories).isGreaterThan(9);
        assertThat(gpus.begun).isEqualTo(1);
    }

    @Test
    void theWaitForEventsIsBegunAnewForAGpuThatWasNotThereAndTheOldOneEndsAfterThat() {
        start();
        gpus.put("GPU-c");
        f.advance(ofMinutes(2));
        assertThat(gpus.begun).isEqualTo(2);
        assertThat(gpus.open).isEqualTo(1);
        assertThat(gpus.mostOpen).as("nothing is missed in between").isEqualTo(2);
        gpus.xid("GPU-c", 79);
        assertThat(health().schedulable()).containsExactly("GPU-a", "GPU-b");
        gpus.vanish("GPU-b");
        gpus.put("GPU-d");
        f.advance(ofMinutes(2));
        assertThat(gpus.begun).as("as many, of another id").isEqualTo(3);
    }

    @Test
    void theWaitForEventsIsBegunAnewAfterAReset() {
        start();
        GpuDevice lost = GpuDevice.builder("GPU-a", "NVIDIA H100")
                .state(GpuDevice.State.LOST, "it fell off its bus")
                .build();
        gpus.put(lost);
        gpus.shows(GpuSample.unknown("GPU-a", GpuDevice.State.LOST, Reading.lost()));
        f.advance(ofMinutes(2));
        assertThat(gpus.begun).as("without it").isEqualTo(2);
        gpus.put("GPU-a");
        f.advance(ofMinutes(2));
        assertThat(gpus.begun).as("with it again").isEqualTo(3);
        health().clear("GPU-b");
        f.advance(ofSeconds(5));
        assertThat(gpus.begun).as("somebody says that it was reset").isEqualTo(4);
        assertThat(gpus.open).isEqualTo(1);
    }

    @Test
    void theWaitForEventsEndsWithTheDriverAndBeginsWithTheNext() {
        start();
        gpus.driver = "580.2";
        f.advance(ofMinutes(2));
        assertThat(gpus.begun).as("another driver").isEqualTo(2);
        gpus.state = GpuReport.State.DRIVER_NOT_LOADED;
        f.advance(ofMinutes(2));
        assertThat(gpus.open).isZero();
        gpus.state = GpuReport.State.FOUND;
        f.advance(ofMinutes(2));
        assertThat(gpus.open).isEqualTo(1);
        gpus.state = GpuReport.State.NO_GPUS;
        f.advance(ofMinutes(2));
        assertThat(gpus.open).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"TIMED_OUT", "FAILED"})
    void theWaitForEventsGoesOnWhileNobodyCanTellWhoIsThere(GpuReport.State state) {
        start();
        gpus.state = state;
        f.advance(ofMinutes(5));
        gpus.state = GpuReport.State.FOUND;
        f.advance(ofMinutes(2));
        assertThat(gpus.begun).isEqualTo(1);
        assertThat(gpus.open).isEqualTo(1);
    }
}
