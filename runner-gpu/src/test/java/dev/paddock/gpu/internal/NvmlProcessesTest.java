package dev.paddock.gpu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of processes, as drivers write them. */
class NvmlProcessesTest {
    private static final long GIB = 1L << 30;

    private final FakeNvml nvml = new FakeNvml(1);
    private final FakeNvml.Gpu gpu = nvml.gpus.get(0);

    private Optional<List<GpuProcess>> read() {
        Nvml.Out out = new Nvml.Out();
        nvml.handle(0, out);
        return NvmlProcesses.read(new Asker(nvml, out.value), Reading.of(80 * GIB));
    }

    @Test
    @DisplayName("HW-23: a list that grows while it is asked for is read in full")
    void growing() {
        AtomicInteger asked = new AtomicInteger();
        var full = FakeNvml.processes(24, 1, GIB, 2, GIB, 3, GIB);
        gpu.processes = (count, records) -> {
            if (asked.incrementAndGet() < 3) {
                count[0] = asked.get();
                return NvmlCode.INSUFFICIENT_SIZE;
            }
            return full.apply(count, records);
        };
        assertThat(read().orElseThrow()).extracting(GpuProcess::pid).containsExactly(1L, 2L, 3L);
        assertThat(asked).hasValue(3);
    }

    @Test
    @DisplayName("HW-23: a list that never ends growing is given up after five tries, and is no empty list")
    void growingForEver() {
        AtomicInteger asked = new AtomicInteger();
        gpu.processes = (count, records) -> {
            asked.incrementAndGet();
            count[0] += 100;
            return NvmlCode.INSUFFICIENT_SIZE;
        };
        assertThat(read()).isEmpty();
        assertThat(asked).hasValue(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    @DisplayName("HW-24: records of each size a driver has written are read right")
    void strides(int stride) {
        gpu.processes = FakeNvml.processes(stride, 11, GIB, 12, 2 * GIB, 4_000_000, 3 * GIB);
        assertThat(read().orElseThrow())
                .containsExactly(
                        new GpuProcess(11, Reading.of(GIB)),
                        new GpuProcess(12, Reading.of(2 * GIB)),
                        new GpuProcess(4_000_000, Reading.of(3 * GIB)));
    }

    @Test
    @DisplayName("HW-24: a size nobody knows, no pid, or more memory than there is make no list")
    void garbage() {
        gpu.processes = FakeNvml.processes(40, 11, GIB, 12, GIB);
        assertThat(read()).isEmpty();
        gpu.processes = FakeNvml.processes(24, 0, GIB);
        assertThat(read()).isEmpty();
        gpu.processes = FakeNvml.processes(24, 11, 81 * GIB);
        assertThat(read()).isEmpty();
        gpu.processes = FakeNvml.processes(24, -5, GIB);
        assertThat(read()).isEmpty();
    }

    @Test
    @DisplayName("HW-25: memory that is all ones is not told")
    void memoryNotTold() {
        gpu.processes = FakeNvml.processes(24, 11, -1);
        assertThat(read().orElseThrow()).containsExactly(new GpuProcess(11, Reading.notSupported()));
    }

    @Test
    @DisplayName("A list that may not be read is no empty list")
    void noPermission() {
        gpu.codes.put("COMPUTEv3", 4);
        assertThat(read()).isEmpty();
        assertThat(nvml.called("COMPUTEv2")).isZero();
    }
}
