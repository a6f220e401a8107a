package dev.paddock.github;

import dev.paddock.JobKey;
import dev.paddock.error.RunnerException;
import dev.paddock.github.GitHubException.Reason;
import dev.paddock.github.WorkflowJobApi.Listing;
import dev.paddock.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for the jobs of each repository again and again, each at its own pace. A listing that failed, or of which a part
 * is missing, ends nothing; and what is missing from a whole one is asked for by its id before it counts as over.
 * Confined to the loop that owns it.
 */
final class JobPolling {
    private static final Logger LOG = LoggerFactory.getLogger(JobPolling.class);

    /** Listings under way at once; GitHub asks for few concurrent calls. */
    static final int MOST_AT_ONCE = 4;
    /** Repositories learned from webhooks that are polled at once. */
    static final int MOST_LEARNED = 100;
    /** A learned repository without jobs is polled no longer than this. */
    static final Duration LEARNED_IDLE = Duration.ofHours(1);
    /** Jobs asked for by id after one listing, and at once; the others stay as they are until the next. */
    static final int MOST_CONFIRMED = 200;

    private static final int CONFIRMED_AT_ONCE = 4;
    /** After so many that could not be asked for the rest is left: GitHub is in trouble, not a job. */
    static final int MOST_UNCONFIRMED = 8;
    /** Far above the minutes that reading jobs may take; a list of many runs from a slow server comes on top. */
    static final Duration LISTING_DEADLINE = Duration.ofMinutes(20);

    private static final double JITTER = 0.1;

    /** Whom the polling serves. */
    interface Home {
        /** Something may have changed. */
        void news();

        /** A repository was asked about with success. */
        void answered(String repository);

        /** A repository could not be asked about. */
        void failing(String repository, String detail);

        /** No repository that must be polled can be, for a reason that only a person can mend. */
        void hopeless(Throwable cause);

        /** A repository is polled no more. */
        void left(String repository);
    }

    /** One repository. */
    private static final class Watch {
        final String repository;
        final boolean listed;
        final Patience patience = new Patience();
        Instant lastNews;
        boolean hopeless;
        /** Whether all of its runs were read once, in one listing or several. */
        boolean read;
        /** The runs that no listing has come to yet; null until one has told which runs there are. */
        @Nullable
        Set<Long> left;

        void listed(@Nullable Set<Long> unread) {
            if (unread != null && !read) {
                left = left == null ? new HashSet<>(unread) : left;
                left.retainAll(unread);
                read = left.isEmpty();
            }
        }

        /** Since when its listings have been refused, and as a moment; null while they are not. */
        @Nullable
        Instant refusedSince;

        long refusedFrom;

        Watch(String repository, boolean listed, Instant now) {
            this.repository = repository;
            this.listed = listed;
            this.lastNews = now;
        }
    }

    /** Jobs that are asked for by id, and what follows. */
    private static final class Doubts {
        final Deque<ObservedJob> left;
        final Consumer<@Nullable Throwable> then;
        int underWay;
        int failures;

        @Nullable
        Throwable failure;

        Doubts(List<ObservedJob> jobs, Consumer<@Nullable Throwable> then) {
            this.left = new ArrayDeque<>(jobs.subList(0, Math.min(jobs.size(), MOST_CONFIRMED)));
            this.then = then;
        }
    }

    private final WorkflowJobSettings settings;
    private final WorkflowJobApi api;
    private final KnownJobs jobs;
    private final Steps steps;
    private final Scheduler scheduler;
    private final String name;
    private final Home home;
    private final Map<String, Watch> watches = new LinkedHashMap<>();
    private final Deque<Watch> due = new ArrayDeque<>();
    private int underWay;
    private boolean started;
    private boolean toldFull;

    JobPolling(
            WorkflowJobSettings settings,
            WorkflowJobApi api,
            KnownJobs jobs,
            Steps steps,
            Scheduler scheduler,
            String name,
            Home home) {
        this.settings = settings;
        this.api = api;
        this.jobs = jobs;
        this.steps = steps;
        this.scheduler = scheduler;
        this.name = name;
        this.home = home;
        settings.repositories().forEach(repository -> add(repository, true));
    }

    private void add(String repository, boolean listed) {
        var watch = new Watch(repository, listed, scheduler.instant());
        watches.put(WorkflowJobSettings.lower(repository), watch);
        due.add(watch);
    }

