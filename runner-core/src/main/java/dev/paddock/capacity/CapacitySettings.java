package dev.paddock.capacity;

import dev.paddock.ByteSize;
import java.util.Objects;

/**
 * How a plan counts what a host has. Immutable. The defaults suit a host that does nothing but run runners.
 *
 * <p>Of a GPU's memory a plan leaves out, in this order: what the driver keeps, as the device tells it or else
 * {@link Builder#driverReserve}; what programs that are not ours use; and {@link Builder#gpuHeadroom}. Each process of a
 * runner costs {@link Builder#contextOverhead} besides.
 */
public final class CapacitySettings {
    private static final CapacitySettings DEFAULTS = builder().build();

    private final double cpuOvercommit;
    private final Share driverReserve;
    private final Share gpuHeadroom;
    private final Share memoryHeadroom;
    private final Share diskHeadroom;
    private final ByteSize contextOverhead;
    private final double nominalTolerance;
    private final boolean mps;
    private final String fleetLabel;
    private final boolean multiGpuAsGpu2;

    /**
     * An amount that grows with what it is taken from.
     *
     * @param least the least it is
     * @param fraction of the whole, 0 to below 1
     */
    public record Share(ByteSize least, double fraction) {
        /** Nothing. */
        public static final Share NONE = new Share(ByteSize.ZERO, 0);

        /**
         * Checks the bound.
         *
         * @throws IllegalArgumentException if the fraction is out of bounds
         */
        public Share {
            Objects.requireNonNull(least, "least");
            if (!(fraction >= 0 && fraction < 1)) {
                throw new IllegalArgumentException("a fraction must be at least 0 and below 1: " + fraction);
            }
        }

        /**
         * The amount.
         *
         * @param whole what it is taken from, in bytes
         * @return the larger of the two, in bytes; may exceed the whole
         */
        public long of(long whole) {
            return Math.max(least.bytes(), (long) Math.ceil(whole * fraction));
        }
    }

    private CapacitySettings(Builder builder) {
        cpuOvercommit = builder.cpuOvercommit;
        driverReserve = builder.driverReserve;
        gpuHeadroom = builder.gpuHeadroom;
        memoryHeadroom = builder.memoryHeadroom;
        diskHeadroom = builder.diskHeadroom;
        contextOverhead = builder.contextOverhead;
        nominalTolerance = builder.nominalTolerance;
        mps = builder.mps;
        fleetLabel = builder.fleetLabel;
        multiGpuAsGpu2 = builder.multiGpuAsGpu2;
    }

    /**
     * The defaults.
     *
     * @return the settings of an untouched builder
     */
    public static CapacitySettings defaults() {
        return DEFAULTS;
    }

    /**
     * Begins with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Begins with these settings.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.cpuOvercommit = cpuOvercommit;
        builder.driverReserve = driverReserve;
        builder.gpuHeadroom = gpuHeadroom;
        builder.memoryHeadroom = memoryHeadroom;
        builder.diskHeadroom = diskHeadroom;
        builder.contextOverhead = contextOverhead;
        builder.nominalTolerance = nominalTolerance;
        builder.mps = mps;
        builder.fleetLabel = fleetLabel;
        builder.multiGpuAsGpu2 = multiGpuAsGpu2;
        return builder;
    }

    /**
     * How often a plan may promise each core.
     *
     * @return 1 to 64
     */
    public double cpuOvercommit() {
        return cpuOvercommit;
    }

    /**
     * What the driver is assumed to keep of a GPU that does not tell it.
     *
     * @return of the GPU's memory
     */
    public Share driverReserve() {
        return driverReserve;
    }

    /**
     * What stays free on each GPU.
     *
     * @return of the GPU's memory
     */
    public Share gpuHeadroom() {
        return gpuHeadroom;
    }

    /**
     * What stays free of main memory.
     *
     * @return of the usable memory
     */
    public Share memoryHeadroom() {
        return memoryHeadroom;
    }

    /**
     * What stays free of the disk.
     *
     * @return of the volume's size
     */
    public Share diskHeadroom() {
        return diskHeadroom;
    }

    /**
     * What each process costs on a GPU besides its data.
     *
     * @return in GPU memory
     */
    public ByteSize contextOverhead() {
        return contextOverhead;
    }

    /**
     * Which part of the size asked for a GPU of a runner's own must have, because cards hold less than their name says.
     *
     * @return above 0, at most 1
     */
    public double nominalTolerance() {
        return nominalTolerance;
    }

    /**
     * Whether an MPS server runs on each GPU.
     *
     * @return false unless set
     */
    public boolean mps() {
        return mps;
    }

    /**
     * The label that all runners of the fleet have.
     *
     * @return not blank
     */
    public String fleetLabel() {
        return fleetLabel;
    }

