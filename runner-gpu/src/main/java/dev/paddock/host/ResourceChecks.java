package dev.paddock.host;

import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import dev.paddock.spi.HostCheck;
import dev.paddock.spi.HostCheckResult;
import java.util.List;
import java.util.Optional;

/** Processors, memory, disk and network: what may be used, not what the hardware has. */
final class ResourceChecks {
    private static final long LEAST_FREE_INODES_PERCENT = 5;

    private ResourceChecks() {}

    static List<HostCheck> of(HostFacts facts) {
        HostNeeds wanted = facts.needs;
        return List.of(
                Look.mandatory("CPU-CORES", look -> cores(look, facts)),
                Look.mandatory("MEM", look -> memory(look, facts)),
                Look.mandatory("DISK", look -> disk(look, facts)),
                Look.recommended("DISK-INODES", look -> inodes(look, facts)),
                Look.mandatory("DISK-SSD", look -> solidState(look, facts))
                        .onlyIf(wanted.solidState, "any disk will do"),
                Look.mandatory("NET-SPEED", look -> network(look, facts))
                        .onlyIf(wanted.networkMbps > 0, "any speed will do"));
    }

    private static HostCheckResult cores(Look look, HostFacts facts) {
        HostInventory.Cpu cpu = facts.host().cpu();
        HostNeeds wanted = facts.needs;
        return look.amount(
                cpu.effective(),
                wanted.cores * 1000L,
                wanted.recommendedCores * 1000L,
                thousandths -> thousandths % 1000 == 0
                        ? thousandths / 1000 + " cores"
                        : thousandths / 1000 + "." + String.format(java.util.Locale.ROOT, "%03d", thousandths % 1000)
                                + " cores",
                () -> "Choose a larger machine type" + limited(cpu.limit()));
    }

    private static HostCheckResult memory(Look look, HostFacts facts) {
        HostInventory.Memory memory = facts.host().memory();
        HostNeeds wanted = facts.needs;
        return look.amount(
                memory.effectiveTotal(),
                wanted.memory.bytes(),
                wanted.recommendedMemory.bytes(),
                Look::gigabytes,
                () -> "Resize the host or lower the job profile" + limited(memory.limit()));
    }

    private static String limited(String limit) {
        return limit.isEmpty() ? "." : ", or raise " + limit + ".";
    }

    private static HostCheckResult disk(Look look, HostFacts facts) {
        HostInventory.Disk disk = facts.host().disk();
        HostNeeds wanted = facts.needs;
        return look.amount(
                disk.usable(),
                wanted.disk.bytes(),
                wanted.recommendedDisk.bytes(),
                bytes -> Look.gigabytes(bytes) + " under " + disk.folder(),
                () -> "Mount a larger volume at " + disk.measuredAt() + " or choose another work folder.");
    }

    private static HostCheckResult inodes(Look look, HostFacts facts) {
        HostInventory.Disk disk = facts.host().disk();
        String required = "more than " + LEAST_FREE_INODES_PERCENT + " % free";
        if (disk.inodes().state() == Reading.State.NOT_SUPPORTED
                || disk.inodes().orElse(1) == 0) {
            return look.pass("not counted by this file system", required);
        }
        if (!disk.inodes().isKnown() || !disk.freeInodes().isKnown()) {
            return look.unknown(disk.freeInodes().toString(), required, "Try: df -Pi " + disk.measuredAt());
        }
        double percent = 100.0 * disk.freeInodes().orElse(0) / disk.inodes().orElse(1);
        String observed = String.format(java.util.Locale.ROOT, "%.1f %% free under %s", percent, disk.folder());
        return percent > LEAST_FREE_INODES_PERCENT
                ? look.pass(observed, required)
                : look.fail(observed, required, "Delete caches, or make the file system again with more inodes.");
    }

    private static HostCheckResult solidState(Look look, HostFacts facts) {
        String required = "a solid-state disk";
        Optional<Boolean> rotates = Rotation.of(facts.files, facts.host().disk().measuredAt());
        if (rotates.isEmpty()) {
            return look.untold(
                    "the kernel does not tell whether the disk rotates",
                    required,
                    "Look what kind of disk lies below " + facts.host().disk().measuredAt()
                            + "; not told over a network and by virtio.");
        }
        return rotates.get()
                ? look.fail("a rotating disk", required, "Put the work folder on a solid-state disk.")
                : look.pass("a solid-state disk", required);
    }

    private static HostCheckResult network(Look look, HostFacts facts) {
        long fastest = -1;
        for (String name : facts.files.names("/sys/class/net")) {
            if (!facts.files.hasFolder("/sys/class/net/" + name + "/device")) {
                continue; // made by software, such as lo or a container's bridge: its speed is made up
            }
            String speed = facts.files
                    .text("/sys/class/net/" + name + "/speed")
                    .orElse("")
                    .strip();
            if (speed.matches("\\d{1,9}")) {
                fastest = Math.max(fastest, Long.parseLong(speed));
            }
        }
        if (fastest <= 0) {
            return look.untold(
                    "no link tells its speed, as is usual for virtual ones",
                    facts.needs.networkMbps + " Mbps",
                    "Look what the provider of this machine promises.");
        }
        return look.amount(
                Reading.of(fastest), facts.needs.networkMbps, 0, mbps -> mbps + " Mbps", () -> "Use a faster link.");
    }
}
