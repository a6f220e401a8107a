package dev.paddock.capacity;

import java.util.Objects;

/**
 * The memory of a GPU or of a part of it. All readings are bytes. Immutable.
 *
 * @param total what the device has
 * @param reserved what the driver keeps for itself
 * @param used what processes use; with {@link Source#LEGACY} it includes what is reserved
 * @param free what can be had now
 * @param source where the numbers come from
 */
public record GpuMemory(Reading total, Reading reserved, Reading used, Reading free, Source source) {
    /** Where the numbers come from, which says what they mean. */
    public enum Source {
        /** The device tells total, reserved, used and free separately. */
        DETAILED,
        /** An older interface, which counts what is reserved as used. */
        LEGACY,
        /** The device shares the host's memory and has none of its own. */
        UNIFIED,
        /** Nothing is known. */
        NONE
    }

    /** Checks for nulls. */
    public GpuMemory {
        Objects.requireNonNull(total, "total");
        Objects.requireNonNull(reserved, "reserved");
        Objects.requireNonNull(used, "used");
        Objects.requireNonNull(free, "free");
        Objects.requireNonNull(source, "source");
    }

    /**
     * Memory of which nothing is known, for one reason.
     *
     * @param why the reading of every number
     * @return the memory
     */
    public static GpuMemory unknown(Reading why) {
        return new GpuMemory(why, why, why, why, Source.NONE);
    }

    /**
     * What runners can share: total less reserved. Where the device does not tell what is reserved, the larger of 256
     * MiB and 2 % of the total is taken for it, which covers every card of which a figure is known (205 MiB of 8 GiB to
     * 614 MiB of 141 GiB).
     *
     * @return bytes; as unknown as the total is
     */
    public Reading schedulable() {
        if (!total.isKnown()) {
            return total;
        }
        long all = total.orElse(0);
        long kept = reserved.orElse(Math.max(256L << 20, all / 50));
        return Reading.of(Math.max(0, all - kept));
    }
}
