package dev.paddock.testkit.internal.compute;

import dev.paddock.testkit.ComputeInstance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** All that the desks share: what there is in the project and what may be made of it. */
final class World {
    final ComputeSettings settings;
    final ComputeClock clock;
    final Links links;
    final QuotaBook quotas;
    final Stock stock;
    final Operations operations;
    final ComputeFaultPlan faults;
    final Map<String, ZoneSpec> zones = new TreeMap<>();
    final Map<String, InstanceEntry> instances = new LinkedHashMap<>();
    final Map<String, TemplateSpec> templates = new TreeMap<>();
    /** Which instances ever held a JIT configuration. */
    final Map<String, List<String>> jitConfigs = new LinkedHashMap<>();

    final List<String> busyDeletions = new ArrayList<>();
    final List<Consumer<ComputeInstance>> onBoot = new CopyOnWriteArrayList<>();
    final List<Consumer<ComputeInstance>> onEnd = new CopyOnWriteArrayList<>();

    World(ComputeSettings settings, ComputeClock clock) {
        this.settings = settings;
        this.clock = clock;
        links = new Links(settings.project());
        quotas = new QuotaBook(settings);
        stock = new Stock(settings.zones());
        operations = new Operations(clock);
        settings.zones().forEach(zone -> zones.put(zone.name(), zone));
        settings.templates().forEach(this::add);
        faults = new ComputeFaultPlan(clock, regions(), zones.keySet());
    }

    void add(TemplateSpec template) {
        templates.put(key(template.region(), template.name()), template);
    }

    static String key(Optional<String> region, String template) {
        return region.map(r -> "regions/" + r).orElse("global") + "/instanceTemplates/" + template;
    }

    Set<String> regions() {
        var regions = new TreeSet<String>();
        zones.values().forEach(zone -> regions.add(zone.region()));
        return regions;
    }

    /** A zone that is there, whether it can be reached or not. */
    ZoneSpec zoneOf(String name) {
        return Objects.requireNonNull(zones.get(name), name);
    }

    ZoneSpec zone(String name) {
        ZoneSpec zone = zones.get(name);
        if (zone == null) {
            throw ComputeRefusal.invalid("Invalid value for field 'zone': '" + name + "'. Unknown zone.");
        }
        if (faults.isUnreachable(name) || faults.isUnreachable(zone.region())) {
            throw ComputeRefusal.unavailable("Cannot reach zone '" + name + "'.");
        }
        return zone;
    }

    String region(String name) {
        if (!regions().contains(name)) {
            throw ComputeRefusal.invalid("Invalid value for field 'region': '" + name + "'. Unknown region.");
        }
        if (faults.isUnreachable(name)) {
            throw ComputeRefusal.unavailable("Cannot reach region '" + name + "'.");
        }
        return name;
    }

    InstanceEntry instance(String zone, String name) {
        zone(zone);
        InstanceEntry entry = instances.get(zone + "/" + name);
        if (entry == null) {
            throw ComputeRefusal.notFound("projects/" + settings.project() + "/zones/" + zone + "/instances/" + name);
        }
        return entry;
    }

    /** The instance of this name, or of this zone and name, for whoever steers the simulator. */
    InstanceEntry instanceFor(String name) {
        return instances.values().stream()
                .filter(entry -> entry.name.equals(name) || entry.key().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no instance " + name));
    }

    Optional<InstanceEntry> instanceWith(long id) {
        return instances.values().stream().filter(entry -> entry.id == id).findFirst();
    }

    /** Scopes of lists of zones that cannot be reached now. */
    List<String> unreachableZones() {
        return zones.values().stream()
                .filter(zone -> faults.isUnreachable(zone.name()) || faults.isUnreachable(zone.region()))
                .map(zone -> "zones/" + zone.name())
                .toList();
    }

    List<String> zoneScopes() {
        return zones.keySet().stream().map(zone -> "zones/" + zone).toList();
    }

    void holdsJitConfig(InstanceEntry entry) {
        String config = entry.metadata().get(settings.rules().jitConfigKey());
        if (config != null && !config.isEmpty()) {
            List<String> holders = jitConfigs.computeIfAbsent(config, c -> new ArrayList<>());
            if (!holders.contains(entry.key())) {
                holders.add(entry.key());
            }
        }
    }

    void tell(List<Consumer<ComputeInstance>> listeners, InstanceEntry entry) {
        ComputeInstance view = entry.view();
        listeners.forEach(listener -> clock.outside(() -> listener.accept(view)));
    }
}
