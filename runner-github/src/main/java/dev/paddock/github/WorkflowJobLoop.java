package dev.paddock.github;

import dev.paddock.error.RunnerException;
import dev.paddock.github.WorkflowJobApi.ListedRunner;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a fleet informed of workflow jobs: connects, polls, takes in webhooks, and delivers what is new, one update at
 * a time. A callback state machine without a thread.
 */
final class WorkflowJobLoop implements JobPolling.Home {
    private static final Logger LOG = LoggerFactory.getLogger(WorkflowJobLoop.class);

    /** A sink answers once its journal has, which is lost after half of this. */
    private static final Duration SINK_DEADLINE = Duration.ofMinutes(1);

    private static final Duration CONNECT_DEADLINE = Duration.ofMinutes(10);
    /** Closing: how long an update in hand may take. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(15);
    /** A fleet should not swallow a thousand jobs at one bite. */
    private static final int EVENTS_AT_ONCE = 256;

    private static final int MOST_FAILURES = 3;

    private enum Life {
        OPEN,
        CLOSING,
        OVER
    }

    private final WorkflowJobSettings settings;
    private final WorkflowJobApi api;
    private final JobSink sink;
    private final SourceContext context;
    private final Scheduler scheduler;
    private final String name;
    private final Steps steps;
    private final KnownJobs jobs;
    private final JobPolling polling;
    private final Deliveries deliveries = new Deliveries();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    /** Written by the loop, read by callers. */
    private final AtomicReference<@Nullable Long> group = new AtomicReference<>();

    private volatile Life life = Life.OPEN;

    // Confined to the steps.
    private final Patience connecting = new Patience();
    private final Patience delivering = new Patience();
    private final Map<String, String> failing = new LinkedHashMap<>();
    private SourceState reported = SourceState.CONNECTING;
    private JobStatistics runners = JobStatistics.NONE;
    private int capacity;
    private @Nullable JobStatistics delivered;
    private boolean atSink;
    private boolean resting;
    private boolean answered;
    private boolean polls;
    private int refusals;

    WorkflowJobLoop(WorkflowJobSettings settings, WorkflowJobApi api, JobSink sink, SourceContext context) {
        this.settings = settings;
        this.api = api;
        this.sink = sink;
        this.context = context;
        this.scheduler = context.scheduler();
        this.name = context.fleet() + "/" + String.join(",", settings.labels());
        this.steps = new Steps(scheduler, this::brokeDown);
        this.jobs = new KnownJobs(settings::serves, context::isOurs, scheduler.instant());
        this.polling = new JobPolling(settings, api, jobs, steps, scheduler, name, this);
    }

    void start() {
        steps.post(this::connect);
    }

    /** The runner group's id; null before it is known. */
    @Nullable
    Long group() {
        return group.get();
    }

    // ---- connecting ----------------------------------------------------------------------------------------

    /** Nothing that the polls need, but what registering needs: a source that could not register is none. */
    private void connect() {
        report(SourceState.CONNECTING, "asking for the runners of " + settings.scope());
        long began = moment();
        steps.call(
                CONNECT_DEADLINE,
                "no answer",
                () -> findGroup().thenCompose(id -> {
                    group.set(id);
                    return api.runners();
                }),
                (all, failure) -> {
                    if (all == null) {
                        notConnected(orUnknown(failure));
                    } else {
                        connecting.succeeded();
                        counted(all, began);
                        connected();
                    }
                });
    }

    private CompletionStage<Long> findGroup() {
        return settings.usesDefaultGroup()
                ? CompletableFuture.completedStage(WorkflowJobSettings.DEFAULT_GROUP_ID)
                : api.runnerGroup(settings.runnerGroup());
    }

