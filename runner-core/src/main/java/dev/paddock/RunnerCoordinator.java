package dev.paddock;

import dev.paddock.event.FleetEvent;
import dev.paddock.internal.engine.Coordinator;
import dev.paddock.internal.engine.FleetSettings;
import dev.paddock.metrics.FleetMetrics;
import dev.paddock.scaling.Decision;
import dev.paddock.scaling.FleetSharing;
import dev.paddock.scaling.ScalingPolicy;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.PriceCatalog;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a fleet of runners in step with the jobs there are: listens to its pools' sources, decides how many runners
 * each should have, makes and removes them, and tells what it does.
 *
 * <p>Thread-safe. Owned by whoever started it, who closes it. It never closes what the caller made: a scheduler, an
 * HTTP client.
 */
public interface RunnerCoordinator extends AutoCloseable {
    /**
     * Begins a fleet of one pool, named {@code default}. {@link Builder#maxRunners}, {@link Builder#minIdle},
     * {@link Builder#idleTimeout}, {@link Builder#profile} and {@link Builder#policy} set that pool.
     *
     * @param jobs where jobs come from
     * @param machines where runners run
     * @return a builder
     */
    static Builder builder(JobSource jobs, RunnerProvider machines) {
        return new Builder(RunnerPool.builder("default", jobs, machines));
    }

    /**
     * Begins a fleet of pools given by {@link Builder#addPool}.
     *
     * @return a builder
     */
    static Builder builder() {
        return new Builder(null);
    }

    /**
     * The fleet as it is now. Cheap when nothing changed.
     *
     * @return the snapshot
     */
    FleetSnapshot snapshot();

    /**
     * What the fleet has counted and measured. {@link FleetMetrics#toPrometheus()} is its text for Prometheus.
     *
     * @return the metrics as they are now
     */
    FleetMetrics metrics();

    /**
     * The last decisions, at most {@value dev.paddock.scaling.Decision#REMEMBERED}.
     *
     * @return the oldest first
     */
    List<Decision> decisions();

    /**
     * Explains why a pool has the runners it has, and not more or fewer.
     *
     * @param pool the pool's name
     * @return the explanation
     * @throws IllegalArgumentException if there is no such pool
     */
    Explanation.OfPool explain(String pool);

    /**
     * Explains where a job is, and why it does not run yet. The last 8 192 jobs heard of are known; of tasks of the
     * host's those that wait or are held, by {@code new JobKey(taskId, 0)}.
     *
     * @param job the job; with an empty {@code jobId} or a {@code requestId} of 0 the other id decides
     * @return the explanation, which may be that the job is not known
     */
    Explanation.OfJob explain(JobKey job);

    /**
     * Explains what a runner does, since when and why. Those alive are known, and the last 1 024 that are gone.
     *
     * @param runner the runner
     * @return the explanation, which may be that the runner is not known
     */
    Explanation.OfRunner explain(RunnerId runner);

    /**
     * Changes a pool while the fleet runs: its bounds, its policy, its labels; pauses and resumes it.
     *
     * @param name the pool's name; {@code default} for the one of {@link #builder(JobSource, RunnerProvider)}
     * @return its controls
     * @throws IllegalArgumentException if there is no such pool
     */
    PoolControl pool(String name);

    /**
     * Gives a task to a runner, now or once one is free; the pools grow for tasks that wait as they do for jobs. The
     * runner is one of a pool whose source is {@link JobSource#hostTasks(String...)}: of the profile asked for if one
     * is free, else the least capable that has what the task needs; of these the one whose GPU has most free memory,
     * ties by the GPU's UUID, then by the runner's name. Of tasks that wait, the highest priority comes first, to which
     * each 30 s of waiting add one; a task for which no runner is free holds up none behind it.
     *
     * <p>No runner holds two tasks. Tasks that wait are not remembered over a restart; those that runners hold are, see
     * {@link #assignments()}.
     *
     * @param task the task
     * @return completes when the runner holds the task and the journal knows; fails with a
     *     {@link dev.paddock.error.TaskException} if no pool fits (its message names what is missing), if it has waited
     *     for its timeout or was cancelled, if a task with its id waits already, if 100 000 tasks wait, and if the fleet
     *     drains or closes. Cancelling the stage cancels nothing. It may complete on the thread of this call; one that
     *     gives the next task when a task is assigned should do so on an executor, or a long chain fills its stack
     * @throws dev.paddock.error.TaskException if no pool of the fleet takes tasks
     */
    CompletionStage<Assignment> assign(Task task);

