package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What Compute Engine answers, as records of ours. Pure. What is not told is empty; what is new is passed over. */
public final class Replies {
    private static final String REST = Told.REST;

    private Replies() {}

    /** An answer without what it must hold. */
    public static final class Incomplete extends RuntimeException {
        private static final long serialVersionUID = 1;

        Incomplete(String what) {
            super(what);
        }
    }

    static ComputeOperation operation(Asked asked, JsonNode node) {
        String name = text(node, "name");
        if (name.isEmpty()) {
            throw new Incomplete("an operation without a name");
        }
        boolean zonal = !text(node, "zone").isEmpty();
        String place = last(text(node, zonal ? "zone" : "region"));
        return new ComputeOperation(
                new OperationRef(zonal, place, name),
                text(node, "operationType"),
                last(text(node, "targetLink")),
                text(node, "targetId"),
                text(node, "status").equals("DONE"),
                Faults.ofOperation(asked, node),
                time(node, "insertTime"));
    }

    static List<ComputeOperation> operations(Asked asked, JsonNode node) {
        List<ComputeOperation> operations = new ArrayList<>();
        node.path("items").forEach(one -> operations.add(operation(asked, one)));
        return operations;
    }

    static Vm vm(JsonNode node) {
        return vm(node, items(node.path("metadata")));
    }

    private static Vm vm(JsonNode node, Map<String, String> metadata) {
        String name = text(node, "name");
        if (name.isEmpty()) {
            throw new Incomplete("a VM without a name");
        }
        return new Vm(
                name,
                last(text(node, "zone")),
                text(node, "id"),
                text(node, "status"),
                words(node.path("labels")),
                metadata,
                text(node.path("metadata"), "fingerprint"));
    }

    /** What a page of a list did not tell. */
    static Set<String> unread(JsonNode page) {
        var unread = new LinkedHashSet<String>();
        page.path("unreachables").forEach(scope -> unread.add(last(scope.asText())));
        for (Map.Entry<String, JsonNode> scope : page.path("items").properties()) {
            String warning = text(scope.getValue().path("warning"), "code");
            if (!warning.isEmpty() && !warning.equals("NO_RESULTS_ON_PAGE")) {
                unread.add(last(scope.getKey()));
            }
        }
        String whole = text(page.path("warning"), "code");
        if (unread.isEmpty() && !whole.isEmpty() && !whole.equals("NO_RESULTS_ON_PAGE")) {
            unread.add(REST);
        }
        return unread;
    }

    private static Set<String> unread(Pages.Read read) {
        var unread = new LinkedHashSet<String>();
        read.pages().forEach(page -> unread.addAll(unread(page)));
        if (!read.whole()) {
            unread.add(REST);
        }
        return unread;
    }

    /** The VMs of an aggregated list's pages. */
    static VmList vms(Pages.Read read) {
        List<Vm> vms = new ArrayList<>();
        for (JsonNode page : read.pages()) {
            for (JsonNode scope : page.path("items")) {
                scope.path("instances").forEach(one -> vms.add(vm(one, Map.of())));
            }
        }
        return new VmList(vms, List.copyOf(unread(read)));
    }

    static List<RegionFacts> regions(Pages.Read read) {
        List<RegionFacts> regions = new ArrayList<>();
        for (JsonNode page : read.pages()) {
            for (JsonNode region : page.path("items")) {
                JsonNode warning = region.path("quotaStatusWarning");
                String why = text(warning, "message").isEmpty() ? text(warning, "code") : text(warning, "message");
                regions.add(new RegionFacts(text(region, "name"), quotas(region), why));
            }
        }
        return regions;
    }

    static Map<String, Quota> quotas(JsonNode node) {
        Map<String, Quota> quotas = new TreeMap<>();
        for (JsonNode quota : node.path("quotas")) {
            JsonNode limit = quota.path("limit");
            if (!text(quota, "metric").isEmpty() && !limit.isMissingNode()) {
                quotas.put(
                        text(quota, "metric"),
                        new Quota(limit.asDouble(0), quota.path("usage").asDouble(0)));
            }
        }
        return quotas;
    }

    static Told<ZoneFacts> zones(Pages.Read read) {
        Map<String, ZoneFacts> zones = new TreeMap<>();
        for (JsonNode page : read.pages()) {
            for (JsonNode zone : page.path("items")) {
                String name = text(zone, "name");
                String region = last(text(zone, "region"));
                zones.put(
                        name,
                        new ZoneFacts(
                                name,
                                region.isEmpty() ? name.substring(0, Math.max(0, name.lastIndexOf('-'))) : region,
                                text(zone, "status").equals("UP")));
            }
        }
        return new Told<>(zones, unread(read));
    }

