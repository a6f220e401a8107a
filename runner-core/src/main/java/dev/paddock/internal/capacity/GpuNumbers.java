package dev.paddock.internal.capacity;

import dev.paddock.capacity.GpuDevice;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The numbers by which plans call the GPUs of a host: their indices. Each vendor's driver counts its own from 0, so of
 * several with one index the first by vendor keeps it, and the others have the numbers that follow the largest index.
 */
public final class GpuNumbers {
    private static final Comparator<GpuDevice> ORDER = Comparator.comparing(GpuDevice::vendor)
            .thenComparingInt(GpuDevice::index)
            .thenComparing(GpuDevice::id);

    private GpuNumbers() {}

    /** By UUID; -1 for one without index. GPUs that hold no runner count too, so that a number stays. */
    public static SortedMap<String, Integer> of(List<GpuDevice> gpus) {
        SortedMap<String, Integer> numbers = new TreeMap<>();
        SortedMap<Integer, GpuDevice> taken = new TreeMap<>();
        int next = 1 + gpus.stream().mapToInt(GpuDevice::index).max().orElse(-1);
        for (GpuDevice gpu : gpus.stream().sorted(ORDER).toList()) {
            boolean first = gpu.index() < 0 || taken.putIfAbsent(gpu.index(), gpu) == null;
            numbers.put(gpu.id(), first ? gpu.index() : next++);
        }
        return numbers;
    }
}
