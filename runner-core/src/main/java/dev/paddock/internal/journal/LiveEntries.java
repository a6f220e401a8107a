package dev.paddock.internal.journal;

import dev.paddock.RunnerId;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.TaskLease;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which entries still matter: of each runner that is not REMOVED its first CREATING, its last PROVISIONED, its first
 * RETIRED, and each ASSIGNED that was not RELEASED; of each pool's source its last note, unless that is empty. The same
 * for every journal, and for whoever reads one. Not thread-safe.
 */
public final class LiveEntries {
    /**
     * What the live entries say of one runner.
     *
     * @param runner the runner
     * @param pool its pool
     * @param since when its first live entry was written
     * @param handle its machine, if it was provisioned
     * @param retired whether it is not to be used again
     * @param leases the tasks it holds, oldest first
     */
    public record Remembered(
            RunnerId runner,
            String pool,
            Instant since,
            Optional<RunnerHandle> handle,
            boolean retired,
            List<TaskLease> leases) {}

    private static final class Live {
        private @Nullable JournalEntry creating;
        private @Nullable JournalEntry provisioned;
        private @Nullable JournalEntry retired;
        private final List<JournalEntry> assigned = new ArrayList<>(1);

        boolean isEmpty() {
            return creating == null && provisioned == null && retired == null && assigned.isEmpty();
        }

        void each(Consumer<JournalEntry> action) {
            if (creating != null) {
                action.accept(creating);
            }
            if (provisioned != null) {
                action.accept(provisioned);
            }
            assigned.forEach(action);
            if (retired != null) {
                action.accept(retired);
            }
        }
    }

    private final Map<RunnerId, Live> runners = new LinkedHashMap<>();
    /** By pool. */
    private final Map<String, JournalEntry> notes = new LinkedHashMap<>();

    /** Folds entries in the order written. */
    public static LiveEntries of(List<JournalEntry> entries) {
        var live = new LiveEntries();
        entries.forEach(live::apply);
        return live;
    }

    /** Takes in the next entry; constant time. */
    public void apply(JournalEntry entry) {
        apply(entry, dropped -> {});
    }

    /**
     * Takes in the next entry.
     *
     * @param dropped told each entry that was live until now
     * @return whether this one is live
     */
    boolean apply(JournalEntry entry, Consumer<JournalEntry> dropped) {
        switch (entry.kind()) {
            case REMOVED -> {
                Live gone = runners.remove(entry.runner());
                if (gone != null) {
                    gone.each(dropped);
                }
                return false;
            }
            case RELEASED -> {
                release(entry, dropped);
                return false;
            }
            case NOTED -> {
                return note(entry, dropped);
            }
            default -> {
                return keep(live(entry.runner()), entry, dropped);
            }
        }
    }

    private boolean note(JournalEntry entry, Consumer<JournalEntry> dropped) {
        JournalEntry before = notes.remove(entry.pool());
        if (before != null) {
            dropped.accept(before);
        }
        boolean matters = !entry.note().orElse("").isEmpty();
        if (matters) {
            notes.put(entry.pool(), entry);
        }
        return matters;
    }

    private Live live(RunnerId runner) {
        Live live = runners.get(runner);
        if (live == null) {
            live = new Live();
            runners.put(runner, live);
        }
        return live;
    }

    private static boolean keep(Live live, JournalEntry entry, Consumer<JournalEntry> dropped) {
        switch (entry.kind()) {
            case CREATING -> {
                if (live.creating != null) {
                    return false;
                }
                live.creating = entry;
            }
            case PROVISIONED -> {
                if (live.provisioned != null) {
                    dropped.accept(live.provisioned);
                }
                live.provisioned = entry;
            }
            case RETIRED -> {
                if (live.retired != null) {
                    return false;
                }
                live.retired = entry;
            }
            default -> {
                if (place(live, entry) >= 0) {
                    return false;
                }
                live.assigned.add(entry);
            }
        }
        return true;
    }

    /** Where the lease of an entry is, or -1. */
    private static int place(Live live, JournalEntry entry) {
        for (int i = 0; i < live.assigned.size(); i++) {
            if (live.assigned.get(i).lease().equals(entry.lease())) {
                return i;
            }
        }
        return -1;
    }

    private void release(JournalEntry entry, Consumer<JournalEntry> dropped) {
        Live live = runners.get(entry.runner());
        if (live == null) {
            return;
        }
        int place = place(live, entry);
        if (place >= 0) {
            dropped.accept(live.assigned.remove(place));
            if (live.isEmpty()) {
                runners.remove(entry.runner());
            }
        }
    }

    /** The live entries: runners in the order in which they appeared, and of each in the order written; then notes. */
    public List<JournalEntry> list() {
        List<JournalEntry> all = new ArrayList<>();
        runners.values().forEach(live -> live.each(all::add));
        all.addAll(notes.values());
        return List.copyOf(all);
    }

    /** What is known of each runner, in the order in which they appeared. */
    public List<Remembered> runners() {
        List<Remembered> all = new ArrayList<>(runners.size());
        runners.forEach((id, live) -> {
            List<JournalEntry> entries = new ArrayList<>();
            live.each(entries::add);
            all.add(new Remembered(
                    id,
                    entries.get(0).pool(),
                    entries.get(0).at(),
                    live.provisioned == null ? Optional.empty() : live.provisioned.handle(),
                    live.retired != null,
                    live.assigned.stream().flatMap(one -> one.lease().stream()).toList()));
        });
        return List.copyOf(all);
    }

    /** What the source of a pool has noted last, if that still matters. */
    public Optional<String> note(String pool) {
        return Optional.ofNullable(notes.get(pool)).flatMap(JournalEntry::note);
    }
}
