package dev.paddock.github;

import dev.paddock.JobResult;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobStatistics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns messages into demand, and remembers which were applied and which failed. Confined to the loop that owns it.
 *
 * <p>A message is known again by its number and its jobs: an enterprise server begins numbers anew with each session,
 * so the number alone would drop news. The counters do not belong to it; they are as of the moment it was sent, and
 * news even when the rest is not.
 */
final class MessageIntake {
    /** After so many failures a message is put aside. */
    static final int MOST_FAILURES = 3;

    /** After so many messages a job that was won is counted, or is not ours: what told of it was lost. */
    static final int MOST_SILENT = 3;

    private static final int REMEMBERED = 1024;

    private record Fingerprint(long id, int jobs, int hash) {
        static Fingerprint of(ScaleSetMessage message) {
            return new Fingerprint(
                    message.id(), message.jobs().size(), message.jobs().hashCode());
        }
    }

    private final Map<Fingerprint, Boolean> applied = bounded();
    private final Map<Fingerprint, Integer> failures = bounded();
    /** Jobs won that the counters may not count yet, by how many messages have not told of their assignment since. */
    private final Map<Long, Integer> won = new LinkedHashMap<>();

    private JobStatistics statistics = JobStatistics.NONE;

    private static <V> Map<Fingerprint, V> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Fingerprint, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    JobStatistics statistics() {
        return statistics;
    }

    void statistics(JobStatistics latest) {
        statistics = latest;
    }

    /** The counters of a new session, which know of everything before it. */
    void begin(JobStatistics initial) {
        statistics = initial;
        won.clear();
    }

    /** These of the jobs offered are ours. */
    void won(List<Long> requests) {
        requests.forEach(request -> won.put(request, 0));
    }

    boolean isApplied(ScaleSetMessage message) {
        return applied.containsKey(Fingerprint.of(message));
    }

    void applied(ScaleSetMessage message) {
        Fingerprint fingerprint = Fingerprint.of(message);
        applied.put(fingerprint, true);
        failures.remove(fingerprint);
    }

    /** Counts a failure; true if the message has failed too often. */
    boolean failed(ScaleSetMessage message) {
        return failures.merge(Fingerprint.of(message), 1, Integer::sum) >= MOST_FAILURES;
    }

    /** What is new in the message. Null counters mean that nothing is known of them, so the last ones stand. */
    DemandUpdate demand(ScaleSetMessage message) {
        message.statistics().ifPresent(this::statistics);
        if (isApplied(message)) {
            return DemandUpdate.of(statistics);
        }
        List<JobEvent> events = new ArrayList<>();
        for (JobMessage job : message.jobs()) {
            switch (job.kind()) {
                case ASSIGNED -> events.add(new JobEvent.Assigned(job.job()));
                case STARTED -> events.add(new JobEvent.Started(job.job(), job.runner()));
                case COMPLETED ->
                    events.add(new JobEvent.Completed(
                            job.job(),
                            job.runner().isEmpty() ? Optional.empty() : Optional.of(job.runner()),
                            JobResult.of(job.result())));
                case AVAILABLE -> {}
            }
        }
        return new DemandUpdate(Optional.of(statistics), events);
    }

    /** The offered jobs worth taking: those queued first, as many as there is capacity for. */
    List<Long> toAcquire(ScaleSetMessage message, int capacity) {
        if (isApplied(message)) {
            return List.of();
        }
        for (JobMessage job : message.jobs()) {
            won.remove(job.job().key().requestId()); // offered again, it is not ours; otherwise it is counted now
        }
        won.replaceAll((request, silent) -> silent + 1);
        won.values().removeIf(silent -> silent > MOST_SILENT);
        int taken = message.statistics().orElse(statistics).assigned() + won.size();
        return message.jobs().stream()
                .filter(job -> job.kind() == JobMessage.Kind.AVAILABLE)
                .sorted(Comparator.comparing(job -> job.job().queuedAt().orElse(Instant.MAX)))
                .limit(Math.max(0, capacity - taken))
                .map(job -> job.job().key().requestId())
                .toList();
    }
}