    private void notConnected(Throwable cause) {
        if (connecting.isHopeless(cause, scheduler.instant())) {
            hopeless(cause);
            return;
        }
        Duration wait = connecting.afterFailure(cause, scheduler.random());
        String detail = "failure " + connecting.failures() + " in a row, the next try is in " + wait.toMillis()
                + " ms: " + cause.getMessage();
        LOG.warn("{}: {}", name, detail);
        report(SourceState.BACKOFF, detail);
        steps.after(wait, this::connect);
    }

    private void connected() {
        polls = true;
        if (settings.repositories().isEmpty()) {
            heard(); // webhooks tell what there is to ask
        }
        polling.start();
    }

    // ---- what the polling says -----------------------------------------------------------------------------

    @Override
    public void news() {
        deliver();
    }

    @Override
    public void answered(String repository) {
        failing.remove(repository);
        heard();
        deliver();
    }

    @Override
    public void failing(String repository, String detail) {
        failing.put(repository, detail);
        report(SourceState.BACKOFF, detail);
    }

    @Override
    public void left(String repository) {
        failing.remove(repository);
        if (answered) {
            heard();
        }
    }

    /** All is well, or at least one thing is for the first time. */
    private void heard() {
        if (reported != SourceState.CONNECTED && (failing.isEmpty() || !answered)) {
            int known = polling.repositories();
            report(
                    SourceState.CONNECTED,
                    "knows the jobs of " + (known - failing.size()) + " of " + known + " repositories");
        }
        answered = true;
    }

    @Override
    public void hopeless(Throwable cause) {
        LOG.error("{}: gives up, for it is refused again and again: {}", name, cause.getMessage());
        end(SourceState.FAILED, String.valueOf(cause.getMessage()));
    }

    // ---- what others say -----------------------------------------------------------------------------------

    boolean isOpen() {
        return life == Life.OPEN;
    }

    /** Whether a job is for our runners, or one of them has it. */
    boolean concerns(ObservedJob job) {
        return settings.serves(job.labels()) || context.isOurs(job.runner());
    }

    /**
     * Takes a webhook in, off the caller's thread.
     *
     * @return false if this delivery was taken before
     */
    boolean offer(String delivery, ObservedJob job) {
        if (!deliveries.isNew(delivery)) {
            return false;
        }
        scheduler.effects().execute(() -> steps.post(() -> hear(job)));
        return true;
    }

    /** What cannot be followed by polling is not taken in: nothing would end it if its end were lost. */
    private void hear(ObservedJob job) {
        if (life == Life.OPEN && (job.isOver() || polling.heardOf(job.repository()))) {
            jobs.observe(job);
            deliver();
        }
    }

    void advertise(int runners) {
        steps.post(() -> {
            capacity = runners;
            deliver();
        });
    }

    /** The moment a list of runners begins. */
    long moment() {
        return jobs.moment();
    }

    /** A whole list of the scope's runners was read. */
    void counted(List<ListedRunner> all, long began) {
        List<ListedRunner> ours = new ArrayList<>(all);
        ours.removeIf(runner -> !context.isOurs(runner.name()));
        int busy = (int) ours.stream().filter(ListedRunner::busy).count();
        int idle = (int) ours.stream()
                .filter(runner -> runner.isOnline() && !runner.busy())
                .count();
        Set<String> names = new HashSet<>();
        ours.forEach(runner -> names.add(runner.name()));
        steps.post(() -> {
            if (life == Life.OPEN) {
                runners = new JobStatistics(0, 0, ours.size(), busy, idle);
                deliver();
                polling.ask(jobs.withoutRunner(names, began));
            }
        });
    }

    // ---- delivering ----------------------------------------------------------------------------------------

    /** Jobs that wait are ours to serve unless the fleet can have no runner at all, as when it drains. */
    private JobStatistics statistics() {
        int running = jobs.running();
        int waiting = capacity == 0 ? 0 : jobs.waiting();
        return new JobStatistics(waiting + running, running, runners.registered(), runners.busy(), runners.idle());
    }

