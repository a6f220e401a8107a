package dev.paddock.capacity;

import java.util.List;
import java.util.Objects;

/**
 * A GPU as a plan sees it: which one it is and what it offers, not what it does at the moment. Keyed by
 * {@link #id}, never by {@link #index}: the order of devices changes with a restart, and CUDA counts them in another
 * order than the driver. Immutable.
 */
public final class GpuDevice {
    /** Whether the GPU can be used. */
    public enum State {
        /** It answers. */
        AVAILABLE,
        /** This process may not open it. */
        NO_PERMISSION,
        /** It fell off its bus or does not answer any more. */
        LOST,
        /** It is there and cannot be used: no driver, another driver, a reset that is due. */
        UNUSABLE
    }

    /** Whether the GPU is partitioned. */
    public enum MigMode {
        /** The device cannot be partitioned. */
        NOT_SUPPORTED,
        /** Whole. */
        DISABLED,
        /** Partitioned: only its MIG devices hold runners. */
        ENABLED,
        /** To be switched on or off by a reset that is due: it holds no new runner until then. */
        CHANGING,
        /** It was asked and could not be read: nobody can tell whether the whole or its parts hold runners. */
        UNKNOWN
    }

    private final String id;
    private final String name;
    private final int index;
    private final GpuVendor vendor;
    private final String busId;
    private final State state;
    private final String reason;
    private final GpuMemory memory;
    private final String computeCapability;
    private final ComputeMode computeMode;
    private final MigMode migMode;
    private final List<MigDevice> migDevices;
    private final List<MigProfile> migProfiles;
    private final int numaNode;
    private final String linkGroup;

    private GpuDevice(Builder builder) {
        id = builder.id;
        name = builder.name;
        index = builder.index;
        vendor = builder.vendor;
        busId = builder.busId;
        state = builder.state;
        reason = builder.reason;
        memory = builder.memory;
        computeCapability = builder.computeCapability;
        computeMode = builder.computeMode;
        migMode = builder.migMode;
        migDevices = builder.migDevices;
        migProfiles = builder.migProfiles;
        numaNode = builder.numaNode;
        linkGroup = builder.linkGroup;
    }

    /**
     * Starts to describe a GPU.
     *
     * @param id its UUID, or, where the vendor has none, its address on the bus
     * @param name the product's name; may be empty
     * @return a builder
     */
    public static Builder builder(String id, String name) {
        return new Builder(id, name);
    }

    /**
     * Starts a description that is equal to this one but for what is set.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        return new Builder(id, name)
                .index(index)
                .vendor(vendor)
                .busId(busId)
                .state(state, reason)
                .memory(memory)
                .computeCapability(computeCapability)
                .computeMode(computeMode)
                .migMode(migMode)
                .migDevices(migDevices)
                .migProfiles(migProfiles)
                .numaNode(numaNode)
                .linkGroup(linkGroup);
    }

    /**
     * What identifies it over restarts.
     *
     * @return the UUID ({@code GPU-…}), or its bus address if the vendor has no UUIDs
     */
    public String id() {
        return id;
    }

    /**
     * The product's name.
     *
     * @return empty if not told
     */
    public String name() {
        return name;
    }

    /**
     * The place in the driver's order of this boot, for people and labels.
     *
     * @return from 0; -1 if it has none
     */
    public int index() {
        return index;
    }

    /**
     * Who made it.
     *
     * @return the vendor
     */
    public GpuVendor vendor() {
        return vendor;
    }

    /**
     * Its address on the PCI bus.
     *
     * @return as Linux writes it, such as {@code 0000:3b:00.0}; empty if it is on none
     */
    public String busId() {
        return busId;
    }

    /**
     * Whether it can be used.
     *
     * @return the state
     */
    public State state() {
        return state;
    }

    /**
     * Why it cannot be used.
     *
     * @return empty if it can
     */
    public String reason() {
        return reason;
    }

    /**
     * Its memory.
     *
     * @return the readings
     */
    public GpuMemory memory() {
        return memory;
    }

    /**
     * NVIDIA's compute capability, such as {@code 9.0}, or AMD's target, such as {@code gfx942}.
     *
     * @return empty if not told
     */
    public String computeCapability() {
        return computeCapability;
    }

    /**
     * How many processes may compute on it at a time.
     *
     * @return the mode
     */
    public ComputeMode computeMode() {
        return computeMode;
    }

    /**
     * Whether it is partitioned.
     *
     * @return the mode
     */
    public MigMode migMode() {
        return migMode;
    }

    /**
     * Its parts, if it is partitioned.
     *
     * @return unmodifiable, in the driver's order
     */
    public List<MigDevice> migDevices() {
        return migDevices;
    }

    /**
     * The sizes it can be partitioned in.
     *
     * @return unmodifiable, in the driver's order; empty if it cannot be partitioned or does not tell
     */
    public List<MigProfile> migProfiles() {
        return migProfiles;
    }

    /**
     * The NUMA node it is attached to.
     *
     * @return -1 if not told
     */
    public int numaNode() {
        return numaNode;
    }

    /**
     * GPUs with the same group are linked directly (NVLink, xGMI).
     *
     * @return empty if it is linked to none or not told
     */
    public String linkGroup() {
        return linkGroup;
    }

