package dev.paddock.capacity;

import dev.paddock.ByteSize;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A size in which a GPU can be partitioned (MIG). Immutable.
 *
 * @param name such as {@code 1g.10gb}; empty if the driver does not tell it, as before 510
 * @param id as this model of GPU numbers it; another model may number it otherwise
 * @param computeSlices how many of the GPU's seven, or on smaller models four, an instance has
 * @param memory of each instance
 * @param maxInstances the most that fit on a GPU without others
 * @param placements where an instance may begin; empty if this process may not ask, which mostly needs root
 */
public record MigProfile(
        String name,
        int id,
        int computeSlices,
        ByteSize memory,
        int maxInstances,
        Optional<List<Placement>> placements) {
    /**
     * A place for an instance, in slices of the GPU's memory.
     *
     * @param start the first slice, from 0
     * @param size how many
     */
    public record Placement(int start, int size) {}

    /** Checks for nulls and copies. */
    public MigProfile {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(memory, "memory");
        placements = placements.map(List::copyOf);
    }
}
