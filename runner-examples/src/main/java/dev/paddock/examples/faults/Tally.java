package dev.paddock.examples.faults;

import dev.paddock.RunnerState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often each kind of fault struck, and each change of a runner's state was seen. */
final class Tally {
    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<RunnerState, Map<RunnerState, Long>> changes = new EnumMap<>(RunnerState.class);

    /**
     * Nothing yet.
     *
     * @param kinds of faults that are to be seen
     * @param allChanges whether each change of a runner's state is to be seen too
     */
    Tally(List<String> kinds, boolean allChanges) {
        kinds.forEach(kind -> faults.put(kind, 0L));
        for (RunnerState from : RunnerState.values()) {
            if (allChanges) {
                from.next().forEach(to -> of(from).put(to, 0L));
            }
        }
    }

    private Map<RunnerState, Long> of(RunnerState from) {
        return changes.computeIfAbsent(from, state -> new EnumMap<>(RunnerState.class));
    }

    void fault(String kind) {
        faults.merge(kind, 1L, Long::sum);
    }

    boolean happened(String kind) {
        return faults.getOrDefault(kind, 0L) > 0;
    }

    void change(RunnerState from, RunnerState to) {
        of(from).merge(to, 1L, Long::sum);
    }

    void add(Tally other) {
        other.faults.forEach((kind, count) -> faults.merge(kind, count, Long::sum));
        other.changes.forEach((from, all) -> all.forEach((to, count) -> of(from).merge(to, count, Long::sum)));
    }

    long faults() {
        return faults.values().stream().mapToLong(Long::longValue).sum();
    }

    /** What never happened. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        faults.forEach((kind, count) -> {
            if (count == 0) {
                missing.add("fault " + kind);
            }
        });
        changes.forEach((from, all) -> all.forEach((to, count) -> {
            if (count == 0) {
                missing.add(from + " -> " + to);
            }
        }));
        return missing;
    }

    /** A line for each. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        faults.forEach((kind, count) -> lines.add("fault " + kind + ": " + count));
        changes.forEach((from, all) -> all.forEach((to, count) -> lines.add(from + " -> " + to + ": " + count)));
        return lines;
    }
}
