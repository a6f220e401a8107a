package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Asks how much memory a device has: by the newer function, which tells what the driver keeps, and where that fails by
 * the older, which counts it as used. Remembers which devices only know the older. Thread-safe.
 */
final class NvmlMemory {
    private final Set<String> legacy = ConcurrentHashMap.newKeySet();

    /** Asks a device or a MIG device, remembered by its id. */
    GpuMemory read(Asker asker, String id) {
        if (legacy.contains(id)) {
            return legacy(asker);
        }
        int code = asker.code(Nvml::memoryV2);
        if (code == NvmlCode.SUCCESS) {
            Nvml.Out out = asker.out();
            return memory(out.value, Reading.of(out.second), out.fourth, out.third, GpuMemory.Source.DETAILED);
        }
        if (!mayKnowOlder(code)) {
            return GpuMemory.unknown(NvmlCode.reading(code));
        }
        GpuMemory older = legacy(asker);
        if (older.source() == GpuMemory.Source.LEGACY) {
            legacy.add(id);
        } else if (code == NvmlCode.NOT_SUPPORTED && older.total().equals(Reading.notSupported())) {
            // Boards that share the host's memory answer so to both: GB10, Jetson.
            Reading none = Reading.notSupported();
            return new GpuMemory(none, none, none, none, GpuMemory.Source.UNIFIED);
        }
        return older;
    }

    /** 999 is what the driver under WSL answers. */
    private static boolean mayKnowOlder(int code) {
        return NvmlCode.reading(code).state() == Reading.State.NOT_SUPPORTED || code == NvmlCode.UNKNOWN;
    }

    private static GpuMemory legacy(Asker asker) {
        int code = asker.code(Nvml::memory);
        if (code != NvmlCode.SUCCESS) {
            return GpuMemory.unknown(NvmlCode.reading(code));
        }
        Nvml.Out out = asker.out();
        return memory(out.value, Reading.notSupported(), out.third, out.second, GpuMemory.Source.LEGACY);
    }

    private static GpuMemory memory(long total, Reading reserved, long used, long free, GpuMemory.Source source) {
        if (total <= 0) {
            return GpuMemory.unknown(Reading.failed("the driver tells a memory of " + total + " bytes"));
        }
        return new GpuMemory(Reading.of(total), reserved, Reading.of(used), Reading.of(free), source);
    }
}