    /** Begins. */
    void start() {
        started = true;
        next();
    }

    /** Begins anew after the steps were restarted. */
    void restart() {
        underWay = 0;
        due.clear();
        due.addAll(watches.values());
        next();
    }

    /** Whether each repository that was named has been listed as a whole once; true if none was named. */
    boolean hasReadAllListed() {
        return watches.values().stream().allMatch(watch -> watch.read || !watch.listed);
    }

    int repositories() {
        return watches.size();
    }

    /**
     * A webhook told of a job of this repository. If it was not polled it is from now on.
     *
     * @return false if there are too many already; such a job could not be followed
     */
    boolean heardOf(String repository) {
        Watch known = watches.get(WorkflowJobSettings.lower(repository));
        if (known != null) {
            known.lastNews = scheduler.instant();
            return true;
        }
        long learned = watches.values().stream().filter(watch -> !watch.listed).count();
        if (learned >= MOST_LEARNED) {
            if (!toldFull) {
                toldFull = true;
                LOG.warn(
                        "{}: {} repositories are polled because of webhooks, which is the most: jobs of {} and others"
                                + " are left out. Name those that matter with repositories(…)",
                        name,
                        learned,
                        repository);
            }
            return false;
        }
        LOG.info("{}: {} is polled from now on: it has a job for these labels", name, repository);
        add(repository, false);
        next();
        return true;
    }

    // ---- listing -------------------------------------------------------------------------------------------

    private void next() {
        while (started && underWay < MOST_AT_ONCE && !due.isEmpty()) {
            underWay++;
            list(due.remove());
        }
    }

    private void list(Watch watch) {
        long began = jobs.moment();
        steps.call(
                LISTING_DEADLINE,
                "the jobs of " + watch.repository + " were not listed",
                () -> api.activeJobs(watch.repository),
                (found, failure) -> {
                    if (found != null) {
                        watch.refusedSince = null;
                        listed(watch, found, began);
                    } else if (isRefusedForLong(watch, orUnknown(failure))) {
                        leave(watch);
                        release();
                    } else {
                        failed(watch, failure);
                    }
                });
    }

    private void listed(Watch watch, Listing found, long began) {
        found.jobs().forEach(jobs::observe);
        watch.listed(found.unread());
        Set<JobKey> keys = new HashSet<>();
        found.jobs().forEach(job -> keys.add(job.key()));
        Set<Long> unread = found.unread();
        List<ObservedJob> missing = unread == null ? List.of() : jobs.missing(watch.repository, keys, unread, began);
        home.news();
        confirm(new Doubts(missing, failure -> {
            if (failure == null && found.isComplete()) {
                succeeded(watch);
            } else {
                failed(watch, failure == null ? found.failure() : failure);
            }
        }));
    }

    /** Asks for single jobs sooner than the next listing would. What is not answered is for that one to find out. */
    void ask(List<ObservedJob> doubtful) {
        if (started && !doubtful.isEmpty()) {
            confirm(new Doubts(doubtful, failure -> {}));
        }
    }

    /** Asks, a few at a time. One that cannot be asked for is the last to be asked for next time. */
    private void confirm(Doubts doubts) {
        while (doubts.failures < MOST_UNCONFIRMED && doubts.underWay < CONFIRMED_AT_ONCE && !doubts.left.isEmpty()) {
            ObservedJob job = doubts.left.remove();
            doubts.underWay++;
            steps.call(
                    LISTING_DEADLINE,
                    "job " + job.id() + " of " + job.repository() + " was not read",
                    () -> api.job(job.repository(), job.id()),
                    (found, failure) -> {
                        doubts.underWay--;
                        if (found != null) {
                            confirmed(job, found);
                        } else {
                            doubts.failures++;
                            doubts.failure = doubts.failure == null ? orUnknown(failure) : doubts.failure;
                            jobs.putLast(job.key());
                        }
                        confirm(doubts);
                    });
        }
        if (doubts.underWay == 0) {
            doubts.then.accept(doubts.failure);
        }
    }

    private void confirmed(ObservedJob job, Optional<ObservedJob> found) {
        if (found.isEmpty()) {
            LOG.debug("{}: job {} of {} does not exist any more", name, job.id(), job.repository());
            jobs.forget(job.key());
        } else {
            jobs.observe(found.get());
            if (!found.get().key().equals(job.key())) {
                jobs.over(job); // another attempt has its place
            }
        }
        home.news();
    }

