package dev.paddock.github;

import dev.paddock.JobKey;
import dev.paddock.JobResult;
import dev.paddock.github.ObservedJob.Phase;
import dev.paddock.spi.JobEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * The jobs a source serves, as last heard of, whoever told it: a job only goes forward, so what is late, doubled or out
 * of order changes nothing. What the fleet has been told is kept beside it; the difference is the next update. Confined
 * to the loop that owns it.
 */
final class KnownJobs {
    /** A late word about a job that is over must not bring it back; the polls mend what is forgotten too soon. */
    static final int REMEMBERED = 10_000;
    /** A job that was over before is of no interest, but clocks differ. */
    private static final Duration SKEW = Duration.ofMinutes(5);

    /** How much the fleet knows of a job. */
    private enum Told {
        NOTHING,
        WAITS,
        RUNS,
        ENDED
    }

    private static final class Entry {
        ObservedJob job;
        Told told = Told.NOTHING;
        long heard;

        Entry(ObservedJob job) {
            this.job = job;
        }
    }

    /** What the fleet is told, and what it will know then. */
    record Update(List<JobEvent> events, Map<JobKey, Runnable> known, boolean hasMore) {
        /** The fleet has applied it, or never will. */
        void done() {
            known.values().forEach(Runnable::run);
        }
    }

    private final Predicate<List<String>> served;
    private final Predicate<String> ours;
    private final Instant since;
    private final Map<JobKey, Entry> jobs = new LinkedHashMap<>();
    /** Jobs that can matter no more: over, or running elsewhere when last heard of. */
    private final Map<JobKey, Boolean> past = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<JobKey, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    private final AtomicLong clock = new AtomicLong();

    /**
     * Knows no job yet.
     *
     * @param served whether a job that asks for these labels can run on our runners
     * @param ours whether a runner is one of ours, by its name
     * @param since jobs that ended before this are left out
     */
    KnownJobs(Predicate<List<String>> served, Predicate<String> ours, Instant since) {
        this.served = served;
        this.ours = ours;
        this.since = since.minus(SKEW);
    }

    /** A moment in the order in which things are heard. For any thread. */
    long moment() {
        return clock.incrementAndGet();
    }

    // ---- what is heard -------------------------------------------------------------------------------------

    /** Takes in a word about a job, from wherever. */
    void observe(ObservedJob said) {
        JobKey key = said.key();
        Entry entry = jobs.get(key);
        if (entry == null) {
            if (past.containsKey(key) || !isOfInterest(said)) {
                return;
            }
            entry = new Entry(said);
            jobs.put(key, entry);
        }
        entry.heard = moment();
        if (said.phase().compareTo(entry.job.phase()) >= 0) {
            entry.job = said.after(entry.job);
        }
        settle(key, entry);
    }

    private boolean isOfInterest(ObservedJob job) {
        return job.isOver()
                ? runsHere(job) && job.completedAt().orElse(Instant.MAX).isAfter(since)
                : runsHere(job) || served.test(job.labels());
    }

    /** There is proof that the job, or this attempt at it, is over, but no word of how it ended. */
    void over(ObservedJob job) {
        observe(new ObservedJob(
                job.id(),
                job.runId(),
                job.attempt(),
                job.name(),
                job.repository(),
                job.workflow(),
                job.labels(),
                Phase.COMPLETED,
                job.runner(),
                job.createdAt(),
                job.startedAt(),
                Optional.empty(),
                ""));
    }

    /** GitHub does not know the job any more. If it turns up again it counts again. */
    void forget(JobKey key) {
        jobs.remove(key);
    }

    /**
     * Forgets the jobs of a repository that are not over and not on our runners, and that nothing was heard of since.
     *
     * @param repository whose jobs
     * @param since a moment
     * @return how many
     */
    int dropUnheard(String repository, long since) {
        int before = jobs.size();
        jobs.values()
                .removeIf(entry -> entry.heard < since
                        && entry.job.repository().equalsIgnoreCase(repository)
                        && !entry.job.isOver()
                        && !runsHere(entry.job));
        return before - jobs.size();
    }

    /** Of the jobs of which GitHub has to be asked, this is the last from now on. */
    void putLast(JobKey key) {
        Entry entry = jobs.remove(key);
        if (entry != null) {
            jobs.put(key, entry);
        }
    }

