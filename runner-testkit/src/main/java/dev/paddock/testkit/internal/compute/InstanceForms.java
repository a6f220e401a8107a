package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Puts template and request together and looks at what comes out as strictly as Google does. */
final class InstanceForms {
    static final Set<String> INSTANCE = Set.of(
            "advancedMachineFeatures",
            "canIpForward",
            "confidentialInstanceConfig",
            "deletionProtection",
            "description",
            "disks",
            "displayDevice",
            "guestAccelerators",
            "hostname",
            "instanceEncryptionKey",
            "keyRevocationActionType",
            "labels",
            "machineType",
            "metadata",
            "minCpuPlatform",
            "name",
            "networkInterfaces",
            "networkPerformanceConfig",
            "params",
            "privateIpv6GoogleAccess",
            "reservationAffinity",
            "resourcePolicies",
            "scheduling",
            "serviceAccounts",
            "shieldedInstanceConfig",
            "shieldedInstanceIntegrityPolicy",
            "tags");
    private static final Set<String> SCHEDULING = Set.of(
            "automaticRestart",
            "availabilityDomain",
            "hostErrorTimeoutSeconds",
            "instanceTerminationAction",
            "localSsdRecoveryTimeout",
            "locationHint",
            "maxRunDuration",
            "minNodeCpus",
            "nodeAffinities",
            "onHostMaintenance",
            "onInstanceStopAction",
            "preemptible",
            "provisioningModel",
            "skipGuestOsShutdown",
            "terminationTime");
    private static final Set<String> METADATA = Set.of("fingerprint", "items", "kind");
    private static final Pattern NAME = Pattern.compile("[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern LABEL_KEY = Pattern.compile("\\p{Ll}[\\p{Ll}\\p{Lo}0-9_-]{0,62}");
    private static final Pattern LABEL_VALUE = Pattern.compile("[\\p{Ll}\\p{Lo}0-9_-]{0,63}");
    private static final Pattern METADATA_KEY = Pattern.compile("[a-zA-Z0-9_-]{1,128}");
    private static final int VALUE_BYTES = 262_144;
    private static final int ALL_BYTES = 512 * 1024;
    private static final long SHORTEST_RUN_S = 30;
    private static final long LONGEST_RUN_S = 120L * 86_400;

    private InstanceForms() {}

    /** Template and request by the rules of JSON merge patches: objects merge, lists replace. */
    static ObjectNode merge(ObjectNode template, JsonNode over) {
        ObjectNode merged = template.deepCopy();
        over.properties().forEach(field -> {
            JsonNode before = merged.get(field.getKey());
            if (field.getValue().isNull()) {
                merged.remove(field.getKey());
            } else if (before instanceof ObjectNode object && field.getValue().isObject()) {
                merged.set(field.getKey(), merge(object, field.getValue()));
            } else {
                merged.set(field.getKey(), field.getValue().deepCopy());
            }
        });
        return merged;
    }

    /** A template's properties as those of an instance of a zone: bare names become links. */
    static ObjectNode inZone(ObjectNode properties, String zone, Links links) {
        ObjectNode instance = properties.deepCopy();
        if (instance.has("machineType")) {
            String machine = Links.last(instance.get("machineType").asText());
            instance.put("machineType", links.inZone(zone, "machineTypes", machine));
        }
        for (JsonNode card : instance.path("guestAccelerators")) {
            String name = Links.last(card.path("acceleratorType").asText());
            ((ObjectNode) card).put("acceleratorType", links.inZone(zone, "acceleratorTypes", name));
        }
        return instance;
    }

    /** Refuses what no right client sends. */
    static void checkRequest(JsonNode body, String where) {
        ComputeCall.checkKeys(body.path("scheduling"), SCHEDULING, " at '" + where + ".scheduling'");
        checkMetadata(body.path("metadata"), where);
        checkLabels(body.path("labels"));
        if (body.path("serviceAccounts").size() > 1) {
            throw ComputeRefusal.violation("Invalid value for field '" + where
                    + ".serviceAccounts': At most one service account may be specified.");
        }
        if (body.path("tags").path("items").size() > 64) {
            throw ComputeRefusal.violation("Invalid value for field '" + where + ".tags': at most 64.");
        }
    }

    static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw ComputeRefusal.violation("Invalid value for field 'resource.name': '" + name
                    + "'. Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
        }
    }

