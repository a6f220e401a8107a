package dev.paddock.capacity;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * What a host has and how much of it this process, and with it its runners, may use. Where the two differ, as in a
 * container, both are told; plans go by what may be used. What could not be read is a reading that says why, never 0.
 * Immutable.
 *
 * @param takenAt when it was read
 * @param platform the operating system and the processor's architecture
 * @param cpu processors
 * @param memory main memory
 * @param disk the volume that the runners work on
 * @param gpus as the probe of GPUs found them; empty if there are none or nobody asked
 * @param architectures which programs this host can execute; empty if nobody asked
 * @param notes one line each, for a person: what could not be read and why, what contradicts itself
 */
public record HostInventory(
        Instant takenAt,
        Platform platform,
        Cpu cpu,
        Memory memory,
        Disk disk,
        List<GpuDevice> gpus,
        List<ArchitectureSupport> architectures,
        List<String> notes) {

    /**
     * The operating system. A text that could not be read is empty.
     *
     * @param name of the operating system or distribution, such as {@code Debian GNU/Linux}
     * @param version such as {@code 12}
     * @param architecture the kernel's, in GitHub's spelling where it has one: {@code X64}, {@code ARM64},
     *     {@code ARM}; else in Linux's, such as {@code riscv64}
     * @param bootId differs after each start of the host; Linux only
     */
    public record Platform(String name, String version, String architecture, String bootId) {
        /** Checks for nulls. */
        public Platform {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(architecture, "architecture");
            Objects.requireNonNull(bootId, "bootId");
        }
    }

    /**
     * Processors.
     *
     * @param name the model's name; empty if not told
     * @param physical cores of the host
     * @param logical hardware threads of the host
     * @param effective what may be used, in thousandths of a hardware thread
     * @param limit what keeps {@code effective} below {@code logical}, such as {@code cpu.max of /sys/fs/cgroup/a};
     *     empty if nothing does
     */
    public record Cpu(String name, Reading physical, Reading logical, Reading effective, String limit) {
        /** Checks for nulls. */
        public Cpu {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(physical, "physical");
            Objects.requireNonNull(logical, "logical");
            Objects.requireNonNull(effective, "effective");
            Objects.requireNonNull(limit, "limit");
        }
    }

    /**
     * Main memory, in bytes.
     *
     * @param total of the host
     * @param available of the host: what programs could take without swapping
     * @param effectiveTotal what may be used in all
     * @param effectiveAvailable what may be taken now
     * @param limit what keeps {@code effectiveTotal} below {@code total}, such as {@code memory.max of
     *     /sys/fs/cgroup/a}; empty if nothing does
     */
    public record Memory(
            Reading total, Reading available, Reading effectiveTotal, Reading effectiveAvailable, String limit) {
        /** Checks for nulls. */
        public Memory {
            Objects.requireNonNull(total, "total");
            Objects.requireNonNull(available, "available");
            Objects.requireNonNull(effectiveTotal, "effectiveTotal");
            Objects.requireNonNull(effectiveAvailable, "effectiveAvailable");
            Objects.requireNonNull(limit, "limit");
        }
    }

    /**
     * The volume that a folder is on, or will be on once it exists.
     *
     * @param folder the folder asked about, absolute
     * @param measuredAt the folder itself, or its nearest parent that exists
     * @param type of the file system, such as {@code ext4}; empty if not told
     * @param total bytes of the volume
     * @param usable bytes that this process may still write, which is less than what is free
     * @param inodes files and folders the volume can hold; not supported where it does not count them
     * @param freeInodes how many more it can hold
     */
    public record Disk(
            Path folder,
            Path measuredAt,
            String type,
            Reading total,
            Reading usable,
            Reading inodes,
            Reading freeInodes) {
        /** Checks for nulls. */
        public Disk {
            Objects.requireNonNull(folder, "folder");
            Objects.requireNonNull(measuredAt, "measuredAt");
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(total, "total");
            Objects.requireNonNull(usable, "usable");
            Objects.requireNonNull(inodes, "inodes");
            Objects.requireNonNull(freeInodes, "freeInodes");
        }

        /**
         * A volume of which nothing is known.
         *
         * @param folder the folder asked about
         * @param why the reading of every number
         * @return the disk
         */
        public static Disk unknown(Path folder, Reading why) {
            return new Disk(folder, folder, "", why, why, why, why);
        }
    }

    /** Checks for nulls and copies. */
    public HostInventory {
        Objects.requireNonNull(takenAt, "takenAt");
        Objects.requireNonNull(platform, "platform");
        Objects.requireNonNull(cpu, "cpu");
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(disk, "disk");
        gpus = List.copyOf(gpus);
        architectures = List.copyOf(architectures);
        notes = List.copyOf(notes);
    }

    /**
     * The labels that say what this host emulates, such as {@code emulated-arm64}. A runner's own architecture is not
     * among them: GitHub's runner adds that label itself.
     *
     * @return in the order of {@link #architectures}
     */
    public List<String> emulationLabels() {
        return architectures.stream()
                .map(ArchitectureSupport::label)
                .filter(label -> !label.isEmpty())
                .toList();
    }
}
