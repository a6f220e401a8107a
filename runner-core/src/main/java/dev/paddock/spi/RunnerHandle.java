package dev.paddock.spi;

import dev.paddock.RunnerId;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A machine, as its provider will know it again after a restart. Journalled, so it holds no secret.
 *
 * @param runner the runner on it
 * @param pool the pool it was made for
 * @param place where it is, for people: a zone, a host and slot
 * @param data what the provider needs to find it: pid and start instant, project and zone; sorted by key
 */
public record RunnerHandle(RunnerId runner, String pool, String place, Map<String, String> data) {
    /**
     * The key of the machine's GPU in {@link #data}: the UUID of the GPU ({@code GPU-…}), of the MIG device that the
     * machine is bound to ({@code MIG-…}), or, where the vendor has none, the address on the bus, as
     * {@link dev.paddock.capacity.GpuDevice#id} and {@link dev.paddock.capacity.MigDevice#id} tell it. Runners with the
     * same share it. The provider need not set it; host tasks are then spread by name alone.
     */
    public static final String GPU = "gpu";

    /** The key of the bytes that were free on that GPU when the machine was made, a decimal number. */
    public static final String GPU_FREE = "gpu.free";

    /**
     * The key of all GPUs and MIG devices that the machine is bound to, as {@link #GPU} names them, with a comma between
     * two; empty for a machine that sees none. A provider of machines on one GPU may leave it out.
     */
    public static final String DEVICES = "devices";

    /**
     * The key that tells that the runner takes one job after another: {@code true}. A provider sets it where
     * {@link Registration#isPersistent} says so, and keeps it with the machine, so that the runner is still known as one
     * after a restart.
     */
    public static final String PERSISTENT = "persistent";

    /** Copies the data, sorted, and checks for nulls. */
    public RunnerHandle {
        Objects.requireNonNull(runner, "runner");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(place, "place");
        data = java.util.Collections.unmodifiableMap(new TreeMap<>(data));
    }

    /**
     * Whether the runner takes one job after another.
     *
     * @return what {@link #PERSISTENT} says
     */
    public boolean isPersistent() {
        return Boolean.parseBoolean(data.get(PERSISTENT));
    }
}
