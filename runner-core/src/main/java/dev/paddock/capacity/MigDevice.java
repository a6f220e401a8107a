package dev.paddock.capacity;

import java.util.Objects;

/**
 * One MIG device: a compute instance in a GPU instance of a partitioned GPU. Compute instances of the same GPU instance
 * share its memory, so that memory counts once for each {@code gpuInstance}. Immutable.
 *
 * @param id the UUID, {@code MIG-…}
 * @param profile the profile's name, such as {@code 1g.10gb}; empty if not told
 * @param gpuInstance the GPU instance's number, unique on its GPU; -1 if not told
 * @param computeInstance the compute instance's number, unique in its GPU instance; -1 if not told
 * @param memory the GPU instance's memory
 */
public record MigDevice(String id, String profile, int gpuInstance, int computeInstance, GpuMemory memory) {
    /** Checks for nulls. */
    public MigDevice {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(memory, "memory");
    }
}
