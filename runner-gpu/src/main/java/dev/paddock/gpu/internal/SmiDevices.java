package dev.paddock.gpu.internal;

import dev.paddock.capacity.ComputeMode;
import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.MigDevice;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuProcess;
import dev.paddock.gpu.GpuSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes devices and samples of what nvidia-smi printed about a GPU, be it CSV or XML. */
final class SmiDevices {
    private static final long MIB = 1 << 20;

    private SmiDevices() {}

    /** What identifies the GPU: its UUID; its address if it does not tell it; its place if it tells neither. */
    static String id(SmiOutput.Row row) {
        String uuid = row.cell("uuid");
        if (!SmiText.isAbsent(uuid)) {
            return SmiText.bare(uuid);
        }
        String address = PciAddress.normal(row.cell("pci.bus_id"));
        return address.isEmpty() ? "nvidia-" + SmiText.number(row.cell("index")).orElse(-1) : address;
    }

    static GpuDevice device(SmiOutput.Row row, List<SmiListing.Part> listed) {
        Reading index = SmiText.number(row.cell("index"));
        GpuDevice.MigMode mig = migMode(row);
        GpuDevice.Builder builder = GpuDevice.builder(id(row), text(row.cell("name")))
                .index((int) Math.max(-1, Math.min(index.orElse(-1), 1 << 20)))
                .busId(PciAddress.normal(row.cell("pci.bus_id")))
                .memory(memory(row, mig))
                .computeCapability(text(row.cell("compute_cap")))
                .computeMode(computeMode(row.cell("compute_mode")))
                .migMode(mig)
                .migDevices(parts(row, listed));
        String broken = broken(row);
        if (!broken.isEmpty()) {
            builder.state(state(row), broken);
        }
        return builder.build();
    }

    static GpuSample sample(SmiOutput.Row row, @Nullable List<GpuProcess> processes) {
        GpuSample.Activity activity = new GpuSample.Activity(
                SmiText.number(row.cell("utilization.gpu")),
                SmiText.number(row.cell("temperature.gpu")),
                SmiText.number(row.cell("temperature.slowdown")),
                SmiText.number(row.cell("temperature.maximum")),
                SmiText.number(row.cell("temperature.gpu.tlimit")),
                SmiText.scaled(row.cell("power.draw"), 1000),
                SmiText.scaled(row.cell("power.limit"), 1000),
                SmiText.number(row.cell("clocks.current.sm")),
                SmiText.bits(row.cell("clocks_throttle_reasons.active")),
                SmiText.flag(row.cell("persistence_mode")));
        GpuSample.Faults faults = new GpuSample.Faults(
                SmiText.number(row.cell("ecc.errors.uncorrected.volatile.total")),
                SmiText.number(row.cell("ecc.errors.uncorrected.aggregate.total")),
                SmiText.number(row.cell("retired_pages.double_bit.count")),
                SmiText.flag(row.cell("retired_pages.pending")),
                SmiText.number(row.cell("remapped_rows.uncorrectable")),
                SmiText.flag(row.cell("remapped_rows.pending")),
                SmiText.flag(row.cell("remapped_rows.failure")),
                SmiText.recovery(row.cell("gpu_recovery_action")));
        GpuDevice.State state = broken(row).isEmpty() ? GpuDevice.State.AVAILABLE : state(row);
        return new GpuSample(
                id(row),
                state,
                memory(row, migMode(row)),
                activity,
                faults,
                processes == null ? List.of() : processes,
                processes != null);
    }

    static GpuProcess process(Map<String, String> cells) {
        return new GpuProcess(
                SmiText.number(cells.getOrDefault("pid", "")).orElse(-1),
                SmiText.bytes(cells.getOrDefault("used_memory", ""), MIB));
    }

    /** Whether a process is there that may not be named. */
    static boolean isHidden(Map<String, String> cells) {
        return SmiText.number(cells.getOrDefault("pid", "")).equals(Reading.noPermission());
    }

    /** A word where a text is meant, or the text. */
    private static String text(String cell) {
        return SmiText.isAbsent(cell) ? "" : SmiText.bare(cell);
    }

    private static GpuMemory memory(SmiOutput.Row row, GpuDevice.MigMode mig) {
        Reading total = SmiText.bytes(row.cell("memory.total"), MIB);
        Reading used = SmiText.bytes(row.cell("memory.used"), MIB);
        Reading free = SmiText.bytes(row.cell("memory.free"), MIB);
        Reading reserved = SmiText.bytes(row.cell("memory.reserved"), MIB);
        Source source = Source.NONE;
        if (total.isKnown()) {
            source = isDetailed(row, total, used, free) ? Source.DETAILED : Source.LEGACY;
        } else if (total.state() == Reading.State.NOT_SUPPORTED
                && mig != GpuDevice.MigMode.ENABLED
                && mig != GpuDevice.MigMode.UNKNOWN
                && isAlive(row)) {
            // The GB10 and its like answer about everything but a memory of their own.
            source = Source.UNIFIED;
        }
        if (source == Source.DETAILED && !reserved.isKnown()) {
            reserved = Reading.of(Math.max(0, total.orElse(0) - used.orElse(0) - free.orElse(0)));
        }
        return new GpuMemory(total, reserved, used, free, source);
    }

