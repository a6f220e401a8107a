package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.internal.compute.ListPages.Row;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Answers what there is: the project, regions, zones, machine and accelerator types, templates. */
final class CatalogueDesk {
    private static final String CREATED = "1969-12-31T16:00:00.000-08:00";

    private final World world;
    private final ListPages pages;

    CatalogueDesk(World world) {
        this.world = world;
        pages = new ListPages(world);
    }

    WireReply answer(ComputeCall call) {
        return switch (call.route()) {
            case GET_PROJECT -> Shapes.ok(project());
            case LIST_REGIONS -> regions(call);
            case GET_REGION -> Shapes.ok(region(world.region(call.id(0))));
            case LIST_ZONES -> zones(call);
            case GET_ZONE -> Shapes.ok(zone(world.zone(call.id(0))));
            case AGGREGATED_ACCELERATOR_TYPES -> aggregated(call, "acceleratorType", this::cards);
            case LIST_ACCELERATOR_TYPES -> list(call, "acceleratorType", this::cards);
            case GET_ACCELERATOR_TYPE -> get(call, "acceleratorTypes", this::cards);
            case AGGREGATED_MACHINE_TYPES -> aggregated(call, "machineType", this::machines);
            case LIST_MACHINE_TYPES -> list(call, "machineType", this::machines);
            case GET_MACHINE_TYPE -> get(call, "machineTypes", this::machines);
            default -> Shapes.ok(template(call));
        };
    }

    private ObjectNode project() {
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#project");
        json.put("id", "4611686018427387904");
        json.put("creationTimestamp", CREATED);
        json.put("name", world.settings.project());
        json.putObject("commonInstanceMetadata").put("kind", "compute#metadata").put("fingerprint", "AAAAAAAAAAA=");
        json.set("quotas", world.quotas.json(QuotaBook.GLOBAL));
        json.put("selfLink", world.links.self(""));
        json.put("defaultServiceAccount", "1234567890-compute@developer.gserviceaccount.com");
        json.put("xpnProjectStatus", "UNSPECIFIED_XPN_PROJECT_STATUS");
        json.put("defaultNetworkTier", "PREMIUM");
        return json;
    }

    private WireReply regions(ComputeCall call) {
        List<String> unreachable = world.regions().stream()
                .filter(world.faults::isUnreachable)
                .map(region -> "regions/" + region)
                .toList();
        List<Row> rows = world.regions().stream()
                .filter(region -> !world.faults.isUnreachable(region))
                .map(region -> new Row("regions/" + region, region(region)))
                .toList();
        return pages.list(call, "regionList", "regions", rows, unreachable);
    }

    private ObjectNode region(String name) {
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#region");
        json.put("id", id(name));
        json.put("creationTimestamp", CREATED);
        json.put("name", name);
        json.put("description", name);
        json.put("status", "UP");
        ArrayNode zones = json.putArray("zones");
        world.zones.values().stream()
                .filter(zone -> zone.region().equals(name))
                .forEach(zone -> zones.add(world.links.zone(zone.name())));
        if (world.faults.hidesQuotas(name)) {
            String message = "The quota information of region " + name + " could not be read.";
            json.set(
                    "quotaStatusWarning",
                    Shapes.object().put("code", "PARTIAL_SUCCESS").put("message", message));
        } else {
            json.set("quotas", world.quotas.json(name));
        }
        json.put("selfLink", world.links.region(name));
        json.put("supportsPzs", false);
        return json;
    }

    private static String id(String name) {
        return Integer.toString(1000 + (name.hashCode() & 0xFFF));
    }

    private WireReply zones(ComputeCall call) {
        List<String> unreachable = world.unreachableZones();
        List<Row> rows = world.zones.values().stream()
                .filter(zone -> !unreachable.contains("zones/" + zone.name()))
                .map(zone -> new Row("zones/" + zone.name(), zone(zone)))
                .toList();
        return pages.list(call, "zoneList", "zones", rows, unreachable);
    }

    private ObjectNode zone(ZoneSpec zone) {
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#zone");
        json.put("id", id(zone.name()));
        json.put("creationTimestamp", CREATED);
        json.put("name", zone.name());
        json.put("description", zone.name());
        json.put("status", zone.up() ? "UP" : "DOWN");
        json.put("region", world.links.region(zone.region()));
        json.put("selfLink", world.links.zone(zone.name()));
        json.putArray("availableCpuPlatforms").add("Intel Skylake").add("Intel Haswell");
        json.put("supportsPzs", false);
        return json;
    }

