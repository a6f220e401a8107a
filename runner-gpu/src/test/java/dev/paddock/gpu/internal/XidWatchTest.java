package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.gpu.GpuWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events of GPUs. */
class XidWatchTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final FakeNvml nvml = new FakeNvml(2);
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final AtomicLong seconds = new AtomicLong();
    private final BlockingQueue<XidEvent> told = new LinkedBlockingQueue<>();

    @TempDir
    Path root;

    private NvmlSource source() {
        NvmlSource source =
                new NvmlSource(NvmlOptions.standard().withFsRoot(root).withClock(now::get), nvml::opened);
        source.inventory();
        return source;
    }

    private XidEvent next() throws InterruptedException {
        return told.poll(60, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("HW-59: events name the GPU they are of; one of an unknown device names none")
    void events() throws Exception {
        nvml.events.addAll(List.of(
                new long[] {2, 0x8, 31}, new long[] {1, 0x2, 0}, new long[] {77, 0x8, 79}, new long[] {1, 0x8000, 2}));
        nvml.wait = () -> nvml.events.isEmpty() ? NvmlCode.TIMEOUT : NvmlCode.SUCCESS;
        try (NvmlSource source = source()) {
            XidWatch watch = source.watchEvents(told::add).orElseThrow();
            assertThat(next()).isEqualTo(new XidEvent("GPU-1", XidEvent.Kind.XID, 31));
            assertThat(next()).isEqualTo(new XidEvent("GPU-0", XidEvent.Kind.DOUBLE_BIT_ERROR, 0));
            assertThat(next()).isEqualTo(new XidEvent("", XidEvent.Kind.XID, 79));
            assertThat(next()).isEqualTo(new XidEvent("GPU-0", XidEvent.Kind.RECOVERY_ACTION, 2));
            assertThat(nvml.registered).containsExactly(0xAL, 0xAL);
            watch.close();
            assertThat(watch.awaitEnd(LONG)).isTrue();
        }
        assertThat(nvml.called("eventSetFree")).isEqualTo(1);
        assertThat(nvml.called("shutdown")).isEqualTo(1);
    }

    @Test
    @DisplayName("HW-59: a listener that throws ends nothing")
    void throwingListener() throws Exception {
        nvml.events.addAll(List.of(new long[] {1, 0x8, 31}, new long[] {1, 0x8, 79}));
        nvml.wait = () -> nvml.events.isEmpty() ? NvmlCode.TIMEOUT : NvmlCode.SUCCESS;
        Consumer<XidEvent> listener = e -> {
            told.add(e);
            throw new IllegalStateException("planned");
        };
        try (NvmlSource source = source()) {
            XidWatch watch = source.watchEvents(listener).orElseThrow();
            assertThat(next().number()).isEqualTo(31);
            assertThat(next().number()).isEqualTo(79);
            watch.close();
            assertThat(watch.awaitEnd(LONG)).isTrue();
        }
    }

    @Test
    @DisplayName("HW-59: a GPU lost under the wait is told once, of no GPU in particular")
    void lost() throws Exception {
        nvml.wait = () -> NvmlCode.GPU_IS_LOST;
        try (NvmlSource source = source()) {
            XidWatch watch = source.watchEvents(told::add).orElseThrow();
            assertThat(next()).isEqualTo(new XidEvent("", XidEvent.Kind.WATCH_LOST, 15));
            watch.close();
            assertThat(watch.awaitEnd(LONG)).isTrue();
            assertThat(told).isEmpty();
        }
    }

    @Test
    @DisplayName("HW-59: a wait that hangs is seen from outside by the age of the last answer")
    void silence() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger waits = new AtomicInteger();
        nvml.wait = () -> {
            if (waits.incrementAndGet() == 2) {
                second.countDown();
                await(go);
            }
            seconds.set(10);
            return NvmlCode.TIMEOUT;
        };
        seconds.set(5);
        try (NvmlSource source = source()) {
            XidWatch watch = source.watchEvents(told::add, () -> TimeUnit.SECONDS.toNanos(seconds.get()))
                    .orElseThrow();
            await(second);
            seconds.set(70);
            assertThat(watch.silence()).isEqualTo(Duration.ofSeconds(60));
            watch.close();
            go.countDown();
            assertThat(watch.awaitEnd(LONG)).isTrue();
        }
    }

    @Test
    @DisplayName("HW-59: a host whose clock is set back or forth makes no driver silent, and no silence negative")
    void clockThatIsSet() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        nvml.wait = () -> {
            waiting.countDown();
            await(go);
            return NvmlCode.TIMEOUT;
        };
        try (NvmlSource source = source();
                GpuWatch watch = source.watch(event -> {}).orElseThrow()) {
            await(waiting);
            now.set(Instant.EPOCH.plus(Duration.ofDays(1)));
            assertThat(watch.silence()).isLessThan(Duration.ofHours(1));
            now.set(Instant.EPOCH.minus(Duration.ofDays(1)));
            assertThat(watch.silence()).isGreaterThanOrEqualTo(Duration.ZERO);
            go.countDown();
        }
    }

    @Test
    @DisplayName("HW-59: GPUs that deliver no events leave a watch that watches none")
    void notSupported() throws Exception {
        nvml.gpus.get(0).codes.put("registerEvents", 3);
        nvml.gpus.get(1).codes.put("supportedEvents", 3);
        try (NvmlSource source = source()) {
            XidWatch watch = source.watchEvents(told::add).orElseThrow();
            assertThat(watch.awaitEnd(LONG)).isTrue();
            assertThat(watch.watched()).isEmpty();
            assertThat(nvml.called("eventSetWait")).isZero();
            assertThat(nvml.called("eventSetFree")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("HW-59: a set that a GPU spoiled is not waited for")
    void spoiledSet() throws Exception {
        nvml.gpus.get(0).codes.put("registerEvents", NvmlCode.UNKNOWN);
        try (NvmlSource source = source()) {
            XidWatch watch = source.watchEvents(told::add).orElseThrow();
            assertThat(watch.awaitEnd(LONG)).isTrue();
            assertThat(watch.watched()).isEmpty();
            assertThat(nvml.called("eventSetWait")).isZero();
            assertThat(nvml.called("eventSetFree")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("HW-9: a source that is closed ends its watch, and NVML after it")
    void closedWithSource() throws Exception {
        NvmlSource source = source();
        XidWatch watch = source.watchEvents(told::add).orElseThrow();
        source.close();
        assertThat(watch.awaitEnd(LONG)).isTrue();
        assertThat(nvml.called("shutdown")).isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
