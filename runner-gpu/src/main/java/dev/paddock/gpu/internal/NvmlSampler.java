package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuSample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks one GPU what it does. */
final class NvmlSampler {
    private static final int THRESHOLD_SLOWDOWN = 1;
    private static final int THRESHOLD_GPU_MAXIMUM = 3;
    private static final int CLOCK_MULTIPROCESSORS = 1;
    private static final int UNCORRECTED = 1;
    private static final int SINCE_LOADED = 0;
    private static final int EVER = 1;
    private static final int FIELD_POWER_INSTANT = 186;
    private static final int FIELD_RECOVERY_ACTION = 230;

    private final NvmlMemory memory;

    NvmlSampler(NvmlMemory memory) {
        this.memory = memory;
    }

    GpuSample read(Asker asker, GpuDevice device) {
        GpuMemory now = memory.read(asker, device.id());
        long[] values = new long[2];
        int[] codes = new int[2];
        int[] ids = {FIELD_RECOVERY_ACTION, FIELD_POWER_INSTANT};
        int all = asker.code((nvml, handle, out) -> nvml.fields(handle, ids, values, codes));
        GpuSample.Activity activity = activity(asker, field(all, codes[1], values[1]));
        GpuSample.Faults faults = faults(asker, field(all, codes[0], values[0]));
        Optional<List<GpuProcess>> processes = device.migMode() == GpuDevice.MigMode.ENABLED
                ? ofParts(asker, now.total())
                : NvmlProcesses.read(asker, now.total());
        return new GpuSample(
                device.id(),
                NvmlCode.device(asker.verdict()),
                now,
                activity,
                faults,
                processes.orElse(List.of()),
                processes.isPresent());
    }

    private static GpuSample.Activity activity(Asker asker, Reading instantPower) {
        Reading power = asker.read(NvmlFunction.POWER_USAGE);
        return new GpuSample.Activity(
                asker.read(Nvml::utilization),
                asker.read(Nvml::temperature, Nvml::temperatureV),
                threshold(asker, THRESHOLD_SLOWDOWN),
                threshold(asker, THRESHOLD_GPU_MAXIMUM),
                asker.read(Nvml::marginTemperature),
                power.state() == Reading.State.NOT_SUPPORTED ? instantPower : power,
                asker.read(NvmlFunction.ENFORCED_POWER_LIMIT, NvmlFunction.POWER_MANAGEMENT_LIMIT),
                asker.read((nvml, device, out) -> nvml.clock(device, CLOCK_MULTIPROCESSORS, out)),
                asker.read(NvmlFunction.CLOCKS_EVENT_REASONS, NvmlFunction.CLOCKS_THROTTLE_REASONS),
                asker.read(NvmlFunction.PERSISTENCE_MODE));
    }

    private static Reading threshold(Asker asker, int which) {
        return asker.read((nvml, device, out) -> nvml.temperatureThreshold(device, which, out));
    }

    private static GpuSample.Faults faults(Asker asker, Reading recoveryAction) {
        Reading uncorrected = ecc(asker, SINCE_LOADED);
        Reading aggregate = ecc(asker, EVER);
        Reading retired = retired(asker);
        Reading pending = asker.read(NvmlFunction.RETIREMENT_PENDING);
        int code = asker.code(Nvml::remappedRows);
        Nvml.Out out = asker.out();
        boolean told = code == NvmlCode.SUCCESS;
        return new GpuSample.Faults(
                uncorrected,
                aggregate,
                retired,
                pending,
                told ? Reading.of(out.second) : NvmlCode.reading(code),
                told ? Reading.of(out.third) : NvmlCode.reading(code),
                told ? Reading.of(out.fourth) : NvmlCode.reading(code),
                recoveryAction);
    }

    private static Reading ecc(Asker asker, int counter) {
        return asker.read((nvml, device, out) -> nvml.eccErrors(device, UNCORRECTED, counter, out));
    }

    /** Of both causes; unknown if one is. */
    private static Reading retired(Asker asker) {
        Reading several = asker.read((nvml, device, out) -> nvml.retiredPages(device, 0, out));
        Reading one = asker.read((nvml, device, out) -> nvml.retiredPages(device, 1, out));
        if (!several.isKnown() || !one.isKnown()) {
            return several.isKnown() ? one : several;
        }
        return Reading.of(several.orElse(0) + one.orElse(0));
    }

    /** A driver says of a field it does not know that it is not supported, or that the argument is not valid. */
    private static Reading field(int all, int code, long value) {
        if (all != NvmlCode.SUCCESS) {
            return NvmlCode.reading(all);
        }
        if (code == NvmlCode.INVALID_ARGUMENT) {
            return Reading.notSupported();
        }
        return code == NvmlCode.SUCCESS ? Reading.of(value) : NvmlCode.reading(code);
    }

    /** A partitioned GPU tells its processes only part by part. */
    private static Optional<List<GpuProcess>> ofParts(Asker parent, Reading total) {
        Map<Long, GpuProcess> all = new LinkedHashMap<>();
        for (long handle : NvmlMig.handles(parent)) {
            Optional<List<GpuProcess>> part = NvmlProcesses.read(new Asker(parent.nvml(), handle), total);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            part.get().forEach(p -> all.putIfAbsent(p.pid(), p));
        }
        return Optional.of(List.copyOf(all.values()));
    }
}