    static Told<Map<String, Integer>> accelerators(Pages.Read read) {
        Map<String, Map<String, Integer>> zones = new TreeMap<>();
        for (JsonNode page : read.pages()) {
            for (Map.Entry<String, JsonNode> scope : page.path("items").properties()) {
                if (scope.getKey().startsWith("zones/")) {
                    Map<String, Integer> types = zones.computeIfAbsent(last(scope.getKey()), zone -> new TreeMap<>());
                    scope.getValue()
                            .path("acceleratorTypes")
                            .forEach(type -> types.put(
                                    text(type, "name"),
                                    type.path("maximumCardsPerInstance").asInt(1)));
                }
            }
        }
        Set<String> unread = unread(read);
        unread.forEach(zones::remove);
        return new Told<>(zones, unread);
    }

    static Told<MachineFacts> machines(String machineType, Pages.Read read) {
        Map<String, MachineFacts> zones = new TreeMap<>();
        for (JsonNode page : read.pages()) {
            for (Map.Entry<String, JsonNode> scope : page.path("items").properties()) {
                for (JsonNode type : scope.getValue().path("machineTypes")) {
                    if (text(type, "name").equals(machineType)) {
                        Map<String, Integer> built = new TreeMap<>();
                        type.path("accelerators")
                                .forEach(one -> built.put(
                                        last(text(one, "guestAcceleratorType")),
                                        one.path("guestAcceleratorCount").asInt(1)));
                        zones.put(
                                last(scope.getKey()),
                                new MachineFacts(type.path("guestCpus").asInt(0), built));
                    }
                }
            }
        }
        return new Told<>(zones, unread(read));
    }

    static TemplateFacts template(JsonNode node) {
        JsonNode properties = node.path("properties");
        JsonNode scheduling = properties.path("scheduling");
        Map<String, Integer> accelerators = new TreeMap<>();
        properties
                .path("guestAccelerators")
                .forEach(one -> accelerators.put(
                        last(text(one, "acceleratorType")),
                        one.path("acceleratorCount").asInt(1)));
        JsonNode disk = bootDisk(properties.path("disks"));
        JsonNode made = disk.path("initializeParams");
        JsonNode card = properties.path("networkInterfaces").path(0);
        return new TemplateFacts(
                text(node, "name"),
                last(text(properties, "machineType")),
                accelerators,
                items(properties.path("metadata")),
                words(properties.path("labels")),
                text(scheduling, "provisioningModel").equals("SPOT")
                        || scheduling.path("preemptible").asBoolean(false),
                text(scheduling, "onHostMaintenance"),
                disk.path("autoDelete").asBoolean(false),
                last(text(made, "diskType")),
                made.path("diskSizeGb").asLong(disk.path("diskSizeGb").asLong(0)),
                !card.path("accessConfigs").isEmpty(),
                text(made, "sourceImage"),
                text(card, "network"),
                text(card, "subnetwork"),
                text(scheduling, "provisioningModel"),
                keptDisks(properties.path("disks")));
    }

    private static int keptDisks(JsonNode disks) {
        int kept = 0;
        for (JsonNode disk : disks) {
            kept += isKept(disk) ? 1 : 0;
        }
        return isKept(bootDisk(disks)) ? kept - 1 : kept;
    }

    /** One that was there before, and is only attached, is somebody else's; a local one cannot outlive its VM. */
    private static boolean isKept(JsonNode disk) {
        return disk.isObject()
                && disk.path("source").isMissingNode()
                && !text(disk, "type").equals("SCRATCH")
                && !disk.path("autoDelete").asBoolean(false);
    }

    private static JsonNode bootDisk(JsonNode disks) {
        for (JsonNode disk : disks) {
            if (disk.path("boot").asBoolean(false)) {
                return disk;
            }
        }
        return disks.path(0);
    }

    static String serialOutput(JsonNode node, int bytes) {
        String all = text(node, "contents");
        return all.length() <= bytes ? all : all.substring(all.length() - bytes);
    }

    static Map<String, String> guestAttributes(JsonNode node) {
        return items(node.path("queryValue"));
    }

    // ---- parts ------------------------------------------------------------------------------------------------

    private static Map<String, String> items(JsonNode holder) {
        Map<String, String> items = new LinkedHashMap<>();
        holder.path("items").forEach(item -> items.put(text(item, "key"), text(item, "value")));
        return items;
    }

    private static Map<String, String> words(JsonNode node) {
        Map<String, String> words = new TreeMap<>();
        node.properties()
                .forEach(entry -> words.put(entry.getKey(), entry.getValue().asText()));
        return words;
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asText("");
    }

    /** The name at the end of an address. */
    static String last(String address) {
        return address.substring(address.lastIndexOf('/') + 1);
    }

    private static Optional<Instant> time(JsonNode node, String field) {
        try {
            return Optional.of(OffsetDateTime.parse(text(node, field)).toInstant());
        } catch (DateTimeException untold) {
            return Optional.empty();
        }
    }
}
