package dev.paddock.internal.multirunner;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * By GPU the runners that may use it. A GPU that is not named is for all that are bound to it, and so is one with none but
 * runners that there are not, which else nobody could use.
 */
final class Reservations {
    private final SortedMap<Integer, Set<String>> byGpu = new TreeMap<>();
    private final Map<String, Cell> cells;

    Reservations(Map<String, Cell> cells) {
        this.cells = cells;
    }

    void put(int gpu, Set<String> ids) {
        byGpu.put(gpu, ids);
    }

    void forEach(BiConsumer<Integer, Set<String>> action) {
        byGpu.forEach(action);
    }

    boolean isVoid(Set<String> ids) {
        return Collections.disjoint(ids, cells.keySet());
    }

    /** Whether a GPU of a runner is for others. */
    boolean bar(Cell cell) {
        return cell.gpus.stream().anyMatch(gpu -> {
            Set<String> ids = byGpu.get(gpu);
            return ids != null && !ids.contains(cell.id()) && !isVoid(ids);
        });
    }

    /** A runner that is new bars none of those that may use its GPUs already. */
    void add(Cell added) {
        for (int gpu : added.gpus) {
            Set<String> ids = byGpu.computeIfAbsent(gpu, unseen -> new LinkedHashSet<>());
            if (isVoid(ids)) {
                cells.values().stream().filter(cell -> cell.gpus.contains(gpu)).forEach(cell -> ids.add(cell.id()));
            }
            ids.add(added.id());
        }
    }

    void remove(Cell cell) {
        byGpu.values().forEach(ids -> ids.remove(cell.id()));
    }

    /** How many runners that there are each GPU is for. */
    SortedMap<Integer, Integer> counts() {
        SortedMap<Integer, Integer> counts = new TreeMap<>();
        byGpu.forEach((gpu, ids) ->
                counts.put(gpu, (int) ids.stream().filter(cells::containsKey).count()));
        return counts;
    }
}
