package dev.paddock.github;

import dev.paddock.error.RunnerException;
import dev.paddock.spi.Cancellable;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The message loop of one scale set: resolve, open a session, poll, apply, acknowledge, and back after whatever went
 * wrong. A callback state machine (docs/architecture.md): each step starts one call and names what follows. No thread.
 */
final class ScaleSetLoop {
    private static final Logger LOG = LoggerFactory.getLogger(ScaleSetLoop.class);
    /** Capacity often drops and rises again within a moment, as one runner leaves and its place is free. */
    private static final Duration CAPACITY_SETTLES = Duration.ofMillis(100);
    /** A sink answers once its journal has, which is lost after half of this. */
    private static final Duration SINK_DEADLINE = Duration.ofMinutes(1);
    /** Closing: how long what is in hand may take, and then the session's end; half a minute in all. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(15);

    private final Settings settings;
    private final ScaleSetClient client;
    private final ScaleSetResolver resolver;
    private final RememberedSession sessions;
    private final JobSink sink;
    private final SourceContext context;
    private final Scheduler scheduler;
    private final Reports reports;
    private final String name;
    private final Mailbox mailbox;
    private final MessageIntake intake = new MessageIntake();
    private final Patience patience = new Patience();
    private final Pace pace = new Pace();
    private final RefreshPlan refreshing = new RefreshPlan();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    /** Written by the loop, read by callers of the attachment. */
    private final AtomicReference<@Nullable ScaleSet> scaleSet = new AtomicReference<>();

    // Confined to the mailbox.
    private @Nullable ScaleSetSession session;
    private @Nullable CompletableFuture<Optional<ScaleSetMessage>> poll;
    private @Nullable Cancellable timer;
    private @Nullable Cancellable capacityTimer;
    private boolean resting;
    private long cursor;
    private int capacity;
    private int polledCapacity;
    private Instant sessionSince = Instant.EPOCH;
    /** Counts the restarts after bugs: what was begun before one is of no interest any more. */
    private int life;

    private boolean closing;
    private boolean ended;

    ScaleSetLoop(Settings settings, ScaleSetResolver resolver, JobSink sink, SourceContext context) {
        this.settings = settings;
        this.client = resolver.client();
        this.resolver = resolver;
        this.sessions = new RememberedSession(client, context);
        this.sink = sink;
        this.context = context;
        this.scheduler = context.scheduler();
        this.reports = new Reports(context, settings.name());
        this.name = reports.name();
        this.mailbox = new Mailbox(this::brokeDown);
    }

    @Nullable
    ScaleSet scaleSet() {
        return scaleSet.get();
    }

    void start() {
        mailbox.post(this::resolve);
    }

    // ---- the steps -----------------------------------------------------------------------------------------

    private void resolve() {
        reports.state(SourceState.CONNECTING, "looking for scale set " + settings.name() + " in " + client.scope());
        when(resolver.resolve(), (resolved, failure) -> {
            if (resolved == null) {
                failed(failure, this::resolve);
                return;
            }
            boolean again = scaleSet.getAndSet(resolved.set()) != null;
            reports.resolved(resolved, again);
            next(() -> open(resolved.set()));
        });
    }

    private void open(ScaleSet set) {
        CompletionStage<ScaleSetSession> call = sessions.open(set);
        int mine = life;
        Stages.onEnd(
                call,
                (late, failure) -> mailbox.post(() -> {
                    if (late != null && (ended || mine != life)) {
                        LOG.debug("{}: a session opened too late is closed", name);
                        Stages.onEnd(late.close(), (done, ignored) -> {});
                    }
                }));
        when(call, (opened, failure) -> {
            if (opened == null) {
                notOpened(set, failure);
                return;
            }
            session = opened;
            sessionSince = scheduler.instant();
            cursor = 0;
            patience.opened();
            intake.begin(opened.initialStatistics());
            next(this::deliverStatistics);
        });
    }

