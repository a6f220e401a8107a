package dev.paddock.gpu;

import dev.paddock.capacity.GpuDevice;
import java.util.List;
import java.util.Objects;

/**
 * What one {@link GpuSource} says: its GPUs, or why there are none. Immutable.
 *
 * @param source the source's name
 * @param state how the asking went
 * @param message one line for a person: what was found, or what is wrong
 * @param remedy what would mend it, ready to be pasted where it is a command; empty if nothing needs mending
 * @param driverVersion such as {@code 580.159.03}; empty if not told
 * @param computeVersion of the compute interface the driver offers, such as {@code 13.0} for CUDA; empty if not told
 * @param devices in the driver's order
 */
public record GpuReport(
        String source,
        State state,
        String message,
        String remedy,
        String driverVersion,
        String computeVersion,
        List<GpuDevice> devices) {

    /** How the asking went. */
    public enum State {
        /** The driver answered and tells of at least one GPU. */
        FOUND,
        /** The driver answered: there is no GPU. */
        NO_GPUS,
        /** This way of asking does not exist on this host: no library, no tool, another operating system. */
        ABSENT,
        /** The JVM or its settings forbid native calls. */
        NATIVE_ACCESS_UNAVAILABLE,
        /** The driver's kernel part is not loaded. */
        DRIVER_NOT_LOADED,
        /** The driver's library and its kernel part are of different versions, as after an upgrade without restart. */
        VERSION_MISMATCH,
        /** The operating system, mostly a container's device rules, keeps the GPU from this process. */
        BLOCKED,
        /** This user may not open the devices. */
        NO_PERMISSION,
        /** No answer within the deadline. */
        TIMED_OUT,
        /** It failed in another way; the message says how. */
        FAILED,
        /** The source was closed. */
        CLOSED
    }

    /** Checks for nulls and copies. */
    public GpuReport {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(remedy, "remedy");
        Objects.requireNonNull(driverVersion, "driverVersion");
        Objects.requireNonNull(computeVersion, "computeVersion");
        devices = List.copyOf(devices);
    }

    /**
     * A report without devices.
     *
     * @param source the source's name
     * @param state why
     * @param message one line
     * @param remedy what would mend it; may be empty
     * @return the report
     */
    public static GpuReport none(String source, State state, String message, String remedy) {
        return new GpuReport(source, state, message, remedy, "", "", List.of());
    }
}
