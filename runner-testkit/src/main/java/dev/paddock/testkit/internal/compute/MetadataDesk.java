package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.internal.http.WireReply;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The metadata server that each instance finds beside it, while it runs. */
final class MetadataDesk {
    private static final String FLAVOR = "Metadata-Flavor";
    private static final String GUEST = "guest-attributes";

    private final World world;

    MetadataDesk(World world) {
        this.world = world;
    }

    void answer(ComputeCall call) {
        List<String> ids = call.match().ids();
        InstanceEntry entry = world.instances.get(ids.get(0) + "/" + ids.get(1));
        if (entry == null || !entry.is("RUNNING", "STOPPING")) {
            call.drop();
            return;
        }
        List<String> path = ids.subList(2, ids.size()).stream()
                .filter(part -> !part.isEmpty())
                .toList();
        if (path.isEmpty()) {
            call.reply(text(200, "computeMetadata/\n", ""));
        } else if (!path.get(0).equals("computeMetadata")
                || path.size() < 2
                || !path.get(1).equals("v1")) {
            call.reply(text(404, "Not Found", ""));
        } else if (!"Google".equals(call.header(FLAVOR))) {
            call.violates("a request to the metadata server without Metadata-Flavor: Google");
            call.reply(text(403, "Your client does not have permission: missing Metadata-Flavor:Google header.", ""));
        } else {
            inside(call, entry, path.subList(2, path.size()));
        }
    }

    private void inside(ComputeCall call, InstanceEntry entry, List<String> path) {
        boolean guest =
                path.size() > 1 && path.get(0).equals("instance") && path.get(1).equals(GUEST);
        String method = call.request().method();
        if (guest && !isOn(entry.metadata().get("enable-guest-attributes"))) {
            call.reply(text(403, "Guest attributes endpoint access is disabled.", ""));
        } else if (method.equals("GET")) {
            read(call, entry, path);
        } else if (guest && path.size() == 4 && (method.equals("PUT") || method.equals("DELETE"))) {
            String key = path.get(2) + "/" + path.get(3);
            if (method.equals("PUT")) {
                entry.guestAttributes.put(key, call.request().body());
            } else {
                entry.guestAttributes.remove(key);
            }
            call.reply(text(200, "", ""));
        } else {
            call.violates(method + " on the metadata server");
            call.reply(text(405, "Method Not Allowed", ""));
        }
    }

    private static String etag(JsonNode found) {
        return Shapes.lower(Shapes.fingerprint(found).replaceAll("[^A-Za-z0-9]", ""));
    }

    private static boolean isOn(@Nullable String value) {
        return value != null && value.toUpperCase(Locale.ROOT).equals("TRUE");
    }

    private void read(ComputeCall call, InstanceEntry entry, List<String> path) {
        JsonNode found = at(tree(entry), path);
        String etag = etag(found);
        boolean waits = call.query("wait_for_change").orElse("").equalsIgnoreCase("true");
        boolean changed =
                call.query("last_etag").filter(last -> !last.equals(etag)).isPresent();
        if (waits && !changed) {
            hold(call, entry, path, found);
        } else {
            call.reply(reply(call, found, etag));
        }
    }

    /** Answers once the value is another, or the time is up. */
    private void hold(ComputeCall call, InstanceEntry entry, List<String> path, JsonNode before) {
        Runnable now = () -> {
            JsonNode found = at(tree(entry), path);
            call.reply(reply(call, found, etag(found)));
        };
        Cancellable limit = call.query("timeout_sec")
                .filter(text -> text.matches("\\d{1,9}"))
                .map(text -> world.clock.after(Duration.ofSeconds(Long.parseLong(text)), now))
                .orElse(() -> {});
        watch(entry, path, before, () -> {
            limit.cancel();
            now.run();
        });
    }

