package dev.paddock.gcp.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.gcp.internal.InsertRequest.Shape;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What is sent to Compute Engine, as JSON. Pure. Lists replace the template's, objects are merged into it. */
public final class Bodies {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private Bodies() {}

    /**
     * A VM of a zone.
     *
     * @param project the project
     * @param request what to make
     * @return the body of {@code instances.insert}
     */
    public static ObjectNode insert(String project, InsertRequest request) {
        String zone = "zones/" + request.zone() + "/";
        ObjectNode vm = JSON.objectNode().put("name", request.name());
        return properties(vm, request, zone, "projects/" + project + "/" + zone);
    }

    /**
     * A VM of a region.
     *
     * @param template with its project
     * @param allowed the zones where it may be
     * @param others the region's other zones; one that is not named counts as allowed
     * @param request what to make
     * @return the body of {@code regionInstances.bulkInsert}
     */
    public static ObjectNode bulkInsert(
            String template, Collection<String> allowed, Collection<String> others, InsertRequest request) {
        ObjectNode bulk = JSON.objectNode().put("count", "1").put("minCount", "1");
        bulk.putObject("perInstanceProperties").putObject(request.name());
        bulk.put("sourceInstanceTemplate", template);
        bulk.set("instanceProperties", properties(JSON.objectNode(), request, "", ""));
        ObjectNode policy = bulk.putObject("locationPolicy").put("targetShape", "ANY_SINGLE_ZONE");
        ObjectNode locations = policy.putObject("locations");
        allowed.forEach(zone -> locations.putObject("zones/" + zone).put("preference", "ALLOW"));
        others.forEach(zone -> locations.putObject("zones/" + zone).put("preference", "DENY"));
        return bulk;
    }

    /**
     * Metadata.
     *
     * @param fingerprint of what it replaces; empty for a new VM
     * @param items key to value
     * @return the body of {@code instances.setMetadata}
     */
    public static ObjectNode metadata(String fingerprint, Map<String, String> items) {
        ObjectNode metadata = JSON.objectNode();
        if (!fingerprint.isEmpty()) {
            metadata.put("fingerprint", fingerprint);
        }
        ArrayNode list = metadata.putArray("items");
        items.forEach((key, value) -> list.addObject().put("key", key).put("value", value));
        return metadata;
    }

    private static ObjectNode properties(ObjectNode vm, InsertRequest request, String zone, String zoneOfProject) {
        Shape shape = request.shape();
        if (!request.metadata().isEmpty()) {
            vm.set("metadata", metadata("", request.metadata()));
        }
        if (!request.labels().isEmpty()) {
            ObjectNode labels = vm.putObject("labels");
            request.labels().forEach(labels::put);
        }
        shape.machineType().ifPresent(type -> vm.put("machineType", typed(zone, "machineTypes", type)));
        shape.accelerator()
                .ifPresent(type -> vm.putArray("guestAccelerators")
                        .addObject()
                        .put("acceleratorType", typed(zoneOfProject, "acceleratorTypes", type))
                        .put("acceleratorCount", shape.acceleratorCount()));
        scheduling(vm.putObject("scheduling"), shape);
        shape.serviceAccount()
                .ifPresent(email -> words(
                        vm.putArray("serviceAccounts")
                                .addObject()
                                .put("email", email)
                                .putArray("scopes"),
                        shape.scopes()));
        network(vm, shape);
        if (!shape.tags().isEmpty()) {
            words(vm.putObject("tags").putArray("items"), shape.tags());
        }
        shape.secureBoot()
                .ifPresent(on -> vm.putObject("shieldedInstanceConfig").put("enableSecureBoot", on));
        shape.bootDisk().ifPresent(disk -> disk(vm.putArray("disks").addObject(), disk, zone));
        return vm;
    }

    /** In a zone's request by their address, in a region's by name. */
    private static String typed(String zone, String collection, String type) {
        return zone.isEmpty() || type.contains("/") ? type : zone + collection + "/" + type;
    }

    /** A VM that Google starts again would run its boot script with a registration that is used up. */
    private static void scheduling(ObjectNode scheduling, Shape shape) {
        scheduling.put("automaticRestart", false);
        shape.onHostMaintenance()
                .or(() -> shape.accelerator().map(gpu -> "TERMINATE"))
                .ifPresent(what -> scheduling.put("onHostMaintenance", what));
        shape.provisioningModel().ifPresent(model -> {
            scheduling.put("provisioningModel", model);
            scheduling.put("preemptible", model.equals("SPOT")); // the template's may say otherwise
        });
        shape.maxRunDuration()
                .ifPresent(
                        most -> scheduling.putObject("maxRunDuration").put("seconds", Long.toString(most.toSeconds())));
        boolean ends = shape.maxRunDuration().isPresent()
                || shape.provisioningModel().filter("SPOT"::equals).isPresent();
        if (ends) {
            scheduling.put("instanceTerminationAction", "DELETE");
        }
    }

    private static void network(ObjectNode vm, Shape shape) {
        if (shape.network().isEmpty()
                && shape.subnetwork().isEmpty()
                && shape.externalIp().isEmpty()) {
            return;
        }
        ObjectNode card = vm.putArray("networkInterfaces").addObject();
        shape.network().ifPresent(network -> card.put("network", network));
        shape.subnetwork().ifPresent(subnetwork -> card.put("subnetwork", subnetwork));
        if (shape.externalIp().orElse(false)) {
            card.putArray("accessConfigs")
                    .addObject()
                    .put("type", "ONE_TO_ONE_NAT")
                    .put("name", "External NAT");
        }
    }

    private static void disk(ObjectNode disk, InsertRequest.BootDisk boot, String zone) {
        disk.put("boot", true).put("autoDelete", true);
        ObjectNode made = disk.putObject("initializeParams");
        if (!boot.image().isEmpty()) {
            made.put("sourceImage", boot.image());
        }
        if (boot.gigabytes() > 0) {
            made.put("diskSizeGb", Long.toString(boot.gigabytes()));
        }
        if (!boot.type().isEmpty()) {
            made.put("diskType", typed(zone, "diskTypes", boot.type()));
        }
    }

    private static void words(ArrayNode array, List<String> words) {
        words.forEach(array::add);
    }
}
