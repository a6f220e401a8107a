package dev.paddock.gpu.internal;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuVendor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Asks one GPU who it is. */
final class NvmlDevice {
    /**
     * A GPU of the last inventory.
     *
     * @param handle 0 if it was refused, or never answered
     */
    record Known(int index, long handle, GpuDevice device) {}

    private final Nvml nvml;
    private final NvmlMemory memory;
    private final Path fsRoot;

    NvmlDevice(Nvml nvml, NvmlMemory memory, Path fsRoot) {
        this.nvml = nvml;
        this.memory = memory;
        this.fsRoot = fsRoot;
    }

    /**
     * Asks the GPU at an index.
     *
     * @param before what was at that index; stands in for what is not told any more
     */
    Known read(int index, Known before) {
        Nvml.Out out = new Nvml.Out();
        int code = nvml.handle(index, out);
        if (code != NvmlCode.SUCCESS) {
            return refused(index, code, before);
        }
        Asker asker = new Asker(nvml, out.value);
        String name = or(asker.text(Nvml::name), before.device().name());
        String busId = or(linuxBusId(asker.text(Nvml::busId)), before.device().busId());
        String id = or(asker.text(Nvml::uuid), before.device().id());
        GpuDevice.Builder builder = GpuDevice.builder(id, name)
                .index(index)
                .vendor(GpuVendor.NVIDIA)
                .busId(busId)
                .memory(memory.read(asker, id))
                .computeCapability(computeCapability(asker));
        ComputeMode computeMode = computeMode(asker);
        GpuDevice.MigMode mig = NvmlMig.mode(asker);
        builder.computeMode(computeMode).migMode(mig);
        if (mig == GpuDevice.MigMode.ENABLED || mig == GpuDevice.MigMode.CHANGING) {
            builder.migDevices(NvmlMig.devices(asker, memory));
        }
        if (isTold(mig)) {
            // They do not change while it is the same GPU, and to ask takes many calls.
            boolean told = before.device().id().equals(id)
                    && before.handle() != 0
                    && isTold(before.device().migMode())
                    && before.device().state() == GpuDevice.State.AVAILABLE;
            builder.migProfiles(told ? before.device().migProfiles() : NvmlMig.profiles(asker));
        }
        builder.numaNode(numaNode(asker, busId));
        int verdict = asker.verdict();
        builder.state(NvmlCode.device(verdict), reason(verdict, computeMode, mig));
        return new Known(index, asker.device(), builder.build());
    }

    private static boolean isTold(GpuDevice.MigMode mode) {
        return mode != GpuDevice.MigMode.NOT_SUPPORTED && mode != GpuDevice.MigMode.UNKNOWN;
    }

    private static String reason(int verdict, ComputeMode computeMode, GpuDevice.MigMode mig) {
        if (verdict != NvmlCode.SUCCESS) {
            return NvmlCode.words(verdict);
        }
        if (mig == GpuDevice.MigMode.CHANGING) {
            return "reset required for MIG: its mode is to change with the next reset of the GPU";
        }
        if (mig == GpuDevice.MigMode.UNKNOWN) {
            return "whether it is partitioned (MIG) cannot be read";
        }
        return computeMode == ComputeMode.PROHIBITED ? "compute mode is prohibited" : "";
    }

    /** One that did not answer in time keeps its handle: the next sample asks it again. */
    static Known refused(int index, int code, Known before) {
        GpuDevice device = GpuDevice.builder(
                        before.device().id(), before.device().name())
                .index(index)
                .busId(before.device().busId())
                .numaNode(before.device().numaNode())
                .memory(GpuMemory.unknown(NvmlCode.reading(code)))
                .state(NvmlCode.device(code), NvmlCode.words(code))
                .build();
        return new Known(index, code == NvmlCode.TIMEOUT ? before.handle() : 0, device);
    }

    /** A GPU of which nothing was ever told but that it is counted. */
    static Known stranger(int index) {
        return new Known(
                index, 0, GpuDevice.builder("nvml-" + index, "").index(index).build());
    }

    private static String or(String told, String before) {
        return told.isBlank() ? before : told;
    }

    private static String computeCapability(Asker asker) {
        return asker.code(Nvml::computeCapability) == NvmlCode.SUCCESS
                ? asker.out().value + "." + asker.out().second
                : "";
    }

    /** The exclusive mode of a thread was removed; a driver that still has it allows one process at most. */
    private static ComputeMode computeMode(Asker asker) {
        return switch ((int) asker.read(NvmlFunction.COMPUTE_MODE).orElse(-1)) {
            case 0 -> ComputeMode.DEFAULT;
            case 1, 3 -> ComputeMode.EXCLUSIVE_PROCESS;
            case 2 -> ComputeMode.PROHIBITED;
            default -> ComputeMode.UNKNOWN;
        };
    }

    /** From {@code 00000000:3B:00.0} to {@code 0000:3b:00.0}. */
    static String linuxBusId(String told) {
        String lower = told.toLowerCase(Locale.ROOT);
        int colon = lower.indexOf(':');
        return colon == 8 && lower.startsWith("0000") ? lower.substring(4) : lower;
    }

    private int numaNode(Asker asker, String busId) {
        if (!busId.isEmpty()) {
            Path file = fsRoot.resolve("sys/bus/pci/devices").resolve(busId).resolve("numa_node");
            try {
                List<String> lines = Files.readAllLines(file);
                return lines.isEmpty()
                        ? -1
                        : Math.max(-1, Integer.parseInt(lines.get(0).trim()));
            } catch (IOException | NumberFormatException e) {
                // Not Linux, or not a number: the driver may still tell.
            }
        }
        return (int) asker.read(NvmlFunction.NUMA_NODE).orElse(-1);
    }
}