    static void checkLabels(JsonNode labels) {
        if (labels.size() > 64) {
            throw ComputeRefusal.violation(
                    "Invalid value for field 'resource.labels': at most 64 labels, not " + labels.size() + ".");
        }
        Shapes.map(labels).forEach((key, value) -> {
            if (!LABEL_KEY.matcher(key).matches() || !LABEL_VALUE.matcher(value).matches()) {
                throw ComputeRefusal.violation("Invalid value for field 'resource.labels': '" + key + "=" + value
                        + "'. Label keys and values may have lower-case letters, digits, '_' and '-', 63 at most.");
            }
        });
    }

    static void checkMetadata(JsonNode metadata, String where) {
        ComputeCall.checkKeys(metadata, METADATA, " at '" + where + ".metadata'");
        long bytes = 0;
        var seen = new TreeSet<String>();
        for (JsonNode item : metadata.path("items")) {
            String key = item.path("key").asText();
            int length = item.path("value").asText().getBytes(StandardCharsets.UTF_8).length;
            if (!METADATA_KEY.matcher(key).matches() || !seen.add(key) || length > VALUE_BYTES) {
                throw ComputeRefusal.violation("Invalid value for field 'metadata.items': key '" + key + "' with a"
                        + " value of " + length + " bytes. Keys are [a-zA-Z0-9-_]{1,128} and unlike each other,"
                        + " values have at most " + VALUE_BYTES + " bytes.");
            }
            bytes += key.length() + length;
        }
        if (bytes >= ALL_BYTES) {
            throw ComputeRefusal.violation("Invalid value for field 'metadata': all of it must have less than "
                    + ALL_BYTES + " bytes: " + bytes);
        }
    }

    /** What it is to be, in a zone; refuses what cannot be there. */
    static InstanceForm form(ObjectNode json, ZoneSpec zone, Links links) {
        String link = json.path("machineType").asText();
        if (link.isEmpty()) {
            throw ComputeRefusal.invalid("Invalid value for field 'resource.machineType': ''. It is required.");
        }
        MachineShape machine =
                zone.machineTypes().get(Links.last(checkZone(link, zone, "machineType", "machineTypes")));
        if (machine == null) {
            throw missing(links, zone, "machineTypes", link);
        }
        for (JsonNode card : json.path("guestAccelerators")) {
            checkCard(card, machine, zone, links);
        }
        if (json.path("disks").isEmpty()) {
            throw ComputeRefusal.invalid("Invalid value for field 'resource.disks': ''. No disks are specified.");
        }
        if (json.path("networkInterfaces").isEmpty()) {
            throw ComputeRefusal.invalid("Invalid value for field 'resource.networkInterfaces': ''."
                    + " At least one network interface is required.");
        }
        InstanceForm form = InstanceForm.of(json, machine);
        checkScheduling(form);
        return form;
    }

    private static ComputeRefusal missing(Links links, ZoneSpec zone, String kind, String link) {
        return ComputeRefusal.notFound(
                "projects/" + links.project() + "/zones/" + zone.name() + "/" + kind + "/" + Links.last(link));
    }

    /** A link into this zone: a bare name, or one of another zone, is no right client's. */
    private static String checkZone(String link, ZoneSpec zone, String field, String kind) {
        if (!Links.relative(link).startsWith("zones/" + zone.name() + "/" + kind + "/")) {
            throw ComputeRefusal.violation("Invalid value for field 'resource." + field + "': '" + link
                    + "'. The URL must be of zones/" + zone.name() + "/" + kind + "/.");
        }
        return link;
    }

