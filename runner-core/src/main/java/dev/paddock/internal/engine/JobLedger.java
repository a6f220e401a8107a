package dev.paddock.internal.engine;

import dev.paddock.Job;
import dev.paddock.JobKey;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The jobs of a pool that messages have told of, one by one: those that wait, and those that our runners run. */
final class JobLedger {
    private static final int MOST = 8192;

    private record Known(String repository, boolean running) {}

    private final Map<JobKey, Known> jobs = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private Map<String, Integer> view = Map.of();
    private boolean changed;
    private int running;

    void waits(Job job) {
        if (!jobs.containsKey(job.key())) {
            put(job, false);
        }
    }

    void runs(Job job) {
        over(job.key());
        put(job, true);
    }

    private void put(Job job, boolean runs) {
        if (jobs.size() >= MOST) {
            over(jobs.keySet().iterator().next());
        }
        jobs.put(job.key(), new Known(job.repository(), runs));
        running += runs ? 1 : 0;
        if (!job.repository().isEmpty()) {
            counts.merge(job.repository(), 1, Integer::sum);
            changed = true;
        }
    }

    void over(JobKey key) {
        Known known = jobs.remove(key);
        if (known != null) {
            running -= known.running ? 1 : 0;
            counts.computeIfPresent(known.repository, (name, count) -> count == 1 ? null : count - 1);
            changed |= !known.repository.isEmpty();
        }
    }

    /** The source counts no job that waits: one whose end was not told is forgotten. */
    void noneWaits(Predicate<JobKey> unlessJustAnnounced) {
        if (jobs.size() > running) {
            jobs.entrySet().stream()
                    .filter(entry -> !entry.getValue().running && !unlessJustAnnounced.test(entry.getKey()))
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(this::over);
        }
    }

    /** How many are known to run on our runners. */
    int running() {
        return running;
    }

    Map<String, Integer> byRepository() {
        if (changed) {
            changed = false;
            view = Collections.unmodifiableMap(new TreeMap<>(counts));
        }
        return view;
    }
}
