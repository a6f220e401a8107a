package dev.paddock;

import java.util.Objects;

/**
 * What one runner of a pool needs of its machine. Immutable.
 *
 * <p>A provider uses it to choose a slot or a machine type; a field of zero asks for nothing.
 */
public final class RunnerProfile {
    private static final RunnerProfile ANY = new RunnerProfile("any", 0, ByteSize.ZERO, 0, ByteSize.ZERO);

    private final String name;
    private final int cores;
    private final ByteSize memory;
    private final int gpus;
    private final ByteSize gpuMemory;

    private RunnerProfile(String name, int cores, ByteSize memory, int gpus, ByteSize gpuMemory) {
        this.name = name;
        this.cores = cores;
        this.memory = memory;
        this.gpus = gpus;
        this.gpuMemory = gpuMemory;
    }

    /**
     * Returns the profile that asks for nothing in particular.
     *
     * @return the default of a pool
     */
    public static RunnerProfile any() {
        return ANY;
    }

    /**
     * Returns a profile with a name and no needs.
     *
     * @param name shown in decisions and status; not empty
     * @return the profile
     */
    public static RunnerProfile of(String name) {
        if (Objects.requireNonNull(name, "name").isBlank()) {
            throw new IllegalArgumentException("a profile's name must not be blank");
        }
        return new RunnerProfile(name, 0, ByteSize.ZERO, 0, ByteSize.ZERO);
    }

    /**
     * Returns a copy that needs this many CPU cores.
     *
     * @param cores at least 0
     * @return the copy
     */
    public RunnerProfile withCores(int cores) {
        return new RunnerProfile(name, notNegative("cores", cores), memory, gpus, gpuMemory);
    }

    /**
     * Returns a copy that needs this much main memory.
     *
     * @param memory the least usable memory
     * @return the copy
     */
    public RunnerProfile withMemory(ByteSize memory) {
        return new RunnerProfile(name, cores, Objects.requireNonNull(memory, "memory"), gpus, gpuMemory);
    }

    /**
     * Returns a copy that needs this many GPUs.
     *
     * @param gpus at least 0
     * @return the copy
     */
    public RunnerProfile withGpus(int gpus) {
        return new RunnerProfile(name, cores, memory, notNegative("gpus", gpus), gpuMemory);
    }

    /**
     * Returns a copy that needs this much memory on each of its GPUs.
     *
     * @param gpuMemory the least memory of each GPU
     * @return the copy
     */
    public RunnerProfile withGpuMemory(ByteSize gpuMemory) {
        return new RunnerProfile(name, cores, memory, gpus, Objects.requireNonNull(gpuMemory, "gpuMemory"));
    }

    /**
     * The profile's name.
     *
     * @return not blank
     */
    public String name() {
        return name;
    }

    /**
     * The CPU cores one runner needs.
     *
     * @return 0 for no need
     */
    public int cores() {
        return cores;
    }

    /**
     * The main memory one runner needs.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize memory() {
        return memory;
    }

    /**
     * The GPUs one runner needs.
     *
     * @return 0 for no need
     */
    public int gpus() {
        return gpus;
    }

    /**
     * The memory each GPU of the runner needs.
     *
     * @return {@link ByteSize#ZERO} for no need
     */
    public ByteSize gpuMemory() {
        return gpuMemory;
    }

    private static int notNegative(String what, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " must be at least 0: " + value);
        }
        return value;
    }

    @Override
    public String toString() {
        return name + "[cores=" + cores + ", memory=" + memory + ", gpus=" + gpus + ", gpuMemory=" + gpuMemory + "]";
    }
}
