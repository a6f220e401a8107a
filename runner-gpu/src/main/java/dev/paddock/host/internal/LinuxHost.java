package dev.paddock.host.internal;

import dev.paddock.capacity.Reading;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What Linux tells of a host in files. */
public final class LinuxHost {
    private final HostFiles files;

    /**
     * Reads a host's files.
     *
     * @param files of the host
     */
    public LinuxHost(HostFiles files) {
        this.files = files;
    }

    /**
     * A line of the memory table.
     *
     * @param name such as {@code MemTotal}
     * @return bytes; empty if it is not told
     */
    public Optional<Reading> memory(String name) {
        for (String line : files.lines("/proc/meminfo").orElse(List.of())) {
            String[] words = line.trim().split("\\s+", -1);
            if (words[0].equals(name + ":") && words.length == 3 && words[1].matches("[0-9]{1,15}")) {
                return Optional.of(Reading.of(Long.parseLong(words[1]) * 1024));
            }
        }
        return Optional.empty();
    }

    /**
     * The hardware threads of the host that are switched on.
     *
     * @return empty if it is not told
     */
    public OptionalInt logicalProcessors() {
        return files.text("/sys/devices/system/cpu/online")
                .map(CpuList::count)
                .filter(count -> count.orElse(0) > 0)
                .orElse(OptionalInt.empty());
    }

    /**
     * The hardware threads that this process, and so its children, may run on.
     *
     * @return empty if it is not told
     */
    public OptionalInt allowedProcessors() {
        String name = "Cpus_allowed_list:";
        return files.lines("/proc/self/status").orElse(List.of()).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> CpuList.count(line.substring(name.length())))
                .filter(count -> count.orElse(0) > 0)
                .findFirst()
                .orElse(OptionalInt.empty());
    }

    /**
     * A field of the distribution's description.
     *
     * @param name such as {@code VERSION_ID}
     * @return without quotes; empty if it is not told
     */
    public String release(String name) {
        List<String> lines = files.lines("/etc/os-release")
                .or(() -> files.lines("/usr/lib/os-release"))
                .orElse(List.of());
        return lines.stream()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1).trim())
                .map(value -> value.matches("(\".*\")|('.*')") ? value.substring(1, value.length() - 1) : value)
                .findFirst()
                .orElse("");
    }

    /**
     * What differs after each start.
     *
     * @return empty if it is not told
     */
    public String bootId() {
        return files.text("/proc/sys/kernel/random/boot_id").map(String::trim).orElse("");
    }
}
