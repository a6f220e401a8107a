package dev.paddock.internal.capacity;

import java.util.Arrays;
import java.util.List;

/** What a row of devices can hold at most, in numbers of runners' parts, and how to get there. Not thread-safe. */
final class Layer {
    /** How many parts are told apart. */
    final int width;
    /** The patterns of the row's last device. */
    final List<Knapsack.Pattern> patterns;

    /** The numbers of parts, {@link #width} for each state. */
    int[] counts;
    /** What they are worth. */
    double[] worth;
    /** The state of the layer before. */
    int[] parent;
    /** The pattern of the last device. */
    int[] pattern;
    /** How many states there are. */
    int size;

    private int[] table;

    Layer(int width, List<Knapsack.Pattern> patterns) {
        this.width = width;
        this.patterns = patterns;
        counts = new int[16 * width];
        worth = new double[16];
        parent = new int[16];
        pattern = new int[16];
        table = new int[64];
    }

    /** Adds what {@code key} says unless it is there. */
    void add(int[] key, double value, int from, int by) {
        if (size == worth.length) {
            grow();
        }
        int slot = slot(key, 0);
        if (table[slot] > 0) {
            return;
        }
        int at = size++;
        table[slot] = at + 1;
        System.arraycopy(key, 0, counts, at * width, width);
        worth[at] = value;
        parent[at] = from;
        pattern[at] = by;
    }

    private int slot(int[] key, int offset) {
        int hash = 1;
        for (int i = 0; i < width; i++) {
            hash = hash * 0x9E3779B1 + key[offset + i];
        }
        int slot = (hash ^ (hash >>> 15)) & (table.length - 1);
        while (table[slot] != 0 && !same(table[slot] - 1, key, offset)) {
            slot = (slot + 1) & (table.length - 1);
        }
        return slot;
    }

    private boolean same(int at, int[] key, int offset) {
        for (int i = 0; i < width; i++) {
            if (counts[at * width + i] != key[offset + i]) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        int more = size * 2;
        counts = Arrays.copyOf(counts, more * width);
        worth = Arrays.copyOf(worth, more);
        parent = Arrays.copyOf(parent, more);
        pattern = Arrays.copyOf(pattern, more);
        table = new int[more * 4];
        for (int at = 0; at < size; at++) {
            table[slot(counts, at * width)] = at + 1;
        }
    }

    /** The states by worth, the most first, without those that another exceeds in everything; fewer if the budget ends. */
    int[] frontier(Budget budget) {
        int[] kept = new int[size];
        int count = 0;
        for (int at : byWorth()) {
            int other = 0;
            while (other < count && !exceeds(kept[other], at)) {
                other++;
            }
            if (!budget.spend(1 + other / 8)) {
                break;
            }
            if (other == count) {
                kept[count++] = at;
            }
        }
        return Arrays.copyOf(kept, count);
    }

    /** Sorts by the worth with the position in the place of its last bits, and then the few that are not in order. */
    private int[] byWorth() {
        long positions = Math.max(1, Integer.highestOneBit(size) * 2L) - 1;
        long[] keys = new long[size];
        for (int at = 0; at < size; at++) {
            long bits = Double.doubleToLongBits(-worth[at]);
            keys[at] = ((bits ^ ((bits >> 63) & Long.MAX_VALUE)) & ~positions) | at;
        }
        Arrays.sort(keys);
        int[] order = new int[size];
        for (int next = 0; next < size; next++) {
            int at = (int) (keys[next] & positions);
            int to = next;
            for (; to > 0 && worth[order[to - 1]] < worth[at]; to--) {
                order[to] = order[to - 1];
            }
            order[to] = at;
        }
        return order;
    }

    private boolean exceeds(int one, int other) {
        for (int i = 0; i < width; i++) {
            if (counts[one * width + i] < counts[other * width + i]) {
                return false;
            }
        }
        return true;
    }
}
