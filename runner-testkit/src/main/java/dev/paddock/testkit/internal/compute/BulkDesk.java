package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.testkit.OperationFault;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes several instances of a region at once, in zones of the service's choice; all, or as many as are enough. */
final class BulkDesk {
    private static final Set<String> BODY = Set.of(
            "count",
            "minCount",
            "namePattern",
            "perInstanceProperties",
            "sourceInstanceTemplate",
            "instanceProperties",
            "locationPolicy");
    private static final Set<String> SHAPES = Set.of("ANY_SINGLE_ZONE", "ANY", "BALANCED");

    /** What is asked for. */
    private record Wish(
            String region, List<String> names, int least, String shape, List<ZoneSpec> zones, ObjectNode properties) {}

    private final World world;
    private final InstanceLife life;

    BulkDesk(World world, InstanceLife life) {
        this.world = world;
        this.life = life;
    }

    WireReply insert(ComputeCall call) {
        Optional<String> requestId = call.requestId();
        String region = world.region(call.id(0));
        ObjectNode body = call.object(BODY);
        String what =
                "bulkInsert " + region + " " + body.path("namePattern").asText() + body.path("perInstanceProperties");
        Optional<Operations.Entry> repeated = world.operations.repeated(requestId, what);
        if (repeated.isPresent()) {
            return Shapes.ok(repeated.get().json(world.links));
        }
        Wish wish = wish(body, region);
        for (ZoneSpec zone : wish.zones()) {
            wish.names().forEach(name -> InstanceDesk.checkNew(world, zone.name(), name));
        }
        Map<String, String> placed = place(wish);
        checkQuota(wish);
        Operations.Entry operation = world.operations.begin(
                new Operations.Begin("bulkInsert", true, region, "regions/" + region, 0, requestId, InstanceDesk.USER),
                what);
        begin(wish, placed, operation);
        return Shapes.ok(operation.json(world.links));
    }

    private Wish wish(ObjectNode body, String region) {
        List<String> names = names(body);
        int least = body.has("minCount") ? body.path("minCount").asInt() : names.size();
        if (least < 1 || least > names.size()) {
            throw ComputeRefusal.violation(
                    "Invalid value for field 'resource.minCount': '" + least + "'. Must be 1 to " + names.size() + ".");
        }
        JsonNode own = body.path("instanceProperties");
        InstanceForms.checkRequest(own, "resource.instanceProperties");
        ObjectNode properties = body.has("sourceInstanceTemplate")
                ? InstanceDesk.template(
                        world, body.path("sourceInstanceTemplate").asText(), region)
                : Shapes.object();
        properties = own.isObject() ? InstanceForms.merge(properties, own) : properties.deepCopy();
        String shape = body.path("locationPolicy").path("targetShape").asText("ANY_SINGLE_ZONE");
        if (!SHAPES.contains(shape)) {
            throw ComputeRefusal.violation("Invalid value for field 'locationPolicy.targetShape': '" + shape + "'.");
        }
        return new Wish(
                region, names, least, shape, zones(body.path("locationPolicy"), region, properties), properties);
    }

    private static List<String> names(ObjectNode body) {
        JsonNode named = body.path("perInstanceProperties");
        String pattern = body.path("namePattern").asText();
        int count = body.has("count") ? body.path("count").asInt() : named.size();
        if (named.isEmpty() == pattern.isEmpty() || count < 1 || (!named.isEmpty() && count != named.size())) {
            throw ComputeRefusal.violation("Invalid value for field 'resource': a count of " + count
                    + ", the name pattern '" + pattern + "' and " + named.size()
                    + " perInstanceProperties. One of the two names as many instances as the count says.");
        }
        var names = new ArrayList<String>();
        named.fieldNames().forEachRemaining(names::add);
        int digits = (int) pattern.chars().filter(c -> c == '#').count();
        for (int number = 1; named.isEmpty() && number <= count; number++) {
            String digitsOf = Integer.toString(number);
            String padded = "0".repeat(Math.max(0, digits - digitsOf.length())) + digitsOf;
            names.add(digits == 0 ? pattern + padded : pattern.replaceFirst("#+", padded));
        }
        names.forEach(InstanceForms::checkName);
        named.properties()
                .forEach(one -> ComputeCall.checkKeys(
                        one.getValue(), Set.of("name", "hostname"), " at 'resource.perInstanceProperties'"));
        return names;
    }

    /** The zones allowed that have the machine and its accelerators. */
    private List<ZoneSpec> zones(JsonNode policy, String region, ObjectNode properties) {
        var allowed = new ArrayList<String>();
        var denied = new ArrayList<String>();
        policy.path("locations").properties().forEach(one -> {
            boolean deny = one.getValue().path("preference").asText().equals("DENY");
            (deny ? denied : allowed).add(Links.last(one.getKey()));
        });
        policy.path("zones")
                .forEach(one -> allowed.add(Links.last(one.path("zone").asText())));
        var zones = new ArrayList<ZoneSpec>();
        ComputeRefusal last = null;
        for (ZoneSpec zone : world.zones.values()) {
            if (zone.region().equals(region)
                    && !denied.contains(zone.name())
                    && (allowed.isEmpty() || allowed.contains(zone.name()))) {
                try {
                    form(properties, "vm", zone);
                    zones.add(zone);
                } catch (ComputeRefusal missing) {
                    last = missing;
                }
            }
        }
        if (zones.isEmpty()) {
            throw last != null
                    ? last
                    : ComputeRefusal.invalid(
                            "Invalid value for field 'locationPolicy': no zone of " + region + " is allowed.");
        }
        return zones;
    }

