package dev.paddock.host.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What Linux's control groups, version 1 or 2 or both, leave this process: the least of its own group's limits and
 * those of all groups above that can be seen. In a container with its own view of groups these are few.
 */
public final class CgroupLimits {
    /**
     * A limit and where it comes from.
     *
     * @param amount in its unit
     * @param origin such as {@code cpu.max of /sys/fs/cgroup/a}
     */
    public record Limit(long amount, String origin) {}

    /** Version 1 writes "no limit" as the last multiple of the page size below 2^63. */
    private static final long UNLIMITED = 1L << 62;

    private final HostFiles files;
    private final List<String> notes = new ArrayList<>();
    private @Nullable Limit quota;
    private @Nullable Limit cpus;
    private @Nullable Limit memory;
    private @Nullable Long memoryLeft;

    private CgroupLimits(HostFiles files) {
        this.files = files;
    }

    /**
     * Reads the limits of this process.
     *
     * @param files of the host
     * @return what was found; throws nothing
     */
    public static CgroupLimits read(HostFiles files) {
        CgroupLimits limits = new CgroupLimits(files);
        CgroupTree.read(files, limits.notes).ifPresent(limits::read);
        return limits;
    }

    /**
     * The quota of processor time.
     *
     * @return in thousandths of a hardware thread; empty if there is none
     */
    public Optional<Limit> quota() {
        return Optional.ofNullable(quota);
    }

    /**
     * How many hardware threads the set has that this process is kept on.
     *
     * @return empty if there is no set
     */
    public Optional<Limit> cpus() {
        return Optional.ofNullable(cpus);
    }

    /**
     * The most memory.
     *
     * @return in bytes; empty if there is no limit
     */
    public Optional<Limit> memory() {
        return Optional.ofNullable(memory);
    }

    /**
     * How much more memory can be taken before a limit is met. What the kernel would drop from its caches counts as
     * free.
     *
     * @return in bytes; empty if there is no limit
     */
    public OptionalLong memoryLeft() {
        return memoryLeft == null ? OptionalLong.empty() : OptionalLong.of(memoryLeft);
    }

    /**
     * What could not be read.
     *
     * @return one line each
     */
    public List<String> notes() {
        return notes;
    }

    private void read(CgroupTree tree) {
        tree.folders("cpu")
                .ifPresent(found -> found.forEach((folder, version) -> {
                    if (version == 2) {
                        value(folder, "cpu.max", this::quota).ifPresent(limit -> quota = least(quota, limit));
                    } else {
                        quotaOfVersion1(folder).ifPresent(limit -> quota = least(quota, limit));
                    }
                }));
        tree.folders("cpuset").ifPresent(found -> found.forEach(this::cpuset));
        tree.folders("memory").ifPresent(found -> found.forEach(this::memory));
    }

    private void cpuset(String folder, int version) {
        if (cpus == null) {
            // The nearest group that names processors says it; one that names none has those of the group above.
            value(folder, version == 2 ? "cpuset.cpus.effective" : "cpuset.cpus", text -> {
                        OptionalInt count = CpuList.count(text);
                        return count.isPresent() ? OptionalLong.of(count.getAsInt()) : null;
                    })
                    .filter(limit -> limit.amount() > 0)
                    .ifPresent(limit -> cpus = limit);
        }
    }

    private void memory(String folder, int version) {
        Optional<Limit> limit = version == 2
                ? value(folder, "memory.max", CgroupLimits::bytesOrMax)
                : value(folder, "memory.limit_in_bytes", CgroupLimits::bytesOrMax);
        limit.ifPresent(found -> {
            memory = least(memory, found);
            long left = found.amount() - inUse(folder, version);
            memoryLeft = Math.max(0, memoryLeft == null ? left : Math.min(memoryLeft, left));
        });
        if (version == 1) {
            // Tells of groups above even where they cannot be seen.
            statistic(folder, "hierarchical_memory_limit")
                    .ifPresent(amount ->
                            memory = least(memory, new Limit(amount, "hierarchical_memory_limit of " + folder)));
        }
    }

    private long inUse(String folder, int version) {
        Optional<Limit> usage = version == 2
                ? value(folder, "memory.current", CgroupLimits::bytesOrMax)
                : value(folder, "memory.usage_in_bytes", CgroupLimits::bytesOrMax);
        long cache = statistic(folder, version == 2 ? "inactive_file" : "total_inactive_file")
                .orElse(0L);
        return usage.map(used -> Math.max(0, used.amount() - cache)).orElse(0L);
    }

    private Optional<Long> statistic(String folder, String name) {
        return files.lines(folder + "/memory.stat").orElse(List.of()).stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> bytesOrMax(line.substring(name.length() + 1).trim()))
                .filter(amount -> amount != null && amount.isPresent())
                .map(OptionalLong::getAsLong)
                .findFirst();
    }

    /** "100000 100000" or "max 100000": microseconds of processor time in a period. */
    private @Nullable OptionalLong quota(String text) {
        String[] parts = text.split("\\s+", -1);
        if (parts[0].equals("max")) {
            return OptionalLong.empty();
        }
        return parts.length == 2 ? thousandths(parts[0], parts[1]) : null;
    }

    private Optional<Limit> quotaOfVersion1(String folder) {
        return value(folder, "cpu.cfs_quota_us", text -> {
            if (text.startsWith("-")) {
                return OptionalLong.empty();
            }
            String period = files.text(folder + "/cpu.cfs_period_us").orElse("").trim();
            return thousandths(text, period);
        });
    }

    private static @Nullable OptionalLong thousandths(String quota, String period) {
        OptionalLong time = number(quota);
        OptionalLong of = number(period);
        if (time.isEmpty() || of.isEmpty() || of.getAsLong() == 0 || time.getAsLong() >= Long.MAX_VALUE / 1000) {
            return null;
        }
        return OptionalLong.of(time.getAsLong() * 1000 / of.getAsLong());
    }

    /** Null if it is neither. */
    private static @Nullable OptionalLong bytesOrMax(String text) {
        if (text.equals("max") || (text.matches("[0-9]{19,40}") && number(text).orElse(UNLIMITED) >= UNLIMITED)) {
            return OptionalLong.empty();
        }
        OptionalLong number = number(text);
        return number.isPresent() ? number : null;
    }

    private static OptionalLong number(String digits) {
        try {
            return digits.matches("[0-9]{1,19}") ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** Reads a limit: the parser returns empty for no limit and null, which is noted, for what it cannot read. */
    private Optional<Limit> value(String folder, String name, Function<String, @Nullable OptionalLong> parser) {
        Optional<String> text = files.text(folder + "/" + name).map(String::trim);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        OptionalLong amount = parser.apply(text.get());
        if (amount == null) {
            String shown = text.get().lines().findFirst().orElse("");
            notes.add(name + " of " + folder + " is not understood and does not count: \""
                    + shown.substring(0, Math.min(40, shown.length())) + "\"");
            return Optional.empty();
        }
        return amount.isPresent()
                ? Optional.of(new Limit(amount.getAsLong(), name + " of " + folder))
                : Optional.empty();
    }

    private static Limit least(@Nullable Limit one, Limit other) {
        return one == null || other.amount() < one.amount() ? other : one;
    }
}
