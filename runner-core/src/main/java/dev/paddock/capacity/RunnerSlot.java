package dev.paddock.capacity;

import dev.paddock.RunnerProfile;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One runner's place in a {@link CapacityPlan}.
 *
 * @param number which place of the host it is, from 0; a place keeps its number when the host is planned again
 * @param profile what the runner needs
 * @param devices UUIDs of the GPUs, or of the MIG device, that the runner is bound to; empty for none
 * @param indices the numbers of these GPUs, or of the MIG device's GPU, in the plan; -1 where there is none: the index in the
 *     driver's order, but of GPUs of two vendors with the same index the second has another
 * @param isolation what keeps others off the devices
 * @param environment to be put over what the runner's process inherits; it names devices by UUID, and hides the rest
 * @param labels what the runner is registered with; sorted
 */
public record RunnerSlot(
        int number,
        RunnerProfile profile,
        List<String> devices,
        List<Integer> indices,
        Isolation isolation,
        Map<String, String> environment,
        SortedSet<String> labels) {
    /**
     * Copies.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public RunnerSlot {
        if (number < 0) {
            throw new IllegalArgumentException("a slot's number must be at least 0: " + number);
        }
        Objects.requireNonNull(profile, "profile");
        devices = List.copyOf(devices);
        indices = List.copyOf(indices);
        Objects.requireNonNull(isolation, "isolation");
        environment = Collections.unmodifiableMap(new TreeMap<>(environment));
        labels = Collections.unmodifiableSortedSet(new TreeSet<>(labels));
    }
}
