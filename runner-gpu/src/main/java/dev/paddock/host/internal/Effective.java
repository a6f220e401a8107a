package dev.paddock.host.internal;

import dev.paddock.capacity.HostInventory;
import dev.paddock.capacity.Reading;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What a process may use of a host's processors and memory: the least of all that limits it. */
final class Effective {
    private final OptionalInt logical;
    private final OptionalInt allowed;
    private final Optional<Reading> total;
    private final Optional<Reading> available;
    private final @Nullable CgroupLimits limits;

    private Effective(
            OptionalInt logical,
            OptionalInt allowed,
            Optional<Reading> total,
            Optional<Reading> available,
            @Nullable CgroupLimits limits) {
        this.logical = logical;
        this.allowed = allowed;
        this.total = total;
        this.available = available;
        this.limits = limits;
    }

    static Effective read(boolean isLinux, HostFiles files, LinuxHost linux, List<String> notes) {
        if (!isLinux) {
            OptionalInt ofJvm = OptionalInt.of(Runtime.getRuntime().availableProcessors());
            return new Effective(OptionalInt.empty(), ofJvm, Optional.empty(), Optional.empty(), null);
        }
        CgroupLimits limits = CgroupLimits.read(files);
        notes.addAll(limits.notes());
        return new Effective(
                linux.logicalProcessors(),
                linux.allowedProcessors(),
                linux.memory("MemTotal"),
                linux.memory("MemAvailable"),
                limits);
    }

    HostInventory.Cpu cpu(Hardware.Processor hardware) {
        Reading host = logical.isPresent() ? Reading.of(logical.getAsInt()) : hardware.logical();
        Least least = new Least(host.isKnown() ? Reading.of(host.orElse(0) * 1000) : host);
        allowed.ifPresent(count -> least.and(count * 1000L, "the processors this process may run on"));
        if (limits != null) {
            limits.cpus().ifPresent(limit -> least.and(limit.amount() * 1000, limit.origin()));
            limits.quota().ifPresent(limit -> least.and(limit.amount(), limit.origin()));
        }
        return new HostInventory.Cpu(hardware.name(), hardware.physical(), host, least.amount, least.origin);
    }

    HostInventory.Memory memory(Hardware.Machine hardware) {
        Reading all = total.orElse(hardware.total());
        Reading free = available.orElse(hardware.available());
        Least most = new Least(all);
        Least left = new Least(free);
        if (limits != null) {
            limits.memory().ifPresent(limit -> {
                most.and(limit.amount(), limit.origin());
                left.and(limit.amount(), limit.origin());
            });
            limits.memoryLeft().ifPresent(bytes -> left.and(bytes, ""));
        }
        return new HostInventory.Memory(all, free, most.amount, left.amount, most.origin);
    }

    /** The least of a host's number and limits. A limit is known even where the host's number is not. */
    private static final class Least {
        private Reading amount;
        private String origin = "";

        private Least(Reading amount) {
            this.amount = amount;
        }

        private void and(long limit, String from) {
            if (limit < amount.orElse(Long.MAX_VALUE)) {
                amount = Reading.of(limit);
                origin = from;
            }
        }
    }
}
