package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.Explanation;
import dev.paddock.FleetSnapshot;
import dev.paddock.JobKey;
import dev.paddock.PoolControl;
import dev.paddock.RunnerCoordinator;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.Subscription;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ExtensionEvent;
import dev.paddock.event.FleetEvent;
import dev.paddock.internal.journal.LiveEntries;
import dev.paddock.metrics.FleetMetrics;
import dev.paddock.metrics.Metric;
import dev.paddock.scaling.Decision;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.FleetJournal;
import dev.paddock.spi.ProviderContext;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SourceState;
import dev.paddock.spi.SystemScheduler;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import java.time.Duration;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The public face of the loop: turns calls from other threads into messages. */
public final class Coordinator implements RunnerCoordinator {
    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);

    private final FleetLoop loop;
    private final AtomicReference<@Nullable FleetSnapshot> lastSnapshot = new AtomicReference<>();
    private final CompletableFuture<Void> termination = new CompletableFuture<>();

    private Coordinator(FleetLoop loop, @Nullable SystemScheduler ownScheduler) {
        this.loop = loop;
        loop.closing.terminated().whenComplete((done, failure) -> {
            if (failure == null) {
                termination.complete(null);
            } else {
                termination.completeExceptionally(failure);
            }
            if (ownScheduler != null) {
                ownScheduler.close();
            }
        });
    }

    /** Opens everything and starts the loop; on failure nothing is left open. */
    public static RunnerCoordinator start(
            FleetSettings settings,
            FleetJournal journal,
            @Nullable Scheduler given,
            @Nullable Duration closeOnShutdown) {
        SystemScheduler own = given == null ? Scheduler.system(new Identity(settings.fleet()).fleetPart()) : null;
        Scheduler scheduler = given != null ? given : Objects.requireNonNull(own);
        FleetJournal.@Nullable Session session = null;
        FleetLoop loop = null;
        try {
            session = journal.open(settings.fleet(), scheduler);
            loop = new FleetLoop(settings, scheduler, session);
            var coordinator = new Coordinator(loop, own);
            coordinator.open();
            if (closeOnShutdown != null) {
                ShutdownHook.install(
                        loop.fleet,
                        closeOnShutdown,
                        coordinator::closeWithin,
                        coordinator.termination,
                        scheduler.events());
            }
            return coordinator;
        } catch (Throwable failure) {
            if (loop != null) {
                loop.providers.forEach(provider -> letGo(provider.session::close, failure));
            }
            if (session != null) {
                letGo(session::close, failure);
            }
            if (own != null) {
                own.close();
            }
            throw failure;
        }
    }

    /** After a failed start: what cannot be closed either must not keep the others from being. */
    private static void letGo(Runnable close, Throwable failed) {
        try {
            close.run();
        } catch (Throwable another) {
            if (!another.equals(failed)) {
                failed.addSuppressed(another);
            }
        }
    }

    private void open() {
        CompletionStage<Void> journalLost = Objects.requireNonNull(loop.journal.lost(), "the journal's lost()");
        IdentityHashMap<RunnerProvider, ProviderState> opened = new IdentityHashMap<>();
        for (RunnerPool pool : loop.settings.pools()) {
            ProviderState provider = opened.get(pool.machines());
            if (provider == null) {
                provider = opened(pool.machines().open(new Machines()));
                opened.put(pool.machines(), provider);
                loop.providers.add(provider);
            }
            loop.pools.add(new PoolState(pool, provider, loop.settings.prices().pricePerHour(pool.name())));
        }
        loop.settings.subscribers().forEach(loop.hub::subscribe);
        LOG.info(
                "{}: starts, epoch {}, pools {}, maxRunnersTotal {}",
                loop.fleet,
                loop.journal.epoch(),
                loop.settings.pools(),
                loop.settings.maxRunnersTotal());
        var attached = new CompletableFuture<Void>();
        loop.section.post(() -> attach(attached));
        try {
            attached.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof Error error) {
                throw error;
            }
            throw failure.getCause() instanceof RuntimeException known ? known : failure;
        }
        journalLost.whenComplete((done, failure) -> {
            if (failure != null) {
                loop.section.post(() -> loop.closing.journalLost(failure));
            }
        });
    }

    private static ProviderState opened(RunnerProvider.Session session) {
        try {
            return new ProviderState(session);
        } catch (Throwable failure) {
            letGo(session::close, failure);
            throw failure;
        }
    }

    private void attach(CompletableFuture<Void> attached) {
        try {
            LiveEntries notes = LiveEntries.of(loop.journal.recovered());
            loop.lookout.recover();
            for (PoolState pool : loop.pools) {
                pool.attachment = pool.hosts
                        ? loop.tasks.attach(pool)
                        : pool.settings
                                .jobs()
                                .open(
                                        update -> accept(pool, update),
                                        new PoolSource(loop, pool, notes.note(pool.name)));
            }
            loop.tasks.recover();
            loop.lookout.start();
            loop.pools.stream().filter(pool -> pool.hosts).forEach(this::connectHostTasks);
            loop.section.afterwards(() -> attached.complete(null));
        } catch (Throwable failure) {
            loop.end();
            loop.pools.forEach(pool -> {
                if (pool.attachment != null) {
                    letGo(pool.attachment::close, failure);
                }
            });
            loop.section.afterwards(() -> attached.completeExceptionally(failure));
        }
    }

    private void connectHostTasks(PoolState pool) {
        pool.counted = true;
        PoolSource.moved(loop, pool, SourceState.CONNECTED, "tasks of the host");
    }

    // ---- called by others ----------------------------------------------------------------------------------

    private CompletionStage<Void> accept(PoolState pool, DemandUpdate update) {
        Objects.requireNonNull(update, "update");
        var applied = new CompletableFuture<Void>();
        boolean taken = loop.section.offer(() -> {
            if (loop.hasEnded()) {
                loop.section.afterwards(() -> applied.completeExceptionally(over()));
                return;
            }
            try {
                loop.intake.apply(pool, update);
            } catch (Throwable failure) {
                loop.section.afterwards(() -> applied.completeExceptionally(failure));
                throw failure;
            }
            loop.section.post(() -> whenJournalled(applied));
        });
        return taken ? applied : CompletableFuture.failedFuture(overloaded());
    }

    /** Runs after the update's own reconciliation, so the intents it caused are covered. */
    private void whenJournalled(CompletableFuture<Void> applied) {
        CompletionStage<Void> journalled = loop.records.durable();
        loop.section.afterwards(() -> journalled.whenComplete((done, failure) -> {
            if (failure == null) {
                applied.complete(null);
            } else {
                applied.completeExceptionally(failure);
            }
        }));
    }

    private static RunnerException over() {
        return new RunnerException("the fleet has ended and takes no more updates", false, null);
    }

    private static RunnerException overloaded() {
        return new RunnerException(
                "the fleet's inbox is full (" + SerialSection.CAPACITY + " messages); deliver again later", true, null);
    }

    private final class Machines implements ProviderContext {
        @Override
        public String fleet() {
            return loop.fleet;
        }

        @Override
        public long epoch() {
            return loop.journal.epoch();
        }

        @Override
        public Scheduler scheduler() {
            return loop.scheduler;
        }

        @Override
        public void observe(RunnerObservation observation) {
            Objects.requireNonNull(observation, "observation");
            loop.section.post(() -> {
                if (!loop.hasEnded()) {
                    loop.intake.apply(observation);
                }
            });
        }

        @Override
        public void publish(ExtensionEvent event) {
            extension(event);
        }
    }

    private void extension(ExtensionEvent event) {
        Objects.requireNonNull(event, "event");
        loop.section.post(() -> loop.publish(event));
    }

    // ---- the public interface ------------------------------------------------------------------------------

    @Override
    public FleetSnapshot snapshot() {
        return loop.section.ask(this::current);
    }

    private FleetSnapshot current() {
        FleetSnapshot last = lastSnapshot.get();
        if (last == null || last.version() != loop.book.version()) {
            last = loop.snapshot();
            lastSnapshot.set(last);
        }
        return last;
    }

    @Override
    public CompletionStage<Assignment> assign(Task task) {
        return loop.taskCalls.assign(task);
    }

    @Override
    public Optional<Assignment> tryAssign(Task task) {
        return loop.taskCalls.tryAssign(task);
    }

    @Override
    public Completion complete(Assignment assignment, Outcome outcome) {
        return loop.taskCalls.complete(assignment, outcome);
    }

    @Override
    public CompletionStage<Completion> completeAsync(Assignment assignment, Outcome outcome) {
        return loop.taskCalls.completeAsync(assignment, outcome);
    }

    @Override
    public CompletionStage<Boolean> cancel(String taskId) {
        return loop.taskCalls.cancel(taskId);
    }

    @Override
    public List<Assignment> assignments() {
        return loop.taskCalls.assignments();
    }

    @Override
    public Subscription onEvent(Consumer<? super FleetEvent> subscriber) {
        return loop.hub.subscribe(Objects.requireNonNull(subscriber, "subscriber"));
    }

    @Override
    public FleetMetrics metrics() {
        MetricsReport.Facts facts = loop.section.ask(loop::facts);
        Map<String, Collection<Metric>> bySource = new LinkedHashMap<>();
        for (PoolState pool : loop.pools) {
            var attachment = loop.section.ask(() -> Optional.ofNullable(pool.attachment));
            try {
                attachment.ifPresent(source -> bySource.put(pool.name, List.copyOf(source.metrics())));
            } catch (RuntimeException failure) {
                LOG.warn("{}: the source of pool {} cannot tell its metrics", loop.fleet, pool.name, failure);
            }
        }
        return MetricsReport.of(facts, bySource);
    }

    @Override
    public List<Decision> decisions() {
        return loop.section.ask(loop.decisionLog::all);
    }

    @Override
    public Explanation.OfPool explain(String pool) {
        PoolState known = known(pool);
        return loop.section.ask(() -> loop.explainer.pool(known));
    }

    @Override
    public Explanation.OfJob explain(JobKey job) {
        Objects.requireNonNull(job, "job");
        return loop.section.ask(() -> loop.explainer.job(job));
    }

    @Override
    public Explanation.OfRunner explain(RunnerId runner) {
        Objects.requireNonNull(runner, "runner");
        return loop.section.ask(() -> loop.explainer.runner(runner));
    }

    @Override
    public PoolControl pool(String name) {
        return new PoolControls(loop, known(name));
    }

    /** The pools are the same as long as the fleet lives, so any thread may look. */
    private PoolState known(String name) {
        PoolState pool = loop.pool(Objects.requireNonNull(name, "name"));
        if (pool == null) {
            throw new IllegalArgumentException("this fleet has no pool \"" + name + "\", but "
                    + loop.pools.stream().map(each -> each.name).toList());
        }
        return pool;
    }

    @Override
    public CompletionStage<DrainOutcome> drain() {
        return drain(loop.settings.drainTimeout());
    }

    @Override
    public CompletionStage<DrainOutcome> drain(Duration deadline) {
        if (Objects.requireNonNull(deadline, "deadline").isNegative()) {
            throw new IllegalArgumentException("a drain's deadline must not be negative: " + deadline);
        }
        var done = new CompletableFuture<DrainOutcome>();
        loop.section.post(() -> {
            if (ended()) {
                loop.section.afterwards(() -> done.complete(DrainOutcome.CLOSED));
            } else {
                loop.closing.drain(deadline, done);
            }
        });
        return done;
    }

    @Override
    public CompletionStage<Void> resume() {
        var done = new CompletableFuture<Void>();
        loop.section.post(() -> loop.closing.resume(done));
        return done;
    }

    private void closeWithin(Duration bound) {
        loop.section.post(() -> {
            if (!ended()) {
                loop.closing.close(bound);
            }
        });
    }

    private boolean ended() {
        return loop.state() == CoordinatorState.STOPPED || loop.state() == CoordinatorState.FAILED;
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        loop.section.post(() -> {
            if (!ended()) {
                loop.closing.close();
            }
        });
        return termination.handle((done, failure) -> null);
    }

    @Override
    public void close() {
        closeAsync().toCompletableFuture().join();
    }

    @Override
    public void awaitTermination() {
        try {
            termination.join();
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof RunnerException known ? known : failure;
        }
    }

    @Override
    public CompletionStage<Void> termination() {
        return termination.copy();
    }

    @Override
    public String toString() {
        return "RunnerCoordinator[" + loop.fleet + "]";
    }
}
