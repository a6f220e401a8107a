package dev.paddock.host;

import dev.paddock.host.internal.HostFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Whether the disk below a folder rotates, by the kernel's tables of mounts and block devices. */
final class Rotation {
    private Rotation() {}

    static Optional<Boolean> of(HostFiles files, Path folder) {
        String device = "";
        int longest = -1;
        for (String line : files.lines("/proc/self/mountinfo").orElse(List.of())) {
            String[] fields = line.split(" ", -1);
            String mount = fields.length > 4 ? fields[4].replace("\\040", " ") : "";
            if (isBelow(folder.toString(), mount) && mount.length() >= longest) {
                device = fields[2];
                longest = mount.length();
            }
        }
        if (!device.matches("\\d+:\\d+")) {
            return Optional.empty();
        }
        String block = "/sys/dev/block/" + device;
        return files.text(block + "/queue/rotational")
                .or(() -> files.text(block + "/../queue/rotational"))
                .map(String::strip)
                .filter(text -> text.equals("0") || text.equals("1"))
                .map(text -> text.equals("1"))
                .filter(rotates -> !rotates || !isVirtual(files, block));
    }

    /** A virtio disk tells that it rotates whatever lies below, and what is mapped to one tells the same. */
    private static boolean isVirtual(HostFiles files, String block) {
        return files.text(block + "/uevent").orElse("").contains("DEVNAME=vd")
                || files.names(block + "/slaves").stream()
                        .anyMatch(disk -> isVirtual(files, block + "/slaves/" + disk));
    }

    private static boolean isBelow(String folder, String mount) {
        return mount.equals("/") || folder.equals(mount) || (!mount.isEmpty() && folder.startsWith(mount + "/"));
    }
}