    /** Whether used leaves out what is reserved: then used and free do not add up to the total. */
    private static boolean isDetailed(SmiOutput.Row row, Reading total, Reading used, Reading free) {
        if (SmiText.bytes(row.cell("memory.reserved"), MIB).isKnown()) {
            return true;
        }
        long gap = total.orElse(0) - used.orElse(0) - free.orElse(0);
        return used.isKnown() && free.isKnown() && gap > 16 * MIB;
    }

    private static boolean isAlive(SmiOutput.Row row) {
        return SmiText.number(row.cell("temperature.gpu")).isKnown()
                || SmiText.scaled(row.cell("power.draw"), 1000).isKnown()
                || SmiText.number(row.cell("utilization.gpu")).isKnown();
    }

    private static ComputeMode computeMode(String cell) {
        String word = cell.strip().toLowerCase(Locale.ROOT).replace(' ', '_');
        if (word.startsWith("exclusive")) {
            return ComputeMode.EXCLUSIVE_PROCESS;
        }
        return switch (word) {
            case "default" -> ComputeMode.DEFAULT;
            case "prohibited" -> ComputeMode.PROHIBITED;
            default -> ComputeMode.UNKNOWN;
        };
    }

    static GpuDevice.MigMode migMode(SmiOutput.Row row) {
        Reading current = SmiText.flag(row.cell("mig.mode.current"));
        Reading pending = SmiText.flag(row.cell("mig.mode.pending"));
        if (!current.isKnown()) {
            return NvmlMig.unread(current);
        }
        if (pending.isKnown() && !pending.equals(current)) {
            return GpuDevice.MigMode.CHANGING;
        }
        return current.orElse(0) == 1 ? GpuDevice.MigMode.ENABLED : GpuDevice.MigMode.DISABLED;
    }

    /** The listing names the parts, the XML measures them; the place on the GPU is what they have in common. */
    private static List<MigDevice> parts(SmiOutput.Row row, List<SmiListing.Part> listed) {
        List<MigDevice> devices = new ArrayList<>();
        for (SmiListing.Part part : listed) {
            Map<String, String> cells = row.parts().stream()
                    .filter(each ->
                            SmiText.number(each.getOrDefault("index", "")).orElse(-1) == part.index())
                    .findFirst()
                    .orElse(Map.of());
            devices.add(new MigDevice(
                    part.uuid(),
                    part.profile(),
                    part.gpuInstance() >= 0 ? part.gpuInstance() : instance(cells, "gpu_instance_id"),
                    part.computeInstance() >= 0 ? part.computeInstance() : instance(cells, "compute_instance_id"),
                    partMemory(cells)));
        }
        return devices;
    }

    private static int instance(Map<String, String> cells, String name) {
        return (int) Math.min(SmiText.number(cells.getOrDefault(name, "")).orElse(-1), 1 << 20);
    }

    private static GpuMemory partMemory(Map<String, String> cells) {
        Reading total = SmiText.bytes(cells.getOrDefault("fb_memory_usage/total", ""), MIB);
        return new GpuMemory(
                total,
                SmiText.bytes(cells.getOrDefault("fb_memory_usage/reserved", ""), MIB),
                SmiText.bytes(cells.getOrDefault("fb_memory_usage/used", ""), MIB),
                SmiText.bytes(cells.getOrDefault("fb_memory_usage/free", ""), MIB),
                total.isKnown() ? Source.DETAILED : Source.NONE);
    }

    /** What says that the GPU cannot be used; empty if nothing does. */
    private static String broken(SmiOutput.Row row) {
        for (Map.Entry<String, String> cell : row.cells().entrySet()) {
            String text = cell.getValue().toLowerCase(Locale.ROOT);
            if (text.contains("is lost")
                    || (text.contains("requires reset") && !cell.getKey().contains("recovery"))) {
                return SmiText.bare(cell.getValue());
            }
        }
        String uuid = row.cell("uuid");
        return SmiText.isAbsent(uuid) && !SmiText.absent(uuid).equals(Reading.notSupported())
                ? "its UUID cannot be read: " + SmiText.bare(uuid)
                : "";
    }

    private static GpuDevice.State state(SmiOutput.Row row) {
        if (SmiText.absent(row.cell("uuid")).equals(Reading.noPermission())) {
            return GpuDevice.State.NO_PERMISSION;
        }
        return broken(row).toLowerCase(Locale.ROOT).contains("reset") ? GpuDevice.State.UNUSABLE : GpuDevice.State.LOST;
    }
}
