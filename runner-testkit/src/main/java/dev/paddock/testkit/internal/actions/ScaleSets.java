package dev.paddock.testkit.internal.actions;

import dev.paddock.testkit.internal.actions.ScaleSetEntry.RunnerGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What exists: runner groups and scale sets. */
final class ScaleSets {
    private final List<RunnerGroup> groups = new ArrayList<>();
    private final Map<Long, ScaleSetEntry> byId = new TreeMap<>();
    private long lastId;

    ScaleSets(List<String> groupNames) {
        groups.add(new RunnerGroup(1, "Default"));
        groupNames.forEach(name -> groups.add(new RunnerGroup(groups.size() + 1L, name)));
    }

    List<RunnerGroup> groups() {
        return groups;
    }

    Optional<RunnerGroup> group(long id) {
        return groups.stream().filter(group -> group.id() == id).findFirst();
    }

    List<ScaleSetEntry> all() {
        return List.copyOf(byId.values());
    }

    long nextId() {
        return ++lastId;
    }

    void add(ScaleSetEntry set) {
        byId.put(set.id, set);
    }

    void remove(ScaleSetEntry set) {
        byId.remove(set.id);
    }

    Optional<ScaleSetEntry> find(long id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The scale set of this id; without one the request ends. */
    ScaleSetEntry get(long id) {
        return find(id).orElseThrow(() -> Refusal.of(Answers.noScaleSet(id)));
    }

    Optional<ScaleSetEntry> named(long group, String name) {
        return byId.values().stream()
                .filter(set -> set.group.id() == group && set.name.equalsIgnoreCase(name))
                .findFirst();
    }

    /** By name, for whoever holds the simulator. */
    ScaleSetEntry required(String name) {
        return byId.values().stream()
                .filter(set -> set.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scale set named \"" + name + "\"; there are "
                        + byId.values().stream().map(set -> set.name).toList()));
    }
}