    /**
     * As {@link #assign}, but waits for no runner. Returns once the journal knows: at once with one in memory; with a
     * durable one it waits for it, so from a thread that must not wait, or that drives a virtual time, use
     * {@link #assign}.
     *
     * @param task the task; its priority and timeout do not matter
     * @return empty if no fitting runner is free
     * @throws dev.paddock.error.TaskException if no pool of the fleet takes tasks or fits, if the fleet drains or
     *     closes, or if its inbox is full
     * @throws dev.paddock.error.JournalException if the journal cannot be written; the fleet ends
     */
    Optional<Assignment> tryAssign(Task task);

    /**
     * Says that a task has ended, so that its runner may hold another. A lease: what it answers concerns this
     * assignment only, so a late or doubled call ends no other task. Waits for a durable journal as {@link #tryAssign}
     * does.
     *
     * @param assignment as assigned, or as listed after a restart
     * @param outcome how it ended
     * @return what came of it
     * @throws dev.paddock.error.TaskException if the fleet has ended or its inbox is full; nothing was changed
     * @throws dev.paddock.error.JournalException if the journal cannot be written; the fleet ends
     */
    Completion complete(Assignment assignment, Outcome outcome);

    /**
     * As {@link #complete}, without waiting.
     *
     * @param assignment as assigned, or as listed after a restart
     * @param outcome how it ended
     * @return completes once the journal knows; fails with what {@link #complete} throws
     */
    CompletionStage<Completion> completeAsync(Assignment assignment, Outcome outcome);

    /**
     * Cancels a task that waits for a runner; its stage fails with a {@link dev.paddock.error.TaskException}. One that a
     * runner holds goes on: end it, and {@link #complete} it with {@link Outcome#cancelled}.
     *
     * @param taskId the task's id
     * @return whether it waited
     */
    CompletionStage<Boolean> cancel(String taskId);

    /**
     * The tasks that runners hold now. After a restart these are the ones that earlier lives assigned, as the journal
     * remembers them; each is to be completed, by its lease's number, as if nothing had happened.
     *
     * @return in the order in which the runners were planned
     */
    List<Assignment> assignments();

    /**
     * Subscribes to all events from now on.
     *
     * @param subscriber called one event at a time, off the loop; what it throws is logged
     * @return the subscription
     */
    Subscription onEvent(Consumer<? super FleetEvent> subscriber);

