package dev.paddock.gpu;

import java.util.Objects;

/**
 * An error that a driver reports by itself. Immutable.
 *
 * @param gpu the id of the GPU it is about; empty if it is not known which
 * @param xid the error's number; 0 if it is not told
 * @param text what else was told, for a person; may be empty
 */
public record GpuEvent(String gpu, long xid, String text) {
    /** Checks for nulls. */
    public GpuEvent {
        Objects.requireNonNull(gpu, "gpu");
        Objects.requireNonNull(text, "text");
    }
}
