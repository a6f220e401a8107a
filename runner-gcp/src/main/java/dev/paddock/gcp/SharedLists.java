package dev.paddock.gcp;

import dev.paddock.gcp.internal.VmList;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The lists of a project's VMs, by what they were filtered. The providers of one fleet all ask each minute, and one list
 * serves each of them once. One that is not whole is not kept, nor one from before a VM was made or removed. Thread-safe.
 */
final class SharedLists {
    /** How old a list may be that another provider asked for. */
    static final Duration KEPT = Duration.ofMinutes(1);

    private final AtomicReference<SortedMap<String, Asked>> lists = new AtomicReference<>(Collections.emptySortedMap());

    /** A list, when it was asked for, and whom it has served. */
    private record Asked(long at, CompletableFuture<VmList> list, SortedSet<Long> served) {
        boolean serves(long provider, long now) {
            return now >= at && now - at < KEPT.toNanos() && !served.contains(provider);
        }

        Asked serving(long provider) {
            SortedSet<Long> all = new TreeSet<>(served);
            all.add(provider);
            return new Asked(at, list, all);
        }
    }

    /**
     * A list that another provider asked for and this one has not seen, or a new one.
     *
     * @param provider who asks; a number of its own
     */
    CompletionStage<VmList> get(
            String filter, long provider, Scheduler time, Supplier<CompletionStage<VmList>> question) {
        while (true) {
            SortedMap<String, Asked> before = lists.get();
            Asked kept = before.get(filter);
            long now = time.nanoTime();
            boolean serves = kept != null && kept.serves(provider, now);
            Asked after = kept != null && serves
                    ? kept.serving(provider)
                    : new Asked(now, new CompletableFuture<>(), new TreeSet<>()).serving(provider);
            if (lists.compareAndSet(before, with(before, filter, after))) {
                if (!serves) {
                    ask(filter, after.list(), question);
                }
                return after.list().minimalCompletionStage();
            }
        }
    }

    private void ask(String filter, CompletableFuture<VmList> flight, Supplier<CompletionStage<VmList>> question) {
        GcpSession.ignore(question.get().whenComplete((list, failure) -> {
            if (failure != null || !list.unreachable().isEmpty()) {
                drop(filter, flight);
            }
            if (failure == null) {
                flight.complete(list);
            } else {
                flight.completeExceptionally(failure);
            }
        }));
    }

    /** A VM was made or removed: the next one asks anew. */
    void forget() {
        lists.set(Collections.emptySortedMap());
    }

    private static SortedMap<String, Asked> with(SortedMap<String, Asked> all, String filter, Asked asked) {
        SortedMap<String, Asked> changed = new TreeMap<>(all);
        changed.put(filter, asked);
        return changed;
    }

    @SuppressWarnings("ReferenceEquality") // a flight is one that took off, not one like it
    private void drop(String filter, CompletableFuture<VmList> flight) {
        lists.updateAndGet(all -> {
            Asked asked = all.get(filter);
            if (asked == null || asked.list() != flight) {
                return all;
            }
            SortedMap<String, Asked> changed = new TreeMap<>(all);
            changed.remove(filter);
            return changed;
        });
    }
}