    /**
     * Subscribes to events of one type from now on.
     *
     * @param type the type
     * @param subscriber called one event at a time, off the loop; what it throws is logged
     * @param <E> the type
     * @return the subscription
     */
    default <E extends FleetEvent> Subscription on(Class<E> type, Consumer<? super E> subscriber) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(subscriber, "subscriber");
        return onEvent(event -> {
            if (type.isInstance(event)) {
                subscriber.accept(type.cast(event));
            }
        });
    }

    /**
     * As {@link #drain(Duration)}, for at most {@link Builder#drainTimeout}.
     *
     * @return how it ended; never fails
     */
    CompletionStage<DrainOutcome> drain();

    /**
     * Stops taking jobs: advertises 0, retires idle runners, lets busy ones finish. The sources keep being listened
     * to. The deadline ends the waiting, whatever is left or does not answer: it ends no runner, and the fleet goes on
     * draining until it is closed or {@link #resume() resumed}. May be called again, each with a deadline of its own.
     *
     * @param deadline how long to wait, not negative
     * @return completes when no runner is left, at the deadline, or when the drain is undone; never fails
     */
    CompletionStage<DrainOutcome> drain(Duration deadline);

    /**
     * Undoes a drain: jobs are taken again. Runners that are being removed already still go. Idempotent.
     *
     * @return completes once it is undone; fails with a {@link dev.paddock.error.RefusedException} if the fleet is
     *     closing or has ended
     */
    CompletionStage<Void> resume();

    /**
     * Closes without blocking. The steps, each bounded: (1) advertise 0 and keep listening; (2) drain for at most
     * {@link Builder#drainTimeout}; (3) apply the {@link ShutdownMode} to what is left; (4) deregister and remove;
     * (5) end the sources' sessions and the providers; (6) let go of the journal; (7) end our own threads. Idempotent.
     * Subscribers are told what happened on their own thread, and may hear the last of it a moment later.
     *
     * @return completes when the fleet has let go of everything; never fails
     */
    CompletionStage<Void> closeAsync();

    /** As {@link #closeAsync()}, and waits for it. */
    @Override
    void close();

    /**
     * Waits until the coordinator has ended.
     *
     * @throws dev.paddock.error.SourceFailedException if it ended because every source gave up
     * @throws dev.paddock.error.JournalException if it ended because its journal cannot be written
     */
    void awaitTermination();

    /**
     * Completes when the coordinator has ended.
     *
     * @return fails with a {@link dev.paddock.error.SourceFailedException} if every source gave up, with a
     *     {@link dev.paddock.error.JournalException} if the journal cannot be written
     */
    CompletionStage<Void> termination();

    /** Builds and starts a coordinator. Not thread-safe; reusable. */
    final class Builder {
        private final RunnerPool.@Nullable Builder defaultPool;
        private final List<RunnerPool> pools = new ArrayList<>();
        private final List<Consumer<? super FleetEvent>> subscribers = new ArrayList<>();
        private @Nullable String fleet;
        private int maxRunnersTotal = Integer.MAX_VALUE;
        private int maxCreating = Integer.MAX_VALUE;
        private Duration stagger = Duration.ZERO;
        private Duration lookInterval = Duration.ofMinutes(1);
        private Duration drainTimeout = Duration.ofMinutes(30);
        private ShutdownMode shutdownMode = ShutdownMode.TERMINATE_IDLE;
        private @Nullable Duration closeOnShutdown;
        private @Nullable FleetJournal journal;
        private @Nullable Scheduler scheduler;
        private @Nullable FleetSharing sharing;
        private PriceCatalog prices = PriceCatalog.unknown();

        private Builder(RunnerPool.@Nullable Builder defaultPool) {
            this.defaultPool = defaultPool;
        }

        /**
         * Names the fleet: part of what is written on its machines, so it must stay the same over restarts and differ
         * from other fleets'.
         *
         * @param fleet any non-blank text; default: derived from the ids of the sources
         * @return this
         */
        public Builder fleet(String fleet) {
            if (Objects.requireNonNull(fleet, "fleet").isBlank()) {
                throw new IllegalArgumentException("a fleet's id must not be blank");
            }
            this.fleet = fleet;
            return this;
        }

        /**
         * Adds a pool.
         *
         * @param pool the pool; its name must be unique in the fleet
         * @return this
         */
        public Builder addPool(RunnerPool pool) {
            pools.add(Objects.requireNonNull(pool, "pool"));
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#maxRunners}.
         *
         * @param maxRunners at least 0; default 5
         * @return this
         */
        public Builder maxRunners(int maxRunners) {
            theDefaultPool("maxRunners").maxRunners(maxRunners);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#minIdle}.
         *
         * @param minIdle at least 0; default 0
         * @return this
         */
        public Builder minIdle(int minIdle) {
            theDefaultPool("minIdle").minIdle(minIdle);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#minTotal}.
         *
         * @param minTotal at least 0; default 0
         * @return this
         */
        public Builder minTotal(int minTotal) {
            theDefaultPool("minTotal").minTotal(minTotal);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#foreignLabels}.
         *
         * @param foreignLabels default false
         * @return this
         */
        public Builder foreignLabels(boolean foreignLabels) {
            theDefaultPool("foreignLabels").foreignLabels(foreignLabels);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#idleTimeout}.
         *
         * @param idleTimeout not negative; default 5 minutes
         * @return this
         */
        public Builder idleTimeout(Duration idleTimeout) {
            theDefaultPool("idleTimeout").idleTimeout(idleTimeout);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#maxLifetime}.
         *
         * @param maxLifetime from one minute to 365 days; default: no limit
         * @return this
         */
        public Builder maxLifetime(Duration maxLifetime) {
            theDefaultPool("maxLifetime").maxLifetime(maxLifetime);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#profile}.
         *
         * @param profile what each runner needs
         * @return this
         */
        public Builder profile(RunnerProfile profile) {
            theDefaultPool("profile").profile(profile);
            return this;
        }

        /**
         * Sets the default pool's {@link RunnerPool.Builder#policy}.
         *
         * @param policy how many runners there should be
         * @return this
         */
        public Builder policy(ScalingPolicy policy) {
            theDefaultPool("policy").policy(policy);
            return this;
        }

        private RunnerPool.Builder theDefaultPool(String setting) {
            if (defaultPool == null) {
                throw new IllegalStateException(setting + " sets the default pool, and this fleet has none: set it on"
                        + " the RunnerPool given to addPool, or begin with builder(jobs, machines)");
            }
            return defaultPool;
        }

        /**
         * Caps the runners of all pools together.
         *
         * @param maxRunnersTotal at least 1; default: no cap but the pools' own
         * @return this
         */
        public Builder maxRunnersTotal(int maxRunnersTotal) {
            if (maxRunnersTotal < 1) {
                throw new IllegalArgumentException("maxRunnersTotal must be at least 1: " + maxRunnersTotal);
            }
            this.maxRunnersTotal = maxRunnersTotal;
            return this;
        }

        /**
         * Limits how many runners of all pools are being registered and made at once, beside what each provider allows.
         * Those that wait for it are made as soon as others are done. How each came out is told by itself: one that
         * fails is a {@link dev.paddock.event.ProvisioningFailed}, and holds up no other.
         *
         * @param maxCreating at least 1; default: no limit but the providers' own
         * @return this
         */
        public Builder maxCreating(int maxCreating) {
            if (maxCreating < 1) {
                throw new IllegalArgumentException("maxCreating must be at least 1: " + maxCreating);
            }
            this.maxCreating = maxCreating;
            return this;
        }

        /**
         * Makes runners one after another: between two registrations, whatever their pools, at least this time passes.
         * For a rate rather than a gap see {@link ScalingPolicy#createRate}.
         *
         * @param stagger at most an hour; default 0, all at once
         * @return this
         */
        public Builder stagger(Duration stagger) {
            if (Objects.requireNonNull(stagger, "stagger").isNegative() || stagger.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("stagger must be from 0 to 1 h: " + stagger);
            }
            this.stagger = stagger;
            return this;
        }

        /**
         * Sets how often sources and providers are asked for all that is there, which is compared with what is believed:
         * runners that ended unseen, machines and registrations that nobody owns. Each look is a call of each source and
         * of each provider.
         *
         * @param lookInterval from a second to an hour; default a minute
         * @return this
         */
        public Builder lookInterval(Duration lookInterval) {
            if (Objects.requireNonNull(lookInterval, "lookInterval").compareTo(Duration.ofSeconds(1)) < 0
                    || lookInterval.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("lookInterval must be from 1 s to 1 h: " + lookInterval);
            }
            this.lookInterval = lookInterval;
            return this;
        }

        /**
         * Sets how pools share what is free in the fleet when they want more than that.
         *
         * @param sharing default: first come, first served, and what is advertised is dealt out evenly
         * @return this
         */
        public Builder sharing(FleetSharing sharing) {
            this.sharing = Objects.requireNonNull(sharing, "sharing");
            return this;
        }

        /**
         * Sets what runners cost, for the policies that reckon with it.
         *
         * @param prices asked once for each pool when the fleet starts; default {@link PriceCatalog#unknown()}
         * @return this
         */
        public Builder prices(PriceCatalog prices) {
            this.prices = Objects.requireNonNull(prices, "prices");
            return this;
        }

        /**
         * Sets how long closing waits for busy runners.
         *
         * @param drainTimeout not negative; default 30 minutes
         * @return this
         */
        public Builder drainTimeout(Duration drainTimeout) {
            if (Objects.requireNonNull(drainTimeout, "drainTimeout").isNegative()) {
                throw new IllegalArgumentException("drainTimeout must not be negative: " + drainTimeout);
            }
            this.drainTimeout = drainTimeout;
            return this;
        }

        /**
         * Sets what closing does with runners that are left after the drain.
         *
         * @param shutdownMode the mode; default {@link ShutdownMode#TERMINATE_IDLE}
         * @return this
         */
        public Builder shutdownMode(ShutdownMode shutdownMode) {
            this.shutdownMode = Objects.requireNonNull(shutdownMode, "shutdownMode");
            return this;
        }

        /**
         * Closes the fleet when the JVM is asked to end, as by SIGTERM, and holds the JVM up for at most that long.
         * The steps of closing are cut to fit: an eighth for removals, a quarter for letting go, the rest, but for a
         * tenth to spare, for the drain.
         *
         * @param bound more than zero, at most a day; give less than the time after which the JVM is killed: systemd
         *     allows 90 s, Kubernetes 30 s. Default: no hook
         * @return this
         */
        public Builder closeOnShutdown(Duration bound) {
            if (bound.isNegative() || bound.isZero() || bound.compareTo(Duration.ofDays(1)) > 0) {
                throw new IllegalArgumentException(
                        "closeOnShutdown must be more than zero and at most a day: " + bound);
            }
            this.closeOnShutdown = bound;
            return this;
        }

        /**
         * Sets what the fleet remembers across restarts.
         *
         * @param journal the journal; default a new {@link FleetJournal#inMemory()}
         * @return this
         */
        public Builder journal(FleetJournal journal) {
            this.journal = Objects.requireNonNull(journal, "journal");
            return this;
        }

        /**
         * Sets the time the fleet lives in. It stays the caller's.
         *
         * @param scheduler the scheduler; default a {@link Scheduler#system(String)} of the fleet's own
         * @return this
         */
        public Builder scheduler(Scheduler scheduler) {
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
            return this;
        }

        /**
         * Subscribes to all events, from the first.
         *
         * @param subscriber called one event at a time, off the loop
         * @return this
         */
        public Builder onEvent(Consumer<? super FleetEvent> subscriber) {
            subscribers.add(Objects.requireNonNull(subscriber, "subscriber"));
            return this;
        }

        /**
         * Subscribes to events of one type, from the first.
         *
         * @param type the type
         * @param subscriber called one event at a time, off the loop
         * @param <E> the type
         * @return this
         */
        public <E extends FleetEvent> Builder on(Class<E> type, Consumer<? super E> subscriber) {
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(subscriber, "subscriber");
            return onEvent(event -> {
                if (type.isInstance(event)) {
                    subscriber.accept(type.cast(event));
                }
            });
        }

        /**
         * Starts the fleet: claims the journal, opens the providers and the sources. Returns once that is done;
         * connecting goes on in the background and is reported as events.
         *
         * @return the running coordinator, to be closed by the caller
         * @throws IllegalStateException naming every contradiction in the settings
         * @throws dev.paddock.error.RunnerException if the journal or a provider cannot be opened; nothing is left
         *     behind
         */
        public RunnerCoordinator start() {
            List<RunnerPool> all = new ArrayList<>();
            List<String> problems = new ArrayList<>();
            if (defaultPool != null) {
                problems.addAll(defaultPool.problems());
                all.add(defaultPool.unchecked());
            }
            all.addAll(pools);
            return Coordinator.start(
                    FleetSettings.of(
                            problems,
                            fleet,
                            all,
                            maxRunnersTotal,
                            new FleetSettings.Pace(maxCreating, stagger, lookInterval),
                            drainTimeout,
                            shutdownMode,
                            subscribers,
                            sharing,
                            prices),
                    journal != null ? journal : FleetJournal.inMemory(),
                    scheduler,
                    closeOnShutdown);
        }
    }
}