    private void watch(InstanceEntry entry, List<String> path, JsonNode before, Runnable then) {
        entry.watch(() -> {
            if (at(tree(entry), path).equals(before)) {
                watch(entry, path, before, then);
            } else {
                then.run();
            }
        });
    }

    private WireReply reply(ComputeCall call, JsonNode found, String etag) {
        if (found.isMissingNode()) {
            return text(404, "Not Found", "");
        }
        boolean recursive = call.query("recursive").orElse("").equalsIgnoreCase("true");
        boolean json = call.query("alt").orElse(recursive ? "json" : "text").equals("json");
        if (json || found.path("access_token").isTextual()) {
            return text(200, found.toString(), etag).with("Content-Type", "application/json");
        }
        if (!found.isObject()) {
            return text(200, found.isArray() ? found.toString() : found.asText(), etag);
        }
        var names = new StringBuilder();
        found.properties()
                .forEach(one -> names.append(one.getKey())
                        .append(one.getValue().isObject() ? "/" : "")
                        .append('\n'));
        return text(200, names.toString(), etag);
    }

    private static WireReply text(int status, String body, String etag) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/text");
        headers.put(FLAVOR, "Google");
        headers.put("Server", "Metadata Server for VM");
        if (!etag.isEmpty()) {
            headers.put("ETag", etag);
        }
        return new WireReply(status, headers, body);
    }

    private static JsonNode at(JsonNode tree, List<String> path) {
        JsonNode node = tree;
        for (String part : path) {
            node = node.isArray() && part.matches("\\d{1,4}") ? node.path(Integer.parseInt(part)) : node.path(part);
        }
        return node;
    }

    private ObjectNode tree(InstanceEntry entry) {
        ObjectNode tree = Shapes.object();
        ObjectNode instance = tree.putObject("instance");
        ObjectNode attributes = instance.putObject("attributes");
        entry.metadata().forEach(attributes::put);
        ObjectNode guest = instance.putObject(GUEST);
        entry.guestAttributes.forEach((key, value) -> {
            String space = key.substring(0, key.indexOf('/'));
            guest.withObject("/" + space).put(key.substring(space.length() + 1), value);
        });
        String project = world.settings.project();
        instance.put("hostname", entry.name + "." + entry.zone + ".c." + project + ".internal");
        instance.put("id", Long.toUnsignedString(entry.id));
        instance.put(
                "machine-type",
                "projects/1234567890/machineTypes/" + entry.form.machine().name());
        instance.put("maintenance-event", "NONE");
        instance.put("name", entry.name);
        instance.putArray("network-interfaces")
                .addObject()
                .put("ip", entry.json.at("/networkInterfaces/0/networkIP").asText());
        instance.put("preempted", entry.preempted ? "TRUE" : "FALSE");
        JsonNode scheduling = entry.json.path("scheduling");
        instance.putObject("scheduling")
                .put("automaticRestart", scheduling.path("automaticRestart").asBoolean() ? "TRUE" : "FALSE")
                .put("onHostMaintenance", scheduling.path("onHostMaintenance").asText())
                .put("preemptible", scheduling.path("preemptible").asBoolean() ? "TRUE" : "FALSE");
        account(instance.putObject("service-accounts").putObject("default"));
        instance.set(
                "tags",
                entry.json.path("tags").path("items").isArray()
                        ? entry.json.path("tags").path("items")
                        : Shapes.array());
        instance.put("zone", "projects/1234567890/zones/" + entry.zone);
        tree.putObject("project").put("project-id", project).put("numeric-project-id", "1234567890");
        return tree;
    }

    private void account(ObjectNode account) {
        account.put("email", "1234567890-compute@developer.gserviceaccount.com");
        account.putArray("scopes").add("https://www.googleapis.com/auth/cloud-platform");
        account.putObject("token")
                .put("access_token", world.settings.rules().acceptedToken().orElse("ya29.simulated"))
                .put("expires_in", 3599)
                .put("token_type", "Bearer");
    }
}