    // ---- how it ended --------------------------------------------------------------------------------------

    private void succeeded(Watch watch) {
        watch.hopeless = false;
        watch.patience.opened();
        watch.patience.succeeded();
        home.answered(watch.repository);
        if (!watch.listed && isIdle(watch)) {
            LOG.info("{}: {} is not polled any more: it has had no job for a while", name, watch.repository);
            leave(watch);
        } else {
            long pause = settings.pollInterval().toNanos();
            long jitter = scheduler.random().nextLong((long) (pause * JITTER) + 1);
            again(watch, Duration.ofNanos(pause + jitter));
        }
        release();
    }

    private boolean isIdle(Watch watch) {
        return !jobs.hasJobsOf(watch.repository)
                && watch.lastNews.plus(LEARNED_IDLE).isBefore(scheduler.instant());
    }

    private void leave(Watch watch) {
        watches.remove(WorkflowJobSettings.lower(watch.repository));
        toldFull = false;
        home.left(watch.repository);
    }

    /**
     * What webhooks alone tell of may have ended unheard. Where nobody can be asked, it is let go after a while; what
     * was heard of since is kept as long, and so is the repository.
     */
    private boolean isRefusedForLong(Watch watch, Throwable cause) {
        if (watch.listed || !isRefusal(cause)) {
            return false;
        }
        Instant now = scheduler.instant();
        Instant since = watch.refusedSince;
        boolean forLong = since != null && !now.isBefore(since.plus(LEARNED_IDLE));
        if (forLong) {
            int dropped = jobs.dropUnheard(watch.repository, watch.refusedFrom);
            LOG.warn(
                    "{}: {} could not be asked for its jobs since {}, so {} of them that may be over count no more: {}",
                    name,
                    watch.repository,
                    since,
                    dropped,
                    cause.getMessage());
            home.news();
        }
        if (since == null || forLong) {
            watch.refusedSince = now;
            watch.refusedFrom = jobs.moment();
        }
        return forLong && isIdle(watch);
    }

    /** Whether asking again soon is of no use: there is no right to, or it has another name. */
    private static boolean isRefusal(Throwable cause) {
        return cause instanceof GitHubException known
                && (known.reason() == Reason.FORBIDDEN
                        || known.reason() == Reason.NOT_FOUND
                        || (known.status() >= 300 && known.status() < 400));
    }

    private Duration pause(Watch watch, Throwable cause) {
        Duration wait = watch.patience.afterFailure(cause, scheduler.random());
        boolean useless = isRefusal(cause) && (!watch.listed || watch.patience.failures() >= Patience.FATAL_ATTEMPTS);
        return useless && wait.compareTo(settings.pollInterval()) < 0 ? settings.pollInterval() : wait;
    }

    private void failed(Watch watch, @Nullable Throwable failure) {
        Throwable cause = orUnknown(failure);
        watch.hopeless |= watch.patience.isHopeless(cause, scheduler.instant());
        Duration wait = pause(watch, cause);
        String count = "failure " + watch.patience.failures() + " in a row";
        LOG.warn("{}: {} with {}, waits {} ms: {}", name, count, watch.repository, wait.toMillis(), cause.getMessage());
        if (watch.hopeless && allListedAreHopeless()) {
            home.hopeless(cause);
            return;
        }
        home.failing(
                watch.repository,
                watch.repository + " could not be asked for its jobs, so those known are taken to be as they were; "
                        + count + ", the next try is in " + wait.toMillis() + " ms: " + cause.getMessage());
        again(watch, wait);
        release();
    }

    private boolean allListedAreHopeless() {
        return watches.values().stream().anyMatch(watch -> watch.listed)
                && watches.values().stream().filter(watch -> watch.listed).allMatch(watch -> watch.hopeless);
    }

    private void again(Watch watch, Duration wait) {
        steps.after(wait, () -> {
            due.add(watch);
            next();
        });
    }

    private void release() {
        underWay--;
        next();
    }

    private static Throwable orUnknown(@Nullable Throwable failure) {
        return failure == null ? new RunnerException("no answer and no failure", true, null) : failure;
    }
}
