package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.paddock.spi.Cancellable;
import dev.paddock.testkit.ComputeInstance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One instance: its resource, what it holds, and where it stands. */
final class InstanceEntry {
    final long id;
    final String name;
    final String zone;
    final InstanceForm form;
    final ObjectNode json;
    final Instant created;
    /** What it holds now; the quotas shown of it. */
    List<QuotaBook.Need> holds = List.of();

    boolean shown;
    Map<String, Integer> stock = Map.of();
    /** What the guest told, by name space and key. */
    final Map<String, String> guestAttributes = new TreeMap<>();

    final StringBuilder serial = new StringBuilder();
    boolean busy;
    boolean preempted;
    boolean gone;
    /** Steps to come; they end with the state they belong to. */
    private final List<Cancellable> timers = new ArrayList<>();

    private final List<Runnable> watchers = new ArrayList<>();
    private String status = "PROVISIONING";
    private @Nullable Instant booted;

    InstanceEntry(long id, String zone, InstanceForm form, ObjectNode json, Instant created) {
        this.id = id;
        this.name = form.name();
        this.zone = zone;
        this.form = form;
        this.json = json;
        this.created = created;
    }

    String path() {
        return "zones/" + zone + "/instances/" + name;
    }

    String key() {
        return zone + "/" + name;
    }

    String status() {
        return status;
    }

    /** The next state; what was to come in the state before does not. */
    void becomes(String next) {
        status = next;
        json.put("status", next);
        timers.forEach(Cancellable::cancel);
        timers.clear();
        changed();
    }

    /** The next state, in which what was to come still comes. */
    void proceeds(String next) {
        status = next;
        json.put("status", next);
    }

    void expects(Cancellable timer) {
        timers.add(timer);
    }

    boolean is(String... any) {
        return List.of(any).contains(status);
    }

    void boots(Instant now) {
        booted = now;
    }

    boolean isUp() {
        return booted != null && status.equals("RUNNING") && !gone;
    }

    void stops() {
        booted = null;
    }

    /** Runs when the metadata server has something else to say. */
    void watch(Runnable task) {
        watchers.add(task);
    }

    void changed() {
        List<Runnable> now = List.copyOf(watchers);
        watchers.clear();
        now.forEach(Runnable::run);
    }

    Map<String, String> metadata() {
        return Shapes.items(json.path("metadata").path("items"));
    }

    void metadata(JsonNode items) {
        ObjectNode metadata = Shapes.object().put("kind", "compute#metadata");
        metadata.put("fingerprint", Shapes.fingerprint(items));
        metadata.set("items", items);
        json.set("metadata", metadata);
        changed();
    }

    void labels(JsonNode labels) {
        json.set("labels", labels);
        json.put("labelFingerprint", Shapes.fingerprint(labels));
    }

    ComputeInstance view() {
        return new ComputeInstance(
                id,
                name,
                zone,
                form.machine().name(),
                form.accelerators(),
                form.spot(),
                status,
                Shapes.map(json.path("labels")),
                metadata(),
                busy,
                created,
                Optional.ofNullable(booted));
    }
}
