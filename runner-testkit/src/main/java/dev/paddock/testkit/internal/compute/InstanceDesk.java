package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.OperationFault;
import dev.paddock.testkit.internal.compute.ListPages.Row;
import dev.paddock.testkit.internal.http.WireReply;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Answers about instances: makes, shows, lists, changes, deletes. */
final class InstanceDesk {
    static final String USER = "runner-fleet@paddock.iam.gserviceaccount.com";

    private final World world;
    private final InstanceLife life;
    private final ListPages pages;

    InstanceDesk(World world, InstanceLife life) {
        this.world = world;
        this.life = life;
        pages = new ListPages(world);
    }

    WireReply answer(ComputeCall call) {
        return switch (call.route()) {
            case INSERT_INSTANCE -> insert(call);
            case GET_INSTANCE -> Shapes.ok(world.instance(call.id(0), call.id(1)).json);
            case DELETE_INSTANCE -> delete(call);
            case LIST_INSTANCES -> list(call);
            case AGGREGATED_INSTANCES -> aggregated(call);
            case SET_LABELS -> setLabels(call);
            case SET_METADATA -> setMetadata(call);
            case SERIAL_PORT_OUTPUT -> serial(call);
            default -> guestAttributes(call);
        };
    }

    private WireReply insert(ComputeCall call) {
        Optional<String> requestId = call.requestId();
        ZoneSpec zone = world.zone(call.id(0));
        ObjectNode body = call.object(InstanceForms.INSTANCE);
        String name = body.path("name").asText();
        InstanceForms.checkName(name);
        InstanceForms.checkRequest(body, "resource");
        String what = "insert " + zone.name() + "/" + name;
        Optional<Operations.Entry> repeated = world.operations.repeated(requestId, what);
        if (repeated.isPresent()) {
            return Shapes.ok(repeated.get().json(world.links));
        }
        ObjectNode template = call.query("sourceInstanceTemplate")
                .map(link -> InstanceForms.inZone(template(world, link, zone.region()), zone.name(), world.links))
                .orElseGet(Shapes::object);
        InstanceForm form = InstanceForms.form(InstanceForms.merge(template, body), zone, world.links);
        return Shapes.ok(accept(zone, form, requestId, what).json(world.links));
    }

    static ObjectNode template(World world, String link, String region) {
        String key = Links.relative(link);
        if (!key.startsWith("global/instanceTemplates/") && !key.matches("regions/[^/]+/instanceTemplates/.+")) {
            throw ComputeRefusal.violation(
                    "Invalid value for field 'sourceInstanceTemplate': '" + link + "'. The URL is malformed.");
        }
        TemplateSpec template = CatalogueDesk.template(world, key);
        template.region().filter(own -> !own.equals(region)).ifPresent(own -> {
            throw ComputeRefusal.invalid("Invalid value for field 'sourceInstanceTemplate': '" + link
                    + "'. A template of region " + own + " cannot be used in " + region + ".");
        });
        return template.properties();
    }

    private Operations.Entry accept(ZoneSpec zone, InstanceForm form, Optional<String> requestId, String what) {
        InstanceEntry entry = life.make(zone.name(), form);
        checkNew(world, zone.name(), form.name());
        List<QuotaBook.Need> needs = world.quotas.needs(form, zone.region());
        Optional<QuotaBook.Need> exceeded = world.quotas.exceeded(needs);
        if (exceeded.isPresent() && !world.settings.rules().quotaRefusedByOperation()) {
            throw quotaExceeded(world, exceeded.get());
        }
        Operations.Entry operation =
                world.operations.begin(Operations.Begin.zonal("insert", entry, requestId, USER), what);
        life.create(entry, operation, needs, exceeded.isEmpty());
        return operation;
    }

    static void checkNew(World world, String zone, String name) {
        if (world.instances.containsKey(zone + "/" + name)) {
            throw ComputeRefusal.of(
                    409,
                    "alreadyExists",
                    "The resource 'projects/" + world.settings.project() + "/zones/" + zone + "/instances/" + name
                            + "' already exists");
        }
    }

    static ComputeRefusal quotaExceeded(World world, QuotaBook.Need need) {
        String message = OperationFault.quotaExceeded(need.metric(), world.quotas.limit(need), need.scope())
                .message();
        return ComputeRefusal.of(403, "quotaExceeded", message);
    }

    private WireReply delete(ComputeCall call) {
        Optional<String> requestId = call.requestId();
        String what = "delete " + call.id(0) + "/" + call.id(1);
        Optional<Operations.Entry> repeated = world.operations.repeated(requestId, what);
        if (repeated.isPresent()) {
            return Shapes.ok(repeated.get().json(world.links));
        }
        InstanceEntry entry = world.instance(call.id(0), call.id(1));
        if (entry.json.path("deletionProtection").asBoolean()) {
            throw ComputeRefusal.invalid(
                    "Invalid resource usage: 'Resource cannot be deleted if it's protected" + " against deletion.'.");
        }
        Operations.Entry operation =
                world.operations.begin(Operations.Begin.zonal("delete", entry, requestId, USER), what);
        life.delete(entry, operation);
        return Shapes.ok(operation.json(world.links));
    }