    private void notOpened(ScaleSet set, @Nullable Throwable failure) {
        switch (ScaleSetResolver.reason(orUnknown(failure))) {
            case SESSION_CONFLICT -> {
                Duration wait = patience.afterConflict();
                String detail = orUnknown(failure).getMessage() + " It ends by itself once its owner closes it or is"
                        + " gone for some minutes; " + context.fleet() + " tries again in " + wait.toSeconds() + " s";
                reports.state(SourceState.CONFLICT, detail);
                after(wait, () -> open(set));
            }
            case SCALE_SET_NOT_FOUND, NOT_FOUND -> failed(failure, this::resolve);
            default -> failed(failure, () -> open(set));
        }
    }

    /** The counters as last heard: of a new session, and again at each empty poll. */
    private void deliverStatistics() {
        when(deliver(DemandUpdate.of(intake.statistics())), (done, failure) -> {
            if (failure == null) {
                reports.connected();
                next(this::pollInTurn);
            } else {
                failed(failure, this::deliverStatistics);
            }
        });
    }

    private void pollInTurn() {
        Duration wait = pace.left(scheduler.nanoTime());
        if (!wait.isZero() && capacity == polledCapacity) {
            after(wait, this::poll);
            resting = true;
        } else {
            poll();
        }
    }

    private void poll() {
        ScaleSetSession current = Objects.requireNonNull(session, "who polls has a session");
        Instant now = scheduler.instant();
        if (Duration.between(sessionSince, now).compareTo(settings.sessionMaxAge()) > 0) {
            LOG.debug("{}: the session is {} old and is replaced", name, settings.sessionMaxAge());
            reopen(current);
        } else if (refreshing.isDue(current.tokenExpiresAt(), now, scheduler.random())) {
            refresh(current);
        } else {
            pollNow(current);
        }
    }

    private void refresh(ScaleSetSession current) {
        when(current.refresh(), (done, failure) -> {
            if (failure == null) {
                refreshing.renewed();
                next(() -> pollNow(current));
            } else if (isOver(failure)) {
                pollFailed(current, failure);
            } else {
                LOG.warn("{}: the session could not be renewed yet: {}", name, failure.getMessage());
                refreshing.failed(scheduler.instant());
                next(() -> pollNow(current));
            }
        });
    }

    /** Whether a failure says that the session cannot be used any more. */
    private static boolean isOver(Throwable failure) {
        return switch (ScaleSetResolver.reason(failure)) {
            case TOKEN_EXPIRED, SESSION_EXPIRED, NOT_FOUND, SCALE_SET_NOT_FOUND -> true;
            default -> false;
        };
    }

    private void pollNow(ScaleSetSession current) {
        polledCapacity = capacity;
        pace.began(scheduler.nanoTime());
        CompletableFuture<Optional<ScaleSetMessage>> call = current.nextMessage(cursor, capacity);
        poll = call;
        when(call, (message, failure) -> {
            poll = null;
            if (message == null) {
                pollFailed(current, failure);
                return;
            }
            pace.answered(message.isPresent() && !intake.isApplied(message.get()));
            if (message.isPresent()) {
                handle(current, message.get());
            } else {
                patience.succeeded();
                next(this::deliverStatistics);
            }
        });
    }

    private void pollFailed(ScaleSetSession current, @Nullable Throwable failure) {
        if (failure instanceof CancellationException) {
            next(this::poll);
            return;
        }
        switch (ScaleSetResolver.reason(orUnknown(failure))) {
            case TOKEN_EXPIRED, SESSION_EXPIRED, NOT_FOUND -> {
                LOG.info(
                        "{}: the session is gone, a new one is opened: {}",
                        name,
                        orUnknown(failure).getMessage());
                backOff(orUnknown(failure), () -> reopen(current));
            }
            case SCALE_SET_NOT_FOUND -> {
                session = null;
                failed(failure, this::resolve);
            }
            default -> failed(failure, this::poll);
        }
    }

