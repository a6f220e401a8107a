package dev.paddock.gpu;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One way to ask about GPUs, such as a driver's library or a tool. {@link GpuProbe} has one for each vendor; a host
 * application adds its own, or one that makes devices up for its tests.
 *
 * <p>Calls block, but never for ever: an implementation has its own deadlines. It throws nothing; what goes wrong is in
 * what it returns. It is called from several threads at a time.
 */
public interface GpuSource extends AutoCloseable {
    /**
     * Its name in reports, such as {@code nvml}.
     *
     * @return the same each time
     */
    String name();

    /**
     * Which GPUs there are.
     *
     * @return the report
     */
    GpuReport inventory();

    /**
     * What the GPUs of the last {@link #inventory} do now.
     *
     * @return one for each that can be asked, in the same order; empty if there was no inventory
     */
    List<GpuSample> sample();

    /**
     * Begins to tell of errors that the driver reports by itself, about the GPUs of the last {@link #inventory}.
     *
     * @param sink told on a thread of the source's; must not block
     * @return the wait, to be closed by the caller; empty, the default, if this source or driver reports nothing
     */
    default Optional<GpuWatch> watch(Consumer<GpuEvent> sink) {
        return Optional.empty();
    }

    /** Ends it. Later calls answer {@link GpuReport.State#CLOSED}. May be called more than once. */
    @Override
    void close();
}
