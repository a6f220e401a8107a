package dev.paddock.gpu.internal;

import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks who uses a device. The records of the list have had three sizes, and drivers 535.43 to 535.86 wrote the largest
 * where the middle one was asked for: so there is room for the largest, the size is taken from what was written, and a
 * list that fits none, or whose numbers cannot be, is no list.
 */
final class NvmlProcesses {
    private static final int TRIES = 5;
    private static final int SPARE = 16;
    /** More than a GPU can serve, so that a broken answer does not ask for gigabytes. */
    private static final int MOST = 65_536;

    private static final byte UNWRITTEN = (byte) 0xAA;
    /** A record's last field may end in bytes that look unwritten. */
    private static final int SLACK = 3;

    private static final long NOT_TOLD = -1;
    /** Linux does not count further. */
    private static final long LARGEST_PID = 1L << 22;

    private NvmlProcesses() {}

    /**
     * Everybody who computes or draws on a device, each once.
     *
     * @param total the device's memory, to know a number that cannot be
     * @return empty if those who compute are not told
     */
    static Optional<List<GpuProcess>> read(Asker asker, Reading total) {
        Map<Long, GpuProcess> all = new LinkedHashMap<>();
        for (Nvml.Users whose : Nvml.Users.values()) {
            Optional<List<GpuProcess>> listed = list(asker, whose, total);
            if (listed.isEmpty() && whose == Nvml.Users.COMPUTE) {
                return Optional.empty();
            }
            listed.orElse(List.of()).forEach(p -> all.merge(p.pid(), p, NvmlProcesses::larger));
        }
        return Optional.of(List.copyOf(all.values()));
    }

    /** One that computes and draws is in two lists. */
    private static GpuProcess larger(GpuProcess one, GpuProcess other) {
        return other.memory().orElse(-1) > one.memory().orElse(-1) ? other : one;
    }

    private static Optional<List<GpuProcess>> list(Asker asker, Nvml.Users whose, Reading total) {
        int code = NvmlCode.FUNCTION_NOT_FOUND;
        for (int version = 3; version > 0 && code == NvmlCode.FUNCTION_NOT_FOUND; version--) {
            int[] count = {0};
            byte[] records = new byte[0];
            code = ask(asker, whose, version, count, records);
            for (int i = 1; i < TRIES && code == NvmlCode.INSUFFICIENT_SIZE; i++) {
                int room = Math.max(0, Math.min(count[0], MOST)) + SPARE;
                count[0] = room;
                records = new byte[room * NvmlLayout.PROCESS_DETAIL_BYTES];
                Arrays.fill(records, UNWRITTEN);
                code = ask(asker, whose, version, count, records);
            }
            if (code == NvmlCode.SUCCESS) {
                return parse(records, count[0], total);
            }
        }
        return Optional.empty();
    }

    private static int ask(Asker asker, Nvml.Users whose, int version, int[] count, byte[] records) {
        return asker.code((nvml, device, out) -> nvml.processes(whose, version, device, count, records));
    }

    static Optional<List<GpuProcess>> parse(byte[] records, int count, Reading total) {
        if (count == 0) {
            return Optional.of(List.of());
        }
        int stride = stride(records, count);
        if (stride == 0) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(records).order(ByteOrder.nativeOrder());
        List<GpuProcess> processes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long pid = Integer.toUnsignedLong(buffer.getInt(i * stride + NvmlLayout.PROCESS_PID));
            long memory = buffer.getLong(i * stride + NvmlLayout.PROCESS_MEMORY);
            boolean told = memory != NOT_TOLD;
            if (pid == 0 || pid > LARGEST_PID || (told && (memory < 0 || memory > total.orElse(Long.MAX_VALUE)))) {
                return Optional.empty();
            }
            processes.add(new GpuProcess(pid, told ? Reading.of(memory) : Reading.notSupported()));
        }
        return Optional.of(processes);
    }

    /** The bytes of a record, from how many were written; 0 if that is the size of none. */
    private static int stride(byte[] records, int count) {
        int written = records.length;
        while (written > 0 && records[written - 1] == UNWRITTEN) {
            written--;
        }
        int[] sizes = {NvmlLayout.PROCESS_V1_BYTES, NvmlLayout.PROCESS_V2_BYTES, NvmlLayout.PROCESS_DETAIL_BYTES};
        for (int size : sizes) {
            long all = (long) size * count;
            if (written <= all && written >= all - SLACK) {
                return size;
            }
        }
        return 0;
    }
}
