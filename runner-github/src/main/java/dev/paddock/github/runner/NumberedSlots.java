package dev.paddock.github.runner;

import dev.paddock.RunnerId;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Which runner holds which slot. A runner found again keeps its slot, even one beyond the present number. */
final class Slots {
    private final int number;
    private final ConcurrentMap<Integer, RunnerId> holders = new ConcurrentHashMap<>();

    Slots(int number) {
        this.number = number;
    }

    /** The runner's slot: the one it holds, else the lowest that is free, else none. */
    OptionalInt lease(RunnerId runner) {
        OptionalInt held = held(runner);
        for (int slot = 0; slot < number && held.isEmpty() && free() > 0; slot++) {
            if (holders.putIfAbsent(slot, runner) == null) {
                held = held(runner);
                if (held.orElse(slot) < slot) {
                    holders.remove(slot, runner); // it was leased twice at once; the lower one stands
                }
            }
        }
        return held;
    }

    private OptionalInt held(RunnerId runner) {
        return holders.entrySet().stream()
                .filter(holder -> holder.getValue().equals(runner))
                .mapToInt(Map.Entry::getKey)
                .min();
    }

    /** Takes back the slot a runner held in an earlier life. */
    void restore(RunnerId runner, int slot) {
        int free = slot;
        while (!holders.containsValue(runner) && holders.putIfAbsent(free, runner) != null) {
            free++;
        }
    }

    void release(RunnerId runner) {
        holders.values().removeIf(runner::equals);
    }

    int free() {
        return Math.max(0, number - holders.size());
    }

    int number() {
        return number;
    }
}