    /**
     * Whether a plan may put new runners on it or its parts.
     *
     * @return true if it is available, not prohibited, not about to be partitioned otherwise, and it is known whether it
     *     is partitioned
     */
    public boolean isSchedulable() {
        return state == State.AVAILABLE
                && computeMode != ComputeMode.PROHIBITED
                && migMode != MigMode.CHANGING
                && migMode != MigMode.UNKNOWN;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GpuDevice that
                && id.equals(that.id)
                && name.equals(that.name)
                && index == that.index
                && vendor == that.vendor
                && busId.equals(that.busId)
                && state == that.state
                && reason.equals(that.reason)
                && memory.equals(that.memory)
                && computeCapability.equals(that.computeCapability)
                && computeMode == that.computeMode
                && migMode == that.migMode
                && migDevices.equals(that.migDevices)
                && migProfiles.equals(that.migProfiles)
                && numaNode == that.numaNode
                && linkGroup.equals(that.linkGroup);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, index, state, memory);
    }

    @Override
    public String toString() {
        return id + " (" + name + (state == State.AVAILABLE ? "" : ", " + state + ": " + reason) + ")";
    }

    /** Describes a GPU. What is not set is unknown. Not thread-safe. */
    public static final class Builder {
        private final String id;
        private final String name;
        private int index = -1;
        private GpuVendor vendor = GpuVendor.NVIDIA;
        private String busId = "";
        private State state = State.AVAILABLE;
        private String reason = "";
        private GpuMemory memory = GpuMemory.unknown(Reading.notSupported());
        private String computeCapability = "";
        private ComputeMode computeMode = ComputeMode.UNKNOWN;
        private MigMode migMode = MigMode.NOT_SUPPORTED;
        private List<MigDevice> migDevices = List.of();
        private List<MigProfile> migProfiles = List.of();
        private int numaNode = -1;
        private String linkGroup = "";

        private Builder(String id, String name) {
            if (Objects.requireNonNull(id, "id").isBlank()) {
                throw new IllegalArgumentException("a GPU's id must not be blank; without a UUID use its bus address");
            }
            this.id = id;
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * The place in the driver's order.
         *
         * @param index from 0, or -1 for none, the default
         * @return this
         */
        public Builder index(int index) {
            if (index < -1) {
                throw new IllegalArgumentException("a GPU's index must be at least 0, or -1 for none: " + index);
            }
            this.index = index;
            return this;
        }

        /**
         * Who made it.
         *
         * @param vendor by default {@link GpuVendor#NVIDIA}
         * @return this
         */
        public Builder vendor(GpuVendor vendor) {
            this.vendor = Objects.requireNonNull(vendor, "vendor");
            return this;
        }

        /**
         * Its address.
         *
         * @param busId as Linux writes it; empty, the default, if it is on no PCI bus
         * @return this
         */
        public Builder busId(String busId) {
            this.busId = Objects.requireNonNull(busId, "busId");
            return this;
        }

        /**
         * Whether it can be used.
         *
         * @param state by default {@link State#AVAILABLE}
         * @param reason why it cannot; empty if it can
         * @return this
         */
        public Builder state(State state, String reason) {
            this.state = Objects.requireNonNull(state, "state");
            this.reason = Objects.requireNonNull(reason, "reason");
            return this;
        }

        /**
         * Its memory.
         *
         * @param memory by default unknown
         * @return this
         */
        public Builder memory(GpuMemory memory) {
            this.memory = Objects.requireNonNull(memory, "memory");
            return this;
        }

        /**
         * Its compute capability.
         *
         * @param computeCapability such as {@code 9.0}; by default empty
         * @return this
         */
        public Builder computeCapability(String computeCapability) {
            this.computeCapability = Objects.requireNonNull(computeCapability, "computeCapability");
            return this;
        }

        /**
         * How many processes may compute on it.
         *
         * @param computeMode by default {@link ComputeMode#UNKNOWN}
         * @return this
         */
        public Builder computeMode(ComputeMode computeMode) {
            this.computeMode = Objects.requireNonNull(computeMode, "computeMode");
            return this;
        }

        /**
         * Whether it is partitioned.
         *
         * @param migMode by default {@link MigMode#NOT_SUPPORTED}
         * @return this
         */
        public Builder migMode(MigMode migMode) {
            this.migMode = Objects.requireNonNull(migMode, "migMode");
            return this;
        }

        /**
         * Its parts.
         *
         * @param migDevices copied; by default none
         * @return this
         */
        public Builder migDevices(List<MigDevice> migDevices) {
            this.migDevices = List.copyOf(migDevices);
            return this;
        }

        /**
         * The sizes it can be partitioned in.
         *
         * @param migProfiles copied; by default none
         * @return this
         */
        public Builder migProfiles(List<MigProfile> migProfiles) {
            this.migProfiles = List.copyOf(migProfiles);
            return this;
        }

        /**
         * Its NUMA node.
         *
         * @param numaNode from 0, or -1 for unknown, the default
         * @return this
         */
        public Builder numaNode(int numaNode) {
            this.numaNode = numaNode;
            return this;
        }

        /**
         * What it is linked with.
         *
         * @param linkGroup equal for GPUs linked directly; by default empty
         * @return this
         */
        public Builder linkGroup(String linkGroup) {
            this.linkGroup = Objects.requireNonNull(linkGroup, "linkGroup");
            return this;
        }

        /**
         * Makes the description.
         *
         * @return immutable
         */
        public GpuDevice build() {
            return new GpuDevice(this);
        }
    }
}
