package dev.paddock.gpu;

import java.util.List;

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

    /** Ends it. Later calls answer {@link GpuReport.State#CLOSED}. May be called more than once. */
    @Override
    void close();
}