    /**
     * The jobs that should have been in a whole listing and were not. Those that do not count are dropped; of the
     * others GitHub has to be asked.
     *
     * @param repository whose jobs were listed
     * @param listed what was listed
     * @param unread runs whose jobs were not listed
     * @param began when the listing began: what was heard of since then may be too new for it
     */
    List<ObservedJob> missing(String repository, Set<JobKey> listed, Set<Long> unread, long began) {
        List<ObservedJob> doubtful = new ArrayList<>();
        for (Map.Entry<JobKey, Entry> known : List.copyOf(jobs.entrySet())) {
            Entry entry = known.getValue();
            if (entry.heard > began
                    || listed.contains(known.getKey())
                    || unread.contains(entry.job.runId())
                    || !entry.job.repository().equalsIgnoreCase(repository)) {
                continue;
            }
            if (entry.job.phase() == Phase.QUEUED || runsHere(entry.job)) {
                doubtful.add(entry.job);
            } else if (entry.told != Told.WAITS) {
                jobs.remove(known.getKey());
                if (entry.job.isRunning()) {
                    past.put(known.getKey(), true);
                }
            }
        }
        return doubtful;
    }

    /**
     * The jobs that run on a runner of ours that is not registered: it has ended, and so, most likely, has its job.
     *
     * @param registered the names of all that are registered
     * @param began when they were listed: what was heard of since then may be too new for the list
     */
    List<ObservedJob> withoutRunner(Set<String> registered, long began) {
        return jobs.values().stream()
                .filter(entry -> entry.heard <= began)
                .map(entry -> entry.job)
                .filter(job -> job.isRunning() && runsHere(job) && !registered.contains(job.runner()))
                .toList();
    }

    boolean hasJobsOf(String repository) {
        return jobs.values().stream().anyMatch(entry -> entry.job.repository().equalsIgnoreCase(repository));
    }

    // ---- what is counted -----------------------------------------------------------------------------------

    int waiting() {
        return count(job -> job.phase() == Phase.QUEUED);
    }

    int running() {
        return count(job -> job.isRunning() && runsHere(job));
    }

    private int count(Predicate<ObservedJob> which) {
        return (int)
                jobs.values().stream().filter(entry -> which.test(entry.job)).count();
    }

    private boolean runsHere(ObservedJob job) {
        return !job.runner().isEmpty() && ours.test(job.runner());
    }

    // ---- what is told --------------------------------------------------------------------------------------

    /**
     * What the fleet does not know yet.
     *
     * @param most about how many events
     * @param announcing whether jobs that wait are told
     */
    Update untold(int most, boolean announcing) {
        List<JobEvent> events = new ArrayList<>();
        Map<JobKey, Runnable> known = new LinkedHashMap<>();
        boolean more = false;
        for (Map.Entry<JobKey, Entry> one : jobs.entrySet()) {
            Entry entry = one.getValue();
            Told next = next(entry, announcing);
            if (next != entry.told) {
                if (events.size() >= most) {
                    more = true;
                    break;
                }
                tell(entry, next, events);
                known.put(one.getKey(), () -> {
                    entry.told = next.compareTo(entry.told) > 0 ? next : entry.told;
                    settle(one.getKey(), entry);
                });
            }
        }
        return new Update(events, known, more);
    }

    private Told next(Entry entry, boolean announcing) {
        boolean here = runsHere(entry.job);
        return switch (entry.job.phase()) {
            case WAITING -> entry.told;
            case QUEUED -> announcing && entry.told == Told.NOTHING ? Told.WAITS : entry.told;
            case RUNNING -> here || entry.told == Told.WAITS ? Told.RUNS : entry.told;
            case COMPLETED -> here || entry.told == Told.WAITS ? Told.ENDED : entry.told;
        };
    }

    /** A job on a runner of others is none of ours any more; nothing is said of it beyond that. */
    private void tell(Entry entry, Told next, List<JobEvent> events) {
        ObservedJob job = entry.job;
        if (next == Told.WAITS) {
            events.add(new JobEvent.Assigned(job.job()));
            return;
        }
        boolean hasRunner = !job.runner().isEmpty();
        if (hasRunner && entry.told.compareTo(Told.RUNS) < 0) {
            events.add(new JobEvent.Started(job.job(), job.runner()));
        }
        if (next == Told.ENDED && (!hasRunner || runsHere(job))) {
            events.add(new JobEvent.Completed(
                    job.job(),
                    hasRunner ? Optional.of(job.runner()) : Optional.empty(),
                    JobResult.of(job.conclusion())));
        }
    }

    /** A job that is over is let go once the fleet knows all that concerns it. */
    private void settle(JobKey key, Entry entry) {
        if (entry.job.isOver() && next(entry, true) == entry.told && jobs.remove(key, entry)) {
            past.put(key, true);
        }
    }
}
