package dev.paddock.gcp;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** What is wrong with a project, told once for as long as it stays the same. Thread-safe. */
final class Notices {
    private final Consumer<String> told;
    private final AtomicReference<SortedMap<String, String>> current =
            new AtomicReference<>(Collections.emptySortedMap());

    Notices(Consumer<String> told) {
        this.told = told;
    }

    /** Something is wrong. */
    void raise(String subject, String text) {
        SortedMap<String, String> before = current.getAndUpdate(all -> {
            SortedMap<String, String> changed = new TreeMap<>(all);
            changed.put(subject, text);
            return changed;
        });
        if (!text.equals(before.get(subject))) {
            told.accept(text);
        }
    }

    /** Of a kind of things these are wrong, and no others. */
    void raiseAll(String kind, List<String> texts) {
        SortedMap<String, String> before = current.getAndUpdate(all -> {
            SortedMap<String, String> changed = new TreeMap<>(all);
            changed.keySet().removeIf(subject -> subject.startsWith(kind + ": "));
            texts.forEach(text -> changed.put(kind + ": " + text, text));
            return changed;
        });
        texts.stream().filter(text -> !before.containsKey(kind + ": " + text)).forEach(told);
    }

    /** It no longer is. */
    void clear(String subject) {
        current.updateAndGet(all -> {
            SortedMap<String, String> changed = new TreeMap<>(all);
            return changed.remove(subject) == null ? all : changed;
        });
    }

    /** All that is wrong now. */
    SortedMap<String, String> all() {
        return Collections.unmodifiableSortedMap(current.get());
    }
}