    /**
     * The counters, where they say something. While a listed repository has not been read, none is not zero. Some are at
     * least so many: they are told, for a fleet serves a job that is announced without counters for minutes only. From
     * then on it goes by them, so that they must follow what ends, and to zero too, where the fleet began.
     */
    private Optional<JobStatistics> tellable() {
        JobStatistics statistics = statistics();
        boolean whole = polls && polling.hasReadAllListed();
        return whole || statistics.assigned() > 0 || delivered != null ? Optional.of(statistics) : Optional.empty();
    }

    /** Brings what the fleet does not know, if anything. */
    private void deliver() {
        if (atSink || resting || life != Life.OPEN) {
            return;
        }
        Optional<JobStatistics> statistics = tellable();
        KnownJobs.Update update = jobs.untold(EVENTS_AT_ONCE, capacity > 0);
        if (update.events().isEmpty() && statistics.equals(Optional.ofNullable(delivered))) {
            return;
        }
        atSink = true;
        steps.call(
                SINK_DEADLINE,
                "an update was not applied",
                () -> sink.accept(new DemandUpdate(statistics, update.events())),
                (done, failure) -> {
                    atSink = false;
                    if (failure == null) {
                        applied(statistics, update);
                    } else {
                        notApplied(failure, update);
                    }
                    if (life == Life.CLOSING) {
                        finish();
                    }
                });
    }

    private void applied(Optional<JobStatistics> statistics, KnownJobs.Update update) {
        delivering.succeeded();
        refusals = 0;
        delivered = statistics.orElse(null);
        update.done();
        deliver();
    }

    /** What is not told now is told later; what the fleet cannot digest is left out, for it is but hints. */
    private void notApplied(Throwable failure, KnownJobs.Update update) {
        boolean retryable = failure instanceof RunnerException known && known.isRetryable();
        if (!retryable && ++refusals >= MOST_FAILURES) {
            LOG.warn(
                    "{}: {} events are left out, for the fleet failed on them: {}",
                    name,
                    update.events().size(),
                    String.valueOf(failure));
            refusals = 0;
            update.done();
        }
        Duration wait = delivering.afterFailure(failure, scheduler.random());
        LOG.warn("{}: an update was not applied, waits {} ms: {}", name, wait.toMillis(), failure.getMessage());
        resting = true;
        steps.after(wait, () -> {
            resting = false;
            deliver();
        });
    }

    // ---- failures, and the end -----------------------------------------------------------------------------

    /** A step threw: a bug here. What is known stays known, and all is asked anew. */
    private void brokeDown(Throwable failure) {
        LOG.error("{}: the source failed in a step and starts again", name, failure);
        if (life == Life.OVER) {
            return;
        }
        steps.restart();
        atSink = false;
        resting = false;
        if (life == Life.CLOSING) {
            finish();
            return;
        }
        Duration wait = delivering.afterFailure(failure, scheduler.random());
        steps.after(wait, () -> {
            if (polls) {
                polling.restart();
                deliver();
            } else {
                connect();
            }
        });
    }

    private static Throwable orUnknown(@Nullable Throwable failure) {
        return failure == null ? new RunnerException("no answer and no failure", true, null) : failure;
    }

    private void report(SourceState state, String detail) {
        reported = state;
        context.state(state, detail);
    }

    /** An update in hand is finished; what GitHub was asked is of no interest any more. */
    CompletionStage<Void> close() {
        steps.post(() -> {
            if (life != Life.OPEN) {
                return;
            }
            life = Life.CLOSING;
            if (atSink) {
                steps.after(CLOSE_PATIENCE, () -> {
                    LOG.warn("{}: closes though an update has not been applied", name);
                    finish();
                });
            } else {
                finish();
            }
        });
        return closed.copy();
    }

    private void finish() {
        end(SourceState.CLOSED, "closed");
    }

    private void end(SourceState state, String detail) {
        life = Life.OVER;
        steps.end();
        try {
            api.close();
            report(state, detail);
        } finally {
            closed.complete(null);
        }
    }
}
