package dev.paddock.github.runner;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Where on this host a runner is.
 *
 * @param slot the slot's number
 * @param profile the name of the profile that the slot is for; empty if it is for any
 * @param devices what the runner is bound to; of a slot for any it is not known
 * @param gpuFree bytes that others have left of the first device, if it is a GPU's memory that is shared
 * @param environment what binds the runner; not written down
 * @param bounds what it is held to; of these the CPUs are written down
 */
record Place(
        int slot,
        String profile,
        List<String> devices,
        OptionalLong gpuFree,
        Map<String, String> environment,
        Bounds bounds) {
    /** Copies. */
    Place {
        devices = List.copyOf(devices);
        environment = Map.copyOf(environment);
    }

    /** One that is held to nothing. */
    Place(int slot, String profile, List<String> devices, OptionalLong gpuFree, Map<String, String> environment) {
        this(slot, profile, devices, gpuFree, environment, Bounds.NONE);
    }

    Place within(Bounds bounds) {
        return new Place(slot, profile, devices, gpuFree, environment, bounds);
    }

    /** A slot for any runner. */
    static Place any(int slot) {
        return new Place(slot, "", List.of(), OptionalLong.empty(), Map.of());
    }

    boolean isPlanned() {
        return !profile.isEmpty();
    }
}
