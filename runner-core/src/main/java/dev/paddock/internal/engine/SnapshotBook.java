package dev.paddock.internal.engine;

import dev.paddock.Runner;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The runners in chunks of 64, each with its last view, so that a snapshot renders only what changed. */
final class SnapshotBook {
    private static final int CHUNK = 64;

    /** Up to 64 runners, in the order planned. */
    static final class Chunk {
        private final Set<RunnerEntry> entries = new LinkedHashSet<>();
        private int added;
        private @Nullable List<Runner> views;
    }

    private final List<Chunk> chunks = new ArrayList<>();
    private long version;

    void add(RunnerEntry entry) {
        Chunk last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
        if (last == null || last.added == CHUNK) {
            last = new Chunk();
            chunks.add(last);
        }
        last.entries.add(entry);
        last.added++;
        entry.chunk = last;
        changed(entry);
    }

    void changed(RunnerEntry entry) {
        version++;
        if (entry.chunk != null) {
            entry.chunk.views = null;
        }
    }

    void changed() {
        version++;
    }

    void remove(RunnerEntry entry) {
        version++;
        Chunk chunk = entry.chunk;
        if (chunk != null) {
            chunk.entries.remove(entry);
            chunk.views = null;
            entry.chunk = null;
            if (chunk.entries.isEmpty() && chunk.added == CHUNK) {
                chunks.remove(chunk);
            }
        }
    }

    long version() {
        return version;
    }

    List<Runner> runners() {
        List<Runner> all = new ArrayList<>();
        for (Chunk chunk : chunks) {
            List<Runner> views = chunk.views;
            if (views == null) {
                views = new ArrayList<>(chunk.entries.size());
                for (RunnerEntry entry : chunk.entries) {
                    views.add(entry.view());
                }
                chunk.views = views;
            }
            all.addAll(views);
        }
        return all;
    }
}