    /**
     * Whether {@code gpu-2} means several GPUs.
     *
     * @return false unless set
     */
    public boolean multiGpuAsGpu2() {
        return multiGpuAsGpu2;
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {
        private double cpuOvercommit = 1;
        private Share driverReserve = new Share(ByteSize.ofMiB(256), 0.02);
        private Share gpuHeadroom = new Share(ByteSize.ofMiB(256), 0.03);
        private Share memoryHeadroom = new Share(ByteSize.ZERO, 0.1);
        private Share diskHeadroom = Share.NONE;
        private ByteSize contextOverhead = ByteSize.ofMiB(512);
        private double nominalTolerance = 0.92;
        private boolean mps;
        private String fleetLabel = "paddock";
        private boolean multiGpuAsGpu2;

        private Builder() {}

        /**
         * How often a plan may promise each core. Runners that wait for a GPU or the network leave cores to others.
         *
         * @param factor 1 to 64; the default is 1
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder cpuOvercommit(double factor) {
            if (!(factor >= 1 && factor <= 64)) {
                throw new IllegalArgumentException("cpuOvercommit must be 1 to 64: " + factor);
            }
            cpuOvercommit = factor;
            return this;
        }

        /**
         * What the driver is assumed to keep of a GPU that does not tell it.
         *
         * @param share the default is 2 %, at least 256 MiB: cards of 8 to 141 GB were seen to keep 205 to 614 MiB
         * @return this
         */
        public Builder driverReserve(Share share) {
            driverReserve = Objects.requireNonNull(share, "share");
            return this;
        }

        /**
         * What stays free on each GPU, for what allocators lose to fragments.
         *
         * @param share the default is 3 %, at least 256 MiB
         * @return this
         */
        public Builder gpuHeadroom(Share share) {
            gpuHeadroom = Objects.requireNonNull(share, "share");
            return this;
        }

        /**
         * What stays free of main memory.
         *
         * @param share the default is 10 %
         * @return this
         */
        public Builder memoryHeadroom(Share share) {
            memoryHeadroom = Objects.requireNonNull(share, "share");
            return this;
        }

        /**
         * What stays free of the disk.
         *
         * @param share the default is nothing
         * @return this
         */
        public Builder diskHeadroom(Share share) {
            diskHeadroom = Objects.requireNonNull(share, "share");
            return this;
        }

        /**
         * What each process costs on a GPU besides its data.
         *
         * @param size the default is 512 MiB: contexts of CUDA were seen to take 256 to 1 000 MiB
         * @return this
         */
        public Builder contextOverhead(ByteSize size) {
            contextOverhead = Objects.requireNonNull(size, "size");
            return this;
        }

        /**
         * Promises all that is free: no head-room, no reserve and no overhead. A profile's numbers then have to hold
         * everything.
         *
         * @return this
         */
        public Builder noHeadroom() {
            driverReserve = Share.NONE;
            gpuHeadroom = Share.NONE;
            memoryHeadroom = Share.NONE;
            diskHeadroom = Share.NONE;
            contextOverhead = ByteSize.ZERO;
            return this;
        }

        /**
         * Which part of the size asked for a GPU of a runner's own must have.
         *
         * @param fraction above 0, at most 1; the default is 0.92: a card sold as 24 GB may hold 22 GiB
         * @return this
         * @throws IllegalArgumentException if out of bounds
         */
        public Builder nominalTolerance(double fraction) {
            if (!(fraction > 0 && fraction <= 1)) {
                throw new IllegalArgumentException("nominalTolerance must be above 0 and at most 1: " + fraction);
            }
            nominalTolerance = fraction;
            return this;
        }

        /**
         * An MPS server runs on each NVIDIA GPU that is not partitioned: GPUs in exclusive-process mode can be shared,
         * and each runner's environment limits its memory.
         *
         * @return this
         */
        public Builder mps() {
            mps = true;
            return this;
        }

        /**
         * The label that all runners of the fleet have.
         *
         * @param label neither blank nor with a comma; the default is {@code paddock}
         * @return this
         * @throws IllegalArgumentException if it is not so
         */
        public Builder fleetLabel(String label) {
            if (label.isBlank() || label.indexOf(',') >= 0) {
                throw new IllegalArgumentException("a label must be neither blank nor hold a comma: \"" + label + "\"");
            }
            fleetLabel = label;
            return this;
        }

        /**
         * A runner on several GPUs has the label {@code gpu-2} besides {@code multi-gpu}, and runners on the GPU of
         * index 2 have not. Workflows written for the SLATE multi-runner expect it.
         *
         * @return this
         */
        public Builder multiGpuAsGpu2() {
            multiGpuAsGpu2 = true;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings
         */
        public CapacitySettings build() {
            return new CapacitySettings(this);
        }
    }
}
