package dev.paddock.gcp.internal;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A VM to make: a template, and what differs from it. Its metadata holds a secret, which {@code toString} hides.
 *
 * @param zone where
 * @param name its name
 * @param requestId a UUID; the same one for each repetition
 * @param template {@code global/instanceTemplates/T} or {@code regions/R/instanceTemplates/T}
 * @param metadata all of its metadata: Google puts it in place of the template's
 * @param labels all of its labels
 * @param shape what else differs from the template
 */
public record InsertRequest(
        String zone,
        String name,
        String requestId,
        String template,
        Map<String, String> metadata,
        Map<String, String> labels,
        Shape shape) {
    /** Copies the maps, sorted, and checks for nulls. */
    public InsertRequest {
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(template, "template");
        metadata = java.util.Collections.unmodifiableMap(new TreeMap<>(metadata));
        labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
        Objects.requireNonNull(shape, "shape");
    }

    /** What is to be made, without what its metadata says. */
    @Override
    public String toString() {
        return "InsertRequest[" + name + " in " + zone + ", " + requestId + ", " + template + ", metadata "
                + metadata.keySet() + ", labels " + labels + ", " + shape + "]";
    }

    /**
     * What differs from the template. What is empty is the template's.
     *
     * @param machineType such as {@code n1-standard-8}
     * @param accelerator the type of GPU; empty with {@code acceleratorCount} 0
     * @param acceleratorCount how many
     * @param provisioningModel {@code STANDARD}, {@code SPOT} or {@code FLEX_START}
     * @param maxRunDuration when Google itself deletes it
     * @param serviceAccount the e-mail address of its account, with the scopes below
     * @param scopes of the account
     * @param network the network, as Google names it: {@code global/networks/N}
     * @param subnetwork {@code regions/R/subnetworks/S}
     * @param externalIp whether it has an address on the internet
     * @param tags network tags
     * @param secureBoot of a shielded VM
     * @param bootDisk the boot disk
     * @param onHostMaintenance {@code TERMINATE} or {@code MIGRATE}; a VM with {@code accelerator} is always to end
     */
    public record Shape(
            Optional<String> machineType,
            Optional<String> accelerator,
            int acceleratorCount,
            Optional<String> provisioningModel,
            Optional<Duration> maxRunDuration,
            Optional<String> serviceAccount,
            List<String> scopes,
            Optional<String> network,
            Optional<String> subnetwork,
            Optional<Boolean> externalIp,
            List<String> tags,
            Optional<Boolean> secureBoot,
            Optional<BootDisk> bootDisk,
            Optional<String> onHostMaintenance) {
        /** Copies the lists. */
        public Shape {
            scopes = List.copyOf(scopes);
            tags = List.copyOf(tags);
        }

        /**
         * A shape that leaves to the template what happens when Google repairs the host.
         *
         * @param machineType such as {@code n1-standard-8}
         * @param accelerator the type of GPU; empty with {@code acceleratorCount} 0
         * @param acceleratorCount how many
         * @param provisioningModel {@code STANDARD}, {@code SPOT} or {@code FLEX_START}
         * @param maxRunDuration when Google itself deletes it
         * @param serviceAccount the e-mail address of its account, with the scopes below
         * @param scopes of the account
         * @param network the network, as Google names it: {@code global/networks/N}
         * @param subnetwork {@code regions/R/subnetworks/S}
         * @param externalIp whether it has an address on the internet
         * @param tags network tags
         * @param secureBoot of a shielded VM
         * @param bootDisk the boot disk
         */
        public Shape(
                Optional<String> machineType,
                Optional<String> accelerator,
                int acceleratorCount,
                Optional<String> provisioningModel,
                Optional<Duration> maxRunDuration,
                Optional<String> serviceAccount,
                List<String> scopes,
                Optional<String> network,
                Optional<String> subnetwork,
                Optional<Boolean> externalIp,
                List<String> tags,
                Optional<Boolean> secureBoot,
                Optional<BootDisk> bootDisk) {
            this(
                    machineType,
                    accelerator,
                    acceleratorCount,
                    provisioningModel,
                    maxRunDuration,
                    serviceAccount,
                    scopes,
                    network,
                    subnetwork,
                    externalIp,
                    tags,
                    secureBoot,
                    bootDisk,
                    Optional.empty());
        }
    }

    /**
     * A boot disk in place of the template's. It is always deleted with its VM.
     *
     * @param image {@code projects/P/global/images/family/F}; empty for the template's
     * @param gigabytes its size; 0 for the image's
     * @param type such as {@code pd-ssd}; empty for Google's default
     */
    public record BootDisk(String image, long gigabytes, String type) {}
}
