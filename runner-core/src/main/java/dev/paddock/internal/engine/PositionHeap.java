package dev.paddock.internal.engine;

import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** A binary heap whose items know their place, so that any can be removed or moved. Confined to the serial section. */
final class PositionHeap<T extends PositionHeap.Item> {
    /** An item of at most one heap. */
    abstract static class Item {
        private int position = -1;

        final boolean isInHeap() {
            return position >= 0;
        }
    }

    private final Comparator<T> order;
    private PositionHeap.@Nullable Item[] items = new Item[4];
    private int size;

    PositionHeap(Comparator<T> order) {
        this.order = order;
    }

    int size() {
        return size;
    }

    @Nullable
    T first() {
        return size == 0 ? null : at(0);
    }

    /** An item, in no particular order. */
    @SuppressWarnings({"unchecked", "NullAway"}) // below size there is nothing but items of this heap
    T at(int index) {
        return (T) items[index];
    }

    void add(T item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        size++;
        up(item, size - 1);
    }

    void remove(T item) {
        Item asItem = item;
        int hole = asItem.position;
        asItem.position = -1;
        size--;
        T last = at(size);
        items[size] = null;
        if (hole < size) {
            move(last, hole);
        }
    }

    /** To be called when the item's place in the order has changed. */
    void moved(T item) {
        Item asItem = item;
        move(item, asItem.position);
    }

    private void move(T item, int from) {
        if (from > 0 && order.compare(item, at((from - 1) >>> 1)) < 0) {
            up(item, from);
        } else {
            down(item, from);
        }
    }

    private void up(T item, int from) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            T above = at(parent);
            if (order.compare(item, above) >= 0) {
                break;
            }
            put(above, index);
            index = parent;
        }
        put(item, index);
    }

    private void down(T item, int from) {
        int index = from;
        int half = size >>> 1;
        while (index < half) {
            int child = 2 * index + 1;
            if (child + 1 < size && order.compare(at(child + 1), at(child)) < 0) {
                child++;
            }
            T below = at(child);
            if (order.compare(item, below) <= 0) {
                break;
            }
            put(below, index);
            index = child;
        }
        put(item, index);
    }

    private void put(T item, int index) {
        items[index] = item;
        Item asItem = item;
        asItem.position = index;
    }
}