    /** Ends a session, as far as it can still be ended, and opens another on the same scale set. */
    private void reopen(ScaleSetSession current) {
        session = null;
        when(current.close(), (done, failure) -> {
            ScaleSet set = scaleSet.get();
            next(set == null ? this::resolve : () -> open(set));
        });
    }

    // ---- one message ---------------------------------------------------------------------------------------

    private void handle(ScaleSetSession current, ScaleSetMessage message) {
        if (message.unreadable().isPresent() && !intake.isApplied(message)) {
            reports.quarantined(message, message.unreadable().get());
        }
        for (String problem : message.problems()) {
            LOG.warn("{}: a part of message {} cannot be read and is skipped: {}", name, message.id(), problem);
        }
        List<Long> offered = intake.toAcquire(message, capacity);
        if (offered.isEmpty()) {
            apply(current, message);
        } else {
            when(current.acquireJobs(offered), (won, failure) -> {
                if (failure != null) {
                    // They are offered again; what else the message says must not wait for that.
                    LOG.warn("{}: {} offered jobs were not acquired: {}", name, offered.size(), failure.getMessage());
                } else {
                    intake.won(won);
                }
                apply(current, message);
            });
        }
    }

    private void apply(ScaleSetSession current, ScaleSetMessage message) {
        when(deliver(intake.demand(message)), (done, failure) -> {
            if (failure == null) {
                intake.applied(message);
                acknowledge(current, message);
            } else if (!isRetryable(failure) && intake.failed(message)) {
                reports.quarantined(message, String.valueOf(failure));
                intake.applied(message);
                acknowledge(current, message);
            } else {
                backOff(failure, this::poll);
            }
        });
    }

    /** What the sink makes of an update; one that never answers must not hold up the loop. */
    private CompletionStage<Void> deliver(DemandUpdate update) {
        CompletionStage<Void> applied;
        try {
            applied = sink.accept(update);
        } catch (Throwable failure) { // the sink is not ours and may throw anything
            applied = CompletableFuture.failedStage(failure);
        }
        return Stages.within(SINK_DEADLINE, scheduler, "an update was not applied", applied);
    }

    /** Such a failure says nothing of the message. */
    private static boolean isRetryable(Throwable failure) {
        return failure instanceof RunnerException known && known.isRetryable();
    }

    private void acknowledge(ScaleSetSession current, ScaleSetMessage message) {
        when(current.deleteMessage(message.id()), (done, failure) -> {
            if (failure == null || ScaleSetResolver.reason(failure) == GitHubException.Reason.NOT_FOUND) {
                cursor = Math.max(cursor, message.id());
                patience.succeeded();
                reports.connected();
                next(this::pollInTurn);
            } else {
                // It comes again and is known then.
                pollFailed(current, failure);
            }
        });
    }

    // ---- capacity ------------------------------------------------------------------------------------------

    void advertise(int runners) {
        mailbox.post(() -> {
            capacity = runners;
            if (capacityTimer == null && (poll != null || isResting()) && capacity != polledCapacity) {
                capacityTimer = scheduler.schedule(CAPACITY_SETTLES, () -> mailbox.post(this::capacitySettled));
            }
        });
    }

    /** The service reads the capacity as a poll begins, so a poll under way says the old one. */
    private void capacitySettled() {
        capacityTimer = null;
        if (poll != null && capacity != polledCapacity) {
            poll.cancel(true);
        } else if (timer != null && isResting() && capacity != polledCapacity) {
            timer.cancel();
            timer = null;
            poll();
        }
    }

    /** Whether the timer is a rest between polls, not one after a failure. */
    private boolean isResting() {
        return timer != null && resting;
    }

    // ---- failures ------------------------------------------------------------------------------------------

    private void failed(@Nullable Throwable failure, Runnable step) {
        Throwable cause = orUnknown(failure);
        if (patience.isHopeless(cause, scheduler.instant())) {
            giveUp(cause);
        } else {
            backOff(cause, step);
        }
    }