    private List<Row> cards(ZoneSpec zone) {
        var rows = new ArrayList<Row>();
        zone.accelerators().forEach((name, most) -> {
            ObjectNode json = head(zone, "acceleratorType", name);
            json.put("description", name.replace("nvidia-", "NVIDIA ").toUpperCase(Locale.ROOT));
            json.put("maximumCardsPerInstance", most);
            rows.add(new Row("zones/" + zone.name(), json));
        });
        return rows;
    }

    private List<Row> machines(ZoneSpec zone) {
        var rows = new ArrayList<Row>();
        for (MachineShape shape : zone.machineTypes().values()) {
            ObjectNode json = head(zone, "machineType", shape.name());
            json.put("description", shape.cpus() + " vCPUs " + shape.memoryMb() / 1024.0 + " GB RAM");
            json.put("guestCpus", shape.cpus());
            json.put("memoryMb", shape.memoryMb());
            json.put("imageSpaceGb", 0);
            json.put("maximumPersistentDisks", 128);
            json.put("maximumPersistentDisksSizeGb", "263168");
            json.put(
                    "isSharedCpu",
                    shape.name().startsWith("e2-small") || shape.name().startsWith("e2-medium"));
            json.put("architecture", shape.architecture());
            if (!shape.builtIn().isEmpty()) {
                ArrayNode cards = json.putArray("accelerators");
                shape.builtIn()
                        .forEach((card, count) -> cards.addObject()
                                .put("guestAcceleratorType", card)
                                .put("guestAcceleratorCount", count));
            }
            rows.add(new Row("zones/" + zone.name(), json));
        }
        return rows;
    }

    private ObjectNode head(ZoneSpec zone, String kind, String name) {
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#" + kind);
        json.put("id", id(name));
        json.put("creationTimestamp", CREATED);
        json.put("name", name);
        json.put("zone", kind.equals("machineType") ? zone.name() : world.links.zone(zone.name()));
        json.put("selfLink", world.links.inZone(zone.name(), kind + "s", name));
        return json;
    }

    private WireReply aggregated(ComputeCall call, String kind, Function<ZoneSpec, List<Row>> rowsOf) {
        List<String> unreachable = world.unreachableZones();
        var rows = new ArrayList<Row>();
        world.zones.values().stream()
                .filter(zone -> !unreachable.contains("zones/" + zone.name()))
                .forEach(zone -> rows.addAll(rowsOf.apply(zone)));
        return pages.aggregated(call, kind + "AggregatedList", kind + "s", world.zoneScopes(), rows, unreachable);
    }

    private WireReply list(ComputeCall call, String kind, Function<ZoneSpec, List<Row>> rowsOf) {
        ZoneSpec zone = world.zone(call.id(0));
        return pages.list(
                call, kind + "List", "zones/" + zone.name() + "/" + kind + "s", rowsOf.apply(zone), List.of());
    }

    private WireReply get(ComputeCall call, String kind, Function<ZoneSpec, List<Row>> rowsOf) {
        ZoneSpec zone = world.zone(call.id(0));
        return rowsOf.apply(zone).stream()
                .map(Row::item)
                .filter(item -> item.path("name").asText().equals(call.id(1)))
                .findFirst()
                .map(Shapes::ok)
                .orElseThrow(() -> ComputeRefusal.notFound("projects/" + world.settings.project() + "/zones/"
                        + zone.name() + "/" + kind + "/" + call.id(1)));
    }

    private JsonNode template(ComputeCall call) {
        Optional<String> region = call.isRegional() ? Optional.of(world.region(call.id(0))) : Optional.empty();
        String key = World.key(region, call.id(call.isRegional() ? 1 : 0));
        TemplateSpec template = template(world, key);
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#instanceTemplate");
        json.put("id", id(template.name()));
        json.put("creationTimestamp", CREATED);
        json.put("name", template.name());
        json.put("description", "");
        json.set("properties", template.properties().deepCopy());
        json.put("selfLink", world.links.self(key));
        region.ifPresent(name -> json.put("region", world.links.region(name)));
        return json;
    }

    /** The template under a key such as {@code global/instanceTemplates/gpu}. */
    static TemplateSpec template(World world, String key) {
        TemplateSpec template = world.templates.get(key);
        if (template == null) {
            throw ComputeRefusal.notFound("projects/" + world.settings.project() + "/" + key);
        }
        return template;
    }
}
