package dev.paddock.gpu;

import java.time.Duration;

/** A wait for a driver's own reports, under way. Thread-safe. */
public interface GpuWatch extends AutoCloseable {
    /**
     * For how long the driver has neither reported anything nor said that there is nothing. A driver that is well says
     * so every few seconds; one that hangs does not.
     *
     * @return not negative
     */
    Duration silence();

    /** Ends it; at most one report more is told after that. May be called more than once. */
    @Override
    void close();
}
