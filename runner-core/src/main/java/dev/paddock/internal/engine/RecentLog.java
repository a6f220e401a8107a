package dev.paddock.internal.engine;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * The last so many of what was added. A view costs nothing and never changes: what is added later goes behind its end,
 * and into a new array once this one is full.
 */
final class RecentLog<T> {
    private final int keep;
    private Object[] items;
    private int from;
    private int to;

    RecentLog(int keep) {
        this.keep = keep;
        this.items = new Object[Math.min(keep, 8)];
    }

    void add(T item) {
        if (to == items.length) {
            int size = to - from;
            Object[] grown = new Object[Math.min(2 * keep, Math.max(8, 2 * size))];
            System.arraycopy(items, from, grown, 0, size);
            items = grown;
            from = 0;
            to = size;
        }
        items[to++] = item;
        if (to - from > keep) {
            from++;
        }
    }

    /** What was kept, the oldest first. */
    List<T> recent() {
        return new View<>(items, from, to, null);
    }

    /** The same with one more behind it. */
    List<T> recentAnd(T last) {
        return new View<>(items, from, to, last);
    }

    @Override
    public String toString() {
        return Arrays.asList(items).subList(from, to).toString();
    }

    private static final class View<T> extends AbstractList<T> implements RandomAccess {
        private final Object[] items;
        private final int from;
        private final int to;
        private final @Nullable T last;

        View(Object[] items, int from, int to, @Nullable T last) {
            this.items = items;
            this.from = from;
            this.to = to;
            this.last = last;
        }

        @Override
        @SuppressWarnings("unchecked") // only what add() was given is in it
        public T get(int index) {
            if (last != null && index == to - from) {
                return last;
            }
            if (index < 0 || index >= to - from) {
                throw new IndexOutOfBoundsException(index);
            }
            return (T) items[from + index];
        }

        @Override
        public int size() {
            return to - from + (last == null ? 0 : 1);
        }
    }
}
