package dev.paddock.gcp.internal;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a template says. Its metadata may hold what is nobody's business, which {@code toString} hides.
 *
 * @param name its name
 * @param machineType such as {@code n1-standard-4}
 * @param accelerators type to count
 * @param metadata its metadata
 * @param labels its labels
 * @param spot whether its VMs may be taken away
 * @param onHostMaintenance {@code TERMINATE} or {@code MIGRATE}; empty if not told
 * @param bootDiskAutoDelete whether its boot disk goes with the VM
 * @param bootDiskType such as {@code pd-ssd}; empty if not told
 * @param bootDiskGigabytes 0 if not told
 * @param externalIp whether its VMs have an address on the internet
 * @param bootImage what its boot disk is made from; empty if not told
 * @param network of its first interface; empty if not told
 * @param subnetwork of its first interface; empty if not told
 * @param provisioningModel on what terms its VMs are, in Google's words, new ones too; empty if not told
 * @param keptDisks how many disks beside the boot disk are made with each VM and stay when it goes
 */
public record TemplateFacts(
        String name,
        String machineType,
        Map<String, Integer> accelerators,
        Map<String, String> metadata,
        Map<String, String> labels,
        boolean spot,
        String onHostMaintenance,
        boolean bootDiskAutoDelete,
        String bootDiskType,
        long bootDiskGigabytes,
        boolean externalIp,
        String bootImage,
        String network,
        String subnetwork,
        String provisioningModel,
        int keptDisks) {
    /**
     * A template of which neither image nor network nor terms are known.
     *
     * @param name its name
     * @param machineType such as {@code n1-standard-4}
     * @param accelerators type to count
     * @param metadata its metadata
     * @param labels its labels
     * @param spot whether its VMs may be taken away
     * @param onHostMaintenance {@code TERMINATE} or {@code MIGRATE}; empty if not told
     * @param bootDiskAutoDelete whether its boot disk goes with the VM
     * @param bootDiskType such as {@code pd-ssd}; empty if not told
     * @param bootDiskGigabytes 0 if not told
     * @param externalIp whether its VMs have an address on the internet
     */
    public TemplateFacts(
            String name,
            String machineType,
            Map<String, Integer> accelerators,
            Map<String, String> metadata,
            Map<String, String> labels,
            boolean spot,
            String onHostMaintenance,
            boolean bootDiskAutoDelete,
            String bootDiskType,
            long bootDiskGigabytes,
            boolean externalIp) {
        this(
                name,
                machineType,
                accelerators,
                metadata,
                labels,
                spot,
                onHostMaintenance,
                bootDiskAutoDelete,
                bootDiskType,
                bootDiskGigabytes,
                externalIp,
                "",
                "",
                "",
                "",
                0);
    }

    /** Copies the maps, sorted, and checks for nulls. */
    public TemplateFacts {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(machineType, "machineType");
        accelerators = java.util.Collections.unmodifiableMap(new TreeMap<>(accelerators));
        metadata = java.util.Collections.unmodifiableMap(new TreeMap<>(metadata));
        labels = java.util.Collections.unmodifiableMap(new TreeMap<>(labels));
        Objects.requireNonNull(onHostMaintenance, "onHostMaintenance");
        Objects.requireNonNull(bootDiskType, "bootDiskType");
        Objects.requireNonNull(bootImage, "bootImage");
        Objects.requireNonNull(network, "network");
        Objects.requireNonNull(subnetwork, "subnetwork");
        Objects.requireNonNull(provisioningModel, "provisioningModel");
    }

    /** The template, without what its metadata says. */
    @Override
    public String toString() {
        return "TemplateFacts[" + name + ", " + machineType + ", " + accelerators + ", metadata " + metadata.keySet()
                + ", labels " + labels + ", spot " + spot + "]";
    }
}
