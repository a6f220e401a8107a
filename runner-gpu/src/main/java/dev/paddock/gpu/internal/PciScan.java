package dev.paddock.gpu.internal;

import dev.paddock.capacity.GpuVendor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The GPUs on the PCI bus as Linux lists them, whether or not a driver knows them, and those of which only a driver
 * tells: a container may hide the bus and not its graphics devices.
 */
final class PciScan {
    private static final Map<String, GpuVendor> VENDORS = Map.of(
            "0x10de", GpuVendor.NVIDIA, "0x1002", GpuVendor.AMD, "0x8086", GpuVendor.INTEL, "0x1da3", GpuVendor.OTHER);

    private static final Pattern SLOT = Pattern.compile("(?m)^PCI_SLOT_NAME=(\\S{1,40})$");

    private static final int MOST_FILES = 8192;

    private PciScan() {}

    /**
     * A GPU on the bus.
     *
     * @param address as Linux writes it; the name of its graphics device, such as {@code card0}, if that is not told
     * @param vendor who made it
     * @param deviceId such as {@code 0x2335}
     * @param driver the kernel's driver that has it; empty if none has
     * @param numaNode -1 if not told
     * @param folder its folder in sysfs
     */
    record Found(String address, GpuVendor vendor, String deviceId, String driver, int numaNode, Path folder) {
        /** Empty if it is not told. */
        String busId() {
            return PciAddress.normal(address);
        }
    }

    /** In the order of the bus. Empty where there is none, or it is hidden from this process. */
    static List<Found> find(Path fsRoot) {
        List<Found> found = new ArrayList<>();
        List<Found> virtual = new ArrayList<>();
        folders(fsRoot).forEach((address, folder) -> {
            GpuVendor vendor = VENDORS.get(text(folder.resolve("vendor")));
            if (vendor != null && isGpu(folder, vendor)) {
                Found one = new Found(
                        address,
                        vendor,
                        text(folder.resolve("device")),
                        driver(folder),
                        node(text(folder.resolve("numa_node"))),
                        folder);
                (Files.exists(folder.resolve("physfn")) ? virtual : found).add(one);
            }
        });
        Set<String> whole = found.stream().map(Found::address).collect(Collectors.toSet());
        // A part of a card whose other parts may be another guest's counts only where the card itself is not seen.
        virtual.stream()
                .filter(each -> !whole.contains(target(each.folder().resolve("physfn"))))
                .forEach(found::add);
        found.sort(Comparator.comparing(Found::address));
        return found;
    }

    /** All devices of the bus, and those of graphics drivers that it does not list, as in a container without it. */
    private static Map<String, Path> folders(Path fsRoot) {
        Map<String, Path> folders = new TreeMap<>();
        for (Path folder : list(fsRoot.resolve("sys/bus/pci/devices"))) {
            folders.put(String.valueOf(folder.getFileName()), folder);
        }
        for (Path card : list(fsRoot.resolve("sys/class/drm"))) {
            String name = String.valueOf(card.getFileName());
            if (name.matches("card\\d+")) {
                Matcher slot = SLOT.matcher(text(card.resolve("device/uevent")));
                String link = target(card.resolve("device"));
                String address = PciAddress.normal(slot.find() ? slot.group(1) : link);
                folders.putIfAbsent(address.isEmpty() ? name : address, card.resolve("device"));
            }
        }
        return folders;
    }

    /** VGA, 3D, other display, accelerator; an Intel accelerator is an NPU and no GPU. */
    private static boolean isGpu(Path folder, GpuVendor vendor) {
        String pciClass = text(folder.resolve("class"));
        return (pciClass.isEmpty() && folder.endsWith("device"))
                || pciClass.startsWith("0x0300")
                || pciClass.startsWith("0x0302")
                || pciClass.startsWith("0x0380")
                || (pciClass.startsWith("0x1200") && vendor != GpuVendor.INTEL);
    }

    /** Where the link to it is hidden, what only it makes tells of it. */
    private static String driver(Path folder) {
        String linked = target(folder.resolve("driver"));
        return linked.isEmpty() && Files.exists(folder.resolve("mem_info_vram_total")) ? "amdgpu" : linked;
    }

    private static int node(String text) {
        return text.matches("\\d{1,6}") ? Integer.parseInt(text) : -1;
    }

    /** The last name of where a link leads; empty if it is none. */
    static String target(Path link) {
        try {
            return String.valueOf(Files.readSymbolicLink(link).getFileName());
        } catch (IOException | UnsupportedOperationException e) {
            return Files.isDirectory(link) ? text(link.resolve("name")) : "";
        }
    }

    /** What a folder holds, sorted; empty if there is none. */
    static List<Path> list(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            for (Path file : stream) {
                if (files.size() < MOST_FILES) {
                    files.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Not there, or not for this user: then nothing can be said.
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }

    /** The start of a file without the space around it; empty if it cannot be read. */
    static String text(Path file) {
        if (!Files.isRegularFile(file)) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(1 << 16), StandardCharsets.UTF_8)
                    .replace("\0", "")
                    .strip();
        } catch (IOException | InvalidPathException e) {
            return "";
        }
    }
}
