package dev.paddock.testkit;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An instance of the {@link ComputeEngineSimulator} at one moment. {@code toString} leaves out the metadata, which may
 * hold secrets.
 *
 * @param id its number
 * @param name its name, which another instance may have in another zone
 * @param zone where it is
 * @param machineType the bare name
 * @param accelerators how many by bare name, those built in too
 * @param spot whether it is preemptible
 * @param status as Google's API has it, such as {@code RUNNING}
 * @param labels its labels
 * @param metadata its metadata
 * @param busy whether a test said that it runs a job
 * @param createdAt when its creation was accepted
 * @param bootedAt when its guest was up, the last time
 */
public record ComputeInstance(
        long id,
        String name,
        String zone,
        String machineType,
        Map<String, Integer> accelerators,
        boolean spot,
        String status,
        Map<String, String> labels,
        Map<String, String> metadata,
        boolean busy,
        Instant createdAt,
        Optional<Instant> bootedAt) {
    /** Copies the maps. */
    public ComputeInstance {
        accelerators = Collections.unmodifiableMap(new LinkedHashMap<>(accelerators));
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    @Override
    public String toString() {
        return zone + "/" + name + " " + status + " " + machineType
                + (accelerators.isEmpty() ? "" : " " + accelerators)
                + (spot ? " spot" : "")
                + (busy ? " busy" : "")
                + " labels " + labels;
    }
}