    private WireReply list(ComputeCall call) {
        ZoneSpec zone = world.zone(call.id(0));
        List<Row> rows = world.instances.values().stream()
                .filter(entry -> entry.zone.equals(zone.name()))
                .map(InstanceDesk::row)
                .toList();
        return pages.list(call, "instanceList", "zones/" + zone.name() + "/instances", rows, List.of());
    }

    private WireReply aggregated(ComputeCall call) {
        List<String> unreachable = world.unreachableZones();
        List<Row> rows = world.instances.values().stream()
                .map(InstanceDesk::row)
                .filter(row -> !unreachable.contains(row.scope()))
                .toList();
        return pages.aggregated(call, "instanceAggregatedList", "instances", world.zoneScopes(), rows, unreachable);
    }

    private static Row row(InstanceEntry entry) {
        return new Row("zones/" + entry.zone, entry.json);
    }

    private WireReply setLabels(ComputeCall call) {
        InstanceEntry entry = world.instance(call.id(0), call.id(1));
        ObjectNode body = call.object(Set.of("labels", "labelFingerprint"));
        InstanceForms.checkLabels(body.path("labels"));
        String fingerprint = entry.json.path("labelFingerprint").asText();
        checkFingerprint(body.path("labelFingerprint").asText(), fingerprint, "Labels");
        return changed(call, entry, "setLabels", () -> entry.labels(body.withObject("/labels")));
    }

    private WireReply setMetadata(ComputeCall call) {
        InstanceEntry entry = world.instance(call.id(0), call.id(1));
        ObjectNode body = call.object(Set.of("items", "fingerprint", "kind"));
        InstanceForms.checkMetadata(body, "resource");
        String fingerprint = entry.json.path("metadata").path("fingerprint").asText();
        checkFingerprint(body.path("fingerprint").asText(), fingerprint, "Supplied");
        return changed(call, entry, "setMetadata", () -> {
            entry.metadata(body.withArray("/items"));
            world.holdsJitConfig(entry);
        });
    }

    private static void checkFingerprint(String sent, String right, String whose) {
        if (sent.isEmpty()) {
            throw ComputeRefusal.violation("Required field 'resource.fingerprint' not specified");
        }
        if (!sent.equals(right)) {
            throw ComputeRefusal.of(
                    412,
                    "conditionNotMet",
                    whose + " fingerprint either invalid or resource " + "has been changed since it was read.");
        }
    }

    private WireReply changed(ComputeCall call, InstanceEntry entry, String type, Runnable change) {
        String what = type + " " + entry.key();
        Optional<String> requestId = call.requestId();
        Operations.Entry operation = world.operations.repeated(requestId, what).orElse(null);
        if (operation == null) {
            Operations.Entry begun = world.operations.begin(Operations.Begin.zonal(type, entry, requestId, USER), what);
            OperationFault fault = world.faults.strike(begun.view()).orElse(null);
            if (fault == null || (fault.isStuck() && fault.effect())) {
                change.run();
            }
            if (fault == null) {
                world.clock.after(world.settings.timing().change(), () -> world.operations.done(begun));
            } else if (!fault.isStuck()) {
                world.clock.after(world.settings.timing().change(), () -> life.fail(begun, fault, entry));
            }
            operation = begun;
        }
        return Shapes.ok(operation.json(world.links));
    }

    private WireReply serial(ComputeCall call) {
        InstanceEntry entry = world.instance(call.id(0), call.id(1));
        String port = call.query("port").orElse("1");
        String startText = call.query("start").orElse("0");
        if (!port.matches("[1-4]") || !startText.matches("-?\\d{1,18}")) {
            throw ComputeRefusal.violation("Invalid value for field 'port' or 'start': '" + port + "', '" + startText
                    + "'. Ports are 1 to 4, start is a number.");
        }
        String all = port.equals("1") ? entry.serial.toString() : "";
        long start = Long.parseLong(startText);
        int from = (int) Math.min(all.length(), start < 0 ? Math.max(0, all.length() + start) : start);
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#serialPortOutput");
        json.put("contents", all.substring(from));
        json.put("start", Integer.toString(from));
        json.put("next", Integer.toString(all.length()));
        json.put("selfLink", world.links.self(entry.path() + "/serialPort"));
        return Shapes.ok(json);
    }

    private WireReply guestAttributes(ComputeCall call) {
        InstanceEntry entry = world.instance(call.id(0), call.id(1));
        String path = call.query("queryPath").orElse("");
        String name = path.endsWith("/") || path.isEmpty() ? path : path + "/";
        ArrayNode items = Shapes.array();
        entry.guestAttributes.forEach((key, value) -> {
            if (key.equals(path) || key.startsWith(name)) {
                int slash = key.indexOf('/');
                items.addObject()
                        .put("namespace", key.substring(0, slash))
                        .put("key", key.substring(slash + 1))
                        .put("value", value);
            }
        });
        if (items.isEmpty()) {
            throw ComputeRefusal.notFound(
                    "projects/" + world.settings.project() + "/" + entry.path() + "/guestAttributes/" + path);
        }
        ObjectNode json = Shapes.object();
        json.put("kind", "compute#guestAttributes");
        json.put("queryPath", path);
        json.putObject("queryValue").set("items", (JsonNode) items);
        json.put("selfLink", world.links.self(entry.path() + "/getGuestAttributes"));
        return Shapes.ok(json);
    }
}
