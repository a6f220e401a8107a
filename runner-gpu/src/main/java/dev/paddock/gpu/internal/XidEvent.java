package dev.paddock.gpu.internal;

import dev.paddock.gpu.GpuEvent;

/**
 * What a GPU, or the driver, reported by itself. Immutable.
 *
 * @param gpu the UUID; empty if the device is unknown, which then may be any
 * @param kind what happened
 * @param number the Xid with {@link Kind#XID}, 999 if the driver does not know it; else what the driver adds
 */
public record XidEvent(String gpu, Kind kind, long number) {
    /** What happened. */
    public enum Kind {
        /** The driver logged an error with a number. */
        XID,
        /** An ECC error that could not be corrected. */
        DOUBLE_BIT_ERROR,
        /** A GPU cannot be used any more. */
        UNAVAILABLE,
        /** What the driver advises has changed. */
        RECOVERY_ACTION,
        /** Waiting itself failed as if a GPU were lost: any may be. */
        WATCH_LOST
    }

    /** The same for who judges: a number of 0 is no Xid, and calls for another look. */
    GpuEvent told() {
        return switch (kind) {
            case XID -> new GpuEvent(gpu, number, "");
            case DOUBLE_BIT_ERROR -> new GpuEvent(gpu, 0, "an ECC error that could not be corrected");
            case UNAVAILABLE -> new GpuEvent(gpu, 0, "it cannot be used any more");
            case RECOVERY_ACTION -> new GpuEvent(gpu, 0, "the driver's advice has changed");
            case WATCH_LOST -> new GpuEvent("", 0, "the wait for events failed");
        };
    }
}