    private static void checkCard(JsonNode card, MachineShape machine, ZoneSpec zone, Links links) {
        String link = card.path("acceleratorType").asText();
        Integer most = zone.accelerators()
                .get(Links.last(checkZone(link, zone, "guestAccelerators[0].acceleratorType", "acceleratorTypes")));
        if (most == null) {
            throw missing(links, zone, "acceleratorTypes", link);
        }
        int count = card.path("acceleratorCount").asInt(1);
        if (count < 1 || count > most) {
            throw ComputeRefusal.invalid("Invalid value for field 'resource.guestAccelerators[0].acceleratorCount': '"
                    + count + "'. At most " + most + ".");
        }
        String name = Links.last(link);
        if (!machine.series().equals("n1") && !machine.builtIn().containsKey(name)) {
            throw ComputeRefusal.invalid(
                    "[" + machine.name() + ", " + name + "] features are not compatible for" + " creating instance.");
        }
    }

    private static void checkScheduling(InstanceForm form) {
        JsonNode scheduling = form.scheduling();
        boolean migrates =
                !scheduling.path("onHostMaintenance").asText("MIGRATE").equals("TERMINATE");
        if (!form.accelerators().isEmpty() && migrates) {
            throw ComputeRefusal.invalid("Instances with guest accelerators do not support live migration.");
        }
        if (form.spot() && scheduling.path("automaticRestart").asBoolean()) {
            throw ComputeRefusal.invalid("Scheduling must have automaticRestart be false when preemptible is true.");
        }
        if (form.spot() && scheduling.path("onHostMaintenance").asText().equals("MIGRATE")) {
            throw ComputeRefusal.invalid(
                    "Scheduling must have onHostMaintenance be TERMINATE when preemptible is true.");
        }
        boolean contrary = scheduling.path("preemptible").asBoolean()
                && !scheduling.path("provisioningModel").asText("SPOT").equals("SPOT");
        if (contrary) {
            throw ComputeRefusal.invalid("Invalid value for field 'resource.scheduling.preemptible': 'true'."
                    + " The provisioning model must be SPOT.");
        }
        form.maxRunDuration().ifPresent(limit -> {
            if (limit.toSeconds() < SHORTEST_RUN_S || limit.toSeconds() > LONGEST_RUN_S) {
                throw ComputeRefusal.invalid("Invalid value for field 'resource.scheduling.maxRunDuration': '"
                        + limit.toSeconds() + "'. Must be " + SHORTEST_RUN_S + " to " + LONGEST_RUN_S + " seconds.");
            }
        });
        String model = scheduling.path("provisioningModel").asText("STANDARD");
        if (!Set.of("STANDARD", "SPOT", "FLEX_START", "RESERVATION_BOUND").contains(model)) {
            throw ComputeRefusal.violation(
                    "Invalid value for field 'resource.scheduling.provisioningModel': '" + model + "'.");
        }
    }

    /** What Google fills in where nothing was said. */
    static void fill(ObjectNode instance, Map<String, String> addresses) {
        ObjectNode scheduling = instance.withObject("/scheduling");
        boolean spot = scheduling.path("provisioningModel").asText().equals("SPOT");
        putIfAbsent(scheduling, "onHostMaintenance", spot ? "TERMINATE" : "MIGRATE");
        if (!scheduling.has("automaticRestart")) {
            scheduling.put("automaticRestart", !spot);
        }
        if (!scheduling.has("preemptible")) {
            scheduling.put("preemptible", spot);
        }
        putIfAbsent(
                scheduling, "provisioningModel", scheduling.path("preemptible").asBoolean() ? "SPOT" : "STANDARD");
        ArrayNode networks = instance.withArray("/networkInterfaces");
        for (int i = 0; i < networks.size(); i++) {
            var network = (ObjectNode) networks.get(i);
            network.put("kind", "compute#networkInterface");
            network.put("name", "nic" + i);
            putIfAbsent(network, "networkIP", addresses.getOrDefault("networkIP", "10.128.0.2"));
            for (JsonNode access : network.path("accessConfigs")) {
                putIfAbsent((ObjectNode) access, "natIP", addresses.getOrDefault("natIP", "203.0.113.2"));
            }
        }
    }

    private static void putIfAbsent(ObjectNode object, String key, String value) {
        if (!object.has(key)) {
            object.put(key, value);
        }
    }
}
