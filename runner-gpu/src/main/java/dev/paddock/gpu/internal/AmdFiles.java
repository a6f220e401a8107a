package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuDevice;
import dev.paddock.capacity.GpuMemory;
import dev.paddock.capacity.GpuMemory.Source;
import dev.paddock.capacity.Reading;
import dev.paddock.gpu.GpuSample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What AMD's kernel driver tells in files: amdgpu in the device's folder, KFD in its topology. */
final class AmdFiles {
    /** A card has more memory of its own than this; a processor's GPU is given less, and borrows the rest. */
    private static final long SMALL = 2L << 30;

    private AmdFiles() {}

    /** A UUID in the form AMD's runtime takes, of a serial number as its driver tells it; empty if it tells none. */
    static String id(String serial) {
        String digits = serial.strip().toLowerCase(Locale.ROOT).replaceFirst("^0x", "");
        return digits.matches("[0-9a-f]{1,16}") && !digits.matches("0+")
                ? "GPU-" + "0".repeat(16 - digits.length()) + digits
                : "";
    }

    static GpuDevice device(PciScan.Found found, Path fsRoot) {
        Path node = node(found.address(), fsRoot);
        Map<String, Long> properties = properties(node, "properties");
        String product = PciScan.text(found.folder().resolve("product_name"));
        String id = id(PciScan.text(found.folder().resolve("unique_id")));
        GpuMemory memory = memory(found.folder(), properties.getOrDefault("cpu_cores_count", 0L) > 0);
        long bank = properties(node, "mem_banks/0/properties").getOrDefault("size_in_bytes", 0L);
        if (memory.source() == Source.NONE && bank > 0) {
            Reading none = Reading.notSupported();
            memory = new GpuMemory(Reading.of(bank), Reading.of(0), none, none, Source.DETAILED);
        }
        return SysfsSource.base(
                        found,
                        id.isEmpty() ? found.address() : id,
                        product.isEmpty() ? "AMD GPU " + found.deviceId() : product,
                        "amdgpu")
                .memory(memory)
                .computeCapability(target(properties.getOrDefault("gfx_target_version", 0L)))
                .build();
    }

    /** Why a card that its driver has is known by its address and hardly more; empty if its memory is known. */
    static String whyNoMemory(PciScan.Found found, GpuDevice device) {
        if (device.memory().source() != Source.NONE) {
            return "";
        }
        if (device.memory().total().equals(Reading.noPermission())) {
            return "this user may not read its memory";
        }
        return Files.exists(found.folder().resolve("drm"))
                ? "amdgpu does not tell its memory"
                : "amdgpu has it and made no device of it below /sys/class/drm, as when it did not start"
                        + " (sudo dmesg | grep amdgpu)";
    }

    static GpuMemory memory(Path folder, boolean onProcessor) {
        Reading total = count(folder.resolve("mem_info_vram_total"));
        Reading used = count(folder.resolve("mem_info_vram_used"));
        Reading borrowed = count(folder.resolve("mem_info_gtt_total"));
        Reading free = total.isKnown() && used.isKnown()
                ? Reading.of(Math.max(0, total.orElse(0) - used.orElse(0)))
                : Reading.notSupported();
        boolean small = total.isKnown() && total.orElse(0) <= SMALL && borrowed.orElse(0) > total.orElse(0);
        Source source = onProcessor || small ? Source.UNIFIED : total.isKnown() ? Source.DETAILED : Source.NONE;
        // The driver keeps nothing back from what it tells.
        Reading reserved = source == Source.DETAILED ? Reading.of(0) : Reading.notSupported();
        return new GpuMemory(total, reserved, used, free, source);
    }

    static GpuSample sample(PciScan.Found card, GpuDevice device) {
        Reading none = Reading.notSupported();
        Reading temperature = none;
        Reading power = none;
        for (Path monitor : PciScan.list(card.folder().resolve("hwmon"))) {
            temperature = orElse(temperature, scaled(monitor.resolve("temp1_input"), 1000));
            power = orElse(power, scaled(monitor.resolve("power1_average"), 1000));
            power = orElse(power, scaled(monitor.resolve("power1_input"), 1000));
        }
        GpuSample.Activity activity = new GpuSample.Activity(
                count(card.folder().resolve("gpu_busy_percent")),
                temperature,
                none,
                none,
                none,
                power,
                none,
                none,
                none,
                none);
        GpuMemory now = memory(card.folder(), device.memory().source() == Source.UNIFIED);
        return new GpuSample(
                device.id(),
                device.state(),
                now.source() == Source.NONE ? device.memory() : now,
                activity,
                GpuSample.Faults.unknown(none),
                List.of(),
                false);
    }

    private static Reading orElse(Reading first, Reading second) {
        return first.isKnown() ? first : second;
    }

    /** A file with one number. */
    static Reading count(Path file) {
        String text = PciScan.text(file);
        if (text.isEmpty()) {
            return Files.exists(file) && !Files.isReadable(file) ? Reading.noPermission() : Reading.notSupported();
        }
        return text.matches("\\d{1,18}") ? Reading.of(Long.parseLong(text)) : SmiText.number(text);
    }

    private static Reading scaled(Path file, long divisor) {
        Reading raw = count(file);
        return raw.isKnown() ? Reading.of(Math.round(raw.orElse(0) / (double) divisor)) : raw;
    }

    /** The card's node in KFD's topology; null if it has none. Processors are nodes as well. */
    private static @Nullable Path node(String address, Path fsRoot) {
        for (Path node : PciScan.list(fsRoot.resolve("sys/class/kfd/kfd/topology/nodes"))) {
            Map<String, Long> properties = properties(node, "properties");
            if (properties.getOrDefault("simd_count", 0L) > 0 && address.equals(address(properties))) {
                return node;
            }
        }
        return null;
    }

    private static Map<String, Long> properties(@Nullable Path node, String file) {
        return node == null ? Map.of() : properties(PciScan.text(node.resolve(file)));
    }

    static Map<String, Long> properties(String text) {
        Map<String, Long> properties = new TreeMap<>();
        text.lines().limit(1000).forEach(line -> {
            String[] parts = line.strip().split("\\s+", -1);
            if (parts.length == 2 && parts[1].matches("\\d{1,18}")) {
                properties.put(parts[0], Long.parseLong(parts[1]));
            }
        });
        return properties;
    }

    private static String address(Map<String, Long> properties) {
        long location = properties.getOrDefault("location_id", 0L);
        return String.format(
                Locale.ROOT,
                "%04x:%02x:%02x.%d",
                properties.getOrDefault("domain", 0L),
                (location >> 8) & 0xff,
                (location >> 3) & 0x1f,
                location & 7);
    }

    /** 90402 is gfx942, 90010 gfx90a. */
    static String target(long version) {
        return version <= 0
                ? ""
                : "gfx" + version / 10_000 + Long.toHexString(version / 100 % 100) + Long.toHexString(version % 100);
    }
}
