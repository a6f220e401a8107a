package dev.paddock.gpu.internal;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;

/**
 * How NVML is asked. Immutable.
 *
 * @param library the library to load and no other; empty to look for it
 * @param startDeadline for loading the library, starting NVML and counting the devices
 * @param deviceDeadline for all that is asked of one device at a time
 * @param fsRoot below which the library and the kernel's files are
 * @param clock says when a library that was not there is looked for again
 */
public record NvmlOptions(
        Optional<Path> library, Duration startDeadline, Duration deviceDeadline, Path fsRoot, InstantSource clock) {
    /** Checks for nulls, and that the deadlines are positive. */
    public NvmlOptions {
        Objects.requireNonNull(library, "library");
        Objects.requireNonNull(fsRoot, "fsRoot");
        Objects.requireNonNull(clock, "clock");
        positive(startDeadline, "startDeadline");
        positive(deviceDeadline, "deviceDeadline");
    }

    private static void positive(Duration deadline, String name) {
        if (deadline.isNegative() || deadline.isZero()) {
            throw new IllegalArgumentException(name + " must be more than 0: " + deadline);
        }
    }

    /**
     * The library where it is, 10 s to start (a driver without persistence starts its GPUs then) and 5 s for a device.
     *
     * @return the options
     */
    public static NvmlOptions standard() {
        return new NvmlOptions(
                Optional.empty(), Duration.ofSeconds(10), Duration.ofSeconds(5), Path.of("/"), InstantSource.system());
    }

    /**
     * The same with a library of one's own.
     *
     * @param path absolute
     * @return the options
     */
    public NvmlOptions withLibrary(Path path) {
        return new NvmlOptions(Optional.of(path), startDeadline, deviceDeadline, fsRoot, clock);
    }

    /**
     * The same with other deadlines.
     *
     * @param start {@link #startDeadline}
     * @param device {@link #deviceDeadline}
     * @return the options
     */
    public NvmlOptions withDeadlines(Duration start, Duration device) {
        return new NvmlOptions(library, start, device, fsRoot, clock);
    }

    /**
     * The same below another root.
     *
     * @param root in place of {@code /}; the library is then looked for in folders below it alone
     * @return the options
     */
    public NvmlOptions withFsRoot(Path root) {
        return new NvmlOptions(library, startDeadline, deviceDeadline, root, clock);
    }

    /**
     * The same with another clock.
     *
     * @param other in place of the system's
     * @return the options
     */
    public NvmlOptions withClock(InstantSource other) {
        return new NvmlOptions(library, startDeadline, deviceDeadline, fsRoot, other);
    }
}