    private InstanceForm form(ObjectNode properties, String name, ZoneSpec zone) {
        ObjectNode json = InstanceForms.inZone(properties, zone.name(), world.links);
        json.put("name", name);
        return InstanceForms.form(json, zone, world.links);
    }

    /** Which name goes to which zone; a name without one does not come. */
    private Map<String, String> place(Wish wish) {
        Map<String, String> best = Map.of();
        if (!wish.shape().equals("ANY_SINGLE_ZONE")) {
            return spread(wish, wish.zones());
        }
        for (ZoneSpec zone : wish.zones()) {
            Map<String, String> here = spread(wish, List.of(zone));
            if (here.size() > best.size()) {
                best = here;
            }
        }
        return best;
    }

    private Map<String, String> spread(Wish wish, List<ZoneSpec> zones) {
        var placed = new LinkedHashMap<String, String>();
        var taken = new ArrayList<Runnable>();
        int next = 0;
        for (String name : wish.names()) {
            for (int tried = 0; tried < zones.size() && !placed.containsKey(name); tried++) {
                ZoneSpec zone = zones.get((next + tried) % zones.size());
                Map<String, Integer> wants = Stock.wants(form(wish.properties(), name, zone));
                if (zone.up() && world.stock.missing(zone.name(), wants).isEmpty()) {
                    world.stock.take(zone.name(), wants);
                    taken.add(() -> world.stock.release(zone.name(), wants));
                    placed.put(name, zone.name());
                    next = wish.shape().equals("BALANCED") ? (next + tried + 1) % zones.size() : next;
                }
            }
        }
        taken.forEach(Runnable::run);
        return placed;
    }

    private void checkQuota(Wish wish) {
        var needs = new LinkedHashMap<String, QuotaBook.Need>();
        for (String name : wish.names()) {
            for (QuotaBook.Need need : needs(wish, name)) {
                needs.merge(
                        need.scope() + " " + need.metric(),
                        need,
                        (a, b) -> new QuotaBook.Need(a.scope(), a.metric(), a.amount() + b.amount(), a.whileRunning()));
            }
        }
        world.quotas.exceeded(List.copyOf(needs.values())).ifPresent(need -> {
            throw InstanceDesk.quotaExceeded(world, need);
        });
    }

    private List<QuotaBook.Need> needs(Wish wish, String name) {
        return world.quotas.needs(form(wish.properties(), name, wish.zones().get(0)), wish.region());
    }

    private void begin(Wish wish, Map<String, String> placed, Operations.Entry operation) {
        OperationFault fault = world.faults.strike(operation.view()).orElse(null);
        boolean enough = placed.size() >= wish.least();
        if ((fault == null && enough) || (fault != null && fault.isStuck() && fault.effect())) {
            placed.forEach((name, zone) -> create(wish, name, zone));
        }
        operation.tells(progress(wish, placed, enough ? "CREATING" : "ROLLING_BACK"));
        Duration when = enough
                ? world.settings.timing().insert()
                : world.settings.timing().stockOut();
        if (fault == null || !fault.isStuck()) {
            world.clock.after(when, () -> {
                if (fault != null || !enough) {
                    operation.fails(error(wish, fault), fault == null ? 503 : fault.httpStatus());
                }
                operation.tells(progress(wish, fault == null && enough ? placed : Map.of(), "DONE"));
                world.operations.done(operation);
            });
        }
    }

    private void create(Wish wish, String name, String zone) {
        InstanceEntry entry = life.make(zone, form(wish.properties(), name, world.zoneOf(zone)));
        Operations.Begin begin = Operations.Begin.zonal("insert", entry, Optional.empty(), InstanceDesk.USER);
        life.createInBulk(entry, world.operations.begin(begin, "insert"), needs(wish, name));
    }

    private ObjectNode error(Wish wish, @Nullable OperationFault fault) {
        ObjectNode body = Shapes.object();
        var errors = body.putArray("errors");
        if (fault != null) {
            String message = fault.message().isEmpty() ? exhausted(wish) : fault.message();
            errors.addObject().put("code", fault.code()).put("message", message);
            return body;
        }
        errors.addObject()
                .put("code", "VM_MIN_COUNT_NOT_REACHED")
                .put("message", "Requested minimum count of " + wish.least() + " VMs could not be created.");
        errors.addObject().put("code", "ZONE_RESOURCE_POOL_EXHAUSTED").put("message", exhausted(wish));
        return body;
    }

    private static String exhausted(Wish wish) {
        return "The zones of " + wish.region() + " do not have enough resources available to fulfill the request.";
    }

    private static ObjectNode progress(Wish wish, Map<String, String> placed, String status) {
        ObjectNode body = Shapes.object();
        ObjectNode locations = body.putObject("perLocationStatus");
        for (ZoneSpec zone : wish.zones()) {
            int here =
                    (int) placed.values().stream().filter(zone.name()::equals).count();
            boolean done = status.equals("DONE");
            locations
                    .putObject("zones/" + zone.name())
                    .put("status", status)
                    .put("targetVmCount", here)
                    .put("createdVmCount", done ? here : 0)
                    .put(
                            "failedToCreateVmCount",
                            done && placed.isEmpty() ? wish.names().size() : 0)
                    .put("deletedVmCount", 0);
        }
        return body;
    }
}