    private void backOff(Throwable cause, Runnable step) {
        Duration wait = patience.afterFailure(cause, scheduler.random());
        String count = "failure " + patience.failures() + " in a row";
        LOG.warn("{}: {}, waits {} ms: {}", name, count, wait.toMillis(), cause.getMessage());
        reports.state(
                SourceState.BACKOFF, count + ", the next try is in " + wait.toMillis() + " ms: " + cause.getMessage());
        after(wait, step);
    }

    private void giveUp(Throwable cause) {
        LOG.error("{}: gives up after {} refusals in a row: {}", name, patience.refusals(), cause.getMessage());
        ended = true;
        reports.state(SourceState.FAILED, String.valueOf(cause.getMessage()));
        letGo(false, () -> {});
    }

    /** A step threw: a bug here or in the sink. The loop goes on from the start, as after any failure. */
    private void brokeDown(Throwable failure) {
        LOG.error("{}: the listener failed in a step and starts again", name, failure);
        life++;
        if (poll != null) {
            poll.cancel(true);
            poll = null;
        }
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (ended) {
            closed.complete(null);
        } else {
            after(patience.afterFailure(failure, scheduler.random()), session == null ? this::resolve : this::poll);
        }
    }

    private static Throwable orUnknown(@Nullable Throwable failure) {
        return failure == null ? new RunnerException("no answer and no failure", true, null) : failure;
    }

    // ---- how steps follow each other -----------------------------------------------------------------------

    private <T> void when(CompletionStage<T> call, BiConsumer<@Nullable T, @Nullable Throwable> then) {
        int mine = life;
        call.whenComplete((value, failure) -> mailbox.post(() -> {
            if (!ended && mine == life) {
                then.accept(value, failure == null ? null : Stages.cause(failure));
            }
        }));
    }

    private void next(Runnable step) {
        if (closing) {
            finish();
        } else {
            step.run();
        }
    }

    private void after(Duration wait, Runnable step) {
        resting = false;
        if (closing) {
            finish();
            return;
        }
        int mine = life;
        timer = scheduler.schedule(
                wait,
                () -> mailbox.post(() -> {
                    if (timer != null && mine == life) {
                        timer = null;
                        next(step);
                    }
                }));
    }

    // ---- the end -------------------------------------------------------------------------------------------

    /** What is in hand is finished first: a message applied is acknowledged, a session being opened is ended. */
    CompletionStage<Void> close() {
        mailbox.post(() -> {
            if (ended && !closing) {
                client.stop();
            }
            if (closing || ended) {
                return;
            }
            closing = true;
            scheduler.schedule(
                    CLOSE_PATIENCE,
                    () -> mailbox.post(() -> {
                        if (!ended) {
                            LOG.warn("{}: closes though something in hand has not ended", name);
                            finish();
                        }
                    }));
            if (timer != null) {
                timer.cancel();
                timer = null;
                finish();
            } else if (poll != null) {
                poll.cancel(true);
            }
        });
        return closed.copy();
    }

    private void finish() {
        ended = true;
        letGo(settings.deleteScaleSetOnClose(), () -> {
            client.stop();
            reports.state(SourceState.CLOSED, "closed");
        });
    }

    /** Ends the session, and the scale set if asked, as far as the service answers in time. */
    private void letGo(boolean deleteSet, Runnable then) {
        ScaleSetSession current = session;
        session = null;
        ScaleSet set = scaleSet.get();
        CompletionStage<Void> gone = current == null ? CompletableFuture.completedStage(null) : sessions.end(current);
        if (deleteSet && set != null) {
            gone = gone.thenCompose(done -> client.deleteScaleSet(set.id()));
        }
        Stages.onEnd(Stages.within(CLOSE_PATIENCE, scheduler, "no answer", gone), (done, failure) -> {
            if (failure != null) {
                LOG.warn("{}: closed, but not all could be ended: {}", name, failure.getMessage());
            }
            try {
                then.run();
            } finally {
                closed.complete(null);
            }
        });
    }
}
