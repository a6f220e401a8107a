package dev.paddock.testkit;

import dev.paddock.Job;
import dev.paddock.JobResult;
import dev.paddock.RunnerId;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.JobSink;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RegistrationList.Presence;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SelfRegistration;
import dev.paddock.spi.SourceContext;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A source whose jobs a test makes up: it tells the fleet what the test says, keeps the registrations the fleet makes,
 * and remembers what was advertised.
 *
 * <p>Its registrations and counters belong to this object and outlive its sessions, as a service's do: a session that
 * is opened again reports that it is connected and delivers the last counters first. Thread-safe.
 */
public final class FakeJobSource implements JobSource {
    /** The calls that can be made to go wrong. */
    public enum Call {
        /** {@link JobSource.Attachment#register}. */
        REGISTER,
        /** {@link JobSource.Attachment#deregister}. */
        DEREGISTER,
        /** {@link JobSource.Attachment#list}. */
        LIST,
        /** {@link JobSource.Attachment#close}. */
        CLOSE,
        /** {@link JobSource.Attachment#relabel}. */
        RELABEL
    }

    private static final RegistrationList UNREADABLE = new RegistrationList(false, List.of());

    private final String id;
    private final @Nullable Scheduler network;
    private final FakeCalls<Call> calls = new FakeCalls<>(Call.class);
    private final Map<String, RegistrationList.Entry> registrations = new LinkedHashMap<>();
    private final Deque<Deregistration> answers = new ArrayDeque<>();
    private final List<Integer> advertised = new ArrayList<>();
    private List<String> labels = List.of();
    private JobStatistics statistics = JobStatistics.NONE;
    private boolean listsWhole = true;
    private boolean connects = true;
    private boolean persistent;
    private List<String> runnerLabels = List.of();
    private int registered;
    private @Nullable Opened session;

    private FakeJobSource(String id, @Nullable Scheduler network) {
        this.id = Objects.requireNonNull(id, "id");
        this.network = network;
    }

    /**
     * A source without jobs.
     *
     * @param id its id
     * @return the source
     */
    public static FakeJobSource of(String id) {
        return new FakeJobSource(id, null);
    }

    /**
     * A source without jobs, whose delayed calls take effect though the caller's host crashes meanwhile.
     *
     * @param id its id
     * @param network the time the service lives in
     * @return the source
     */
    public static FakeJobSource of(String id, Scheduler network) {
        return new FakeJobSource(id, Objects.requireNonNull(network, "network"));
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Attachment open(JobSink sink, SourceContext context) {
        var opened = new Opened(sink, context);
        synchronized (this) {
            session = opened;
            if (connects) {
                opened.connect(statistics);
            }
        }
        return opened;
    }

    @Override
    public synchronized List<String> runnerLabels() {
        return runnerLabels;
    }

    // ---- what the fleet is told ----------------------------------------------------------------------------

    /** Makes sessions opened from now on wait for {@link #connect()}. */
    public synchronized void doNotConnect() {
        connects = false;
    }

    /** Connects the open session, and those opened from now on. */
    public synchronized void connect() {
        connects = true;
        opened().connect(statistics);
    }

    /**
     * Delivers an update to the open session.
     *
     * @param update what is delivered; its counters are remembered for the next session
     * @return completes once the fleet has applied it; never, if its host has crashed
     */
    public synchronized CompletionStage<Void> deliver(DemandUpdate update) {
        statistics = update.statistics().orElse(statistics);
        return opened().deliver(update);
    }

    /**
     * Delivers counters and events in one update, as a service's message does.
     *
     * @param statistics the counters
     * @param events the events, in order
     * @return as {@link #deliver}
     */
    public CompletionStage<Void> message(JobStatistics statistics, JobEvent... events) {
        return deliver(new DemandUpdate(Optional.of(statistics), List.of(events)));
    }

    /**
     * Delivers counters.
     *
     * @param statistics the counters
     * @return as {@link #deliver}
     */
    public CompletionStage<Void> statistics(JobStatistics statistics) {
        return deliver(DemandUpdate.of(statistics));
    }

    /**
     * Delivers a number of assigned jobs of which none runs.
     *
     * @param assigned the jobs
     * @return as {@link #deliver}
     */
    public CompletionStage<Void> assigned(int assigned) {
        return statistics(new JobStatistics(assigned, 0, 0, 0, 0));
    }

    /**
     * Tells that jobs were assigned, without counters.
     *
     * @param jobs the jobs
     * @return as {@link #deliver}
     */
    public CompletionStage<Void> assigned(Job... jobs) {
        List<JobEvent> events = new ArrayList<>();
        Arrays.stream(jobs).map(JobEvent.Assigned::new).forEach(events::add);
        return deliver(new DemandUpdate(Optional.empty(), events));
    }

    /**
     * Tells that a runner took a job, without counters.
     *
     * @param job the job
     * @param runner the runner's name
     * @return as {@link #deliver}
     */
    public CompletionStage<Void> started(Job job, String runner) {
        return deliver(new DemandUpdate(Optional.empty(), List.of(new JobEvent.Started(job, runner))));
    }

    /**
     * Tells that a job ended, without counters.
     *
     * @param job the job
     * @param runner the runner's name; empty if it never had one
     * @param result the source's word
     * @return as {@link #deliver}
     */
    public CompletionStage<Void> completed(Job job, String runner, String result) {
        Optional<String> name = runner.isEmpty() ? Optional.empty() : Optional.of(runner);
        return deliver(
                new DemandUpdate(Optional.empty(), List.of(new JobEvent.Completed(job, name, JobResult.of(result)))));
    }

    /**
     * Reports how the source is doing.
     *
     * @param state the state
     * @param detail in words
     */
    public synchronized void state(SourceState state, String detail) {
        Opened now = opened();
        now.home.execute(() -> now.context.state(state, detail));
    }

    // ---- what the service knows ----------------------------------------------------------------------------

    /**
     * The registrations there are.
     *
     * @return in the order they were made
     */
    public synchronized List<RegistrationList.Entry> registrations() {
        return List.copyOf(registrations.values());
    }

    /**
     * The labels it was last given while it listens.
     *
     * @return empty before the first time
     */
    public synchronized List<String> labels() {
        return labels;
    }

    private synchronized List<String> relabelled(List<String> wanted) {
        labels = List.copyOf(wanted);
        return labels;
    }

    /**
     * Sets whether registrations made from now on are for runners that register themselves and take one job after
     * another. Each counts as there from the moment it was asked for.
     *
     * @param persistent the default is false
     */
    public synchronized void persistent(boolean persistent) {
        this.persistent = persistent;
    }

    /**
     * Sets the labels that its runners are said to have.
     *
     * @param labels by default none
     */
    public synchronized void runnerLabels(String... labels) {
        runnerLabels = List.of(labels);
    }

    /**
     * How many registrations were ever made.
     *
     * @return the count
     */
    public synchronized int registered() {
        return registered;
    }

    /**
     * Sets what the service knows of a runner; does nothing if it is not registered.
     *
     * @param runner the runner's name
     * @param presence whether it is connected
     * @param busy whether it runs a job: then its registration cannot be deleted
     */
    public synchronized void presence(RunnerId runner, Presence presence, boolean busy) {
        registrations.computeIfPresent(
                runner.value(), (name, old) -> new RegistrationList.Entry(name, old.id(), presence, busy));
    }

    /**
     * Makes a registration nobody asked for, as by an earlier life.
     *
     * @param runner the runner's name
     */
    public synchronized void plant(String runner) {
        enrol(runner);
    }

    /**
     * Drops a registration, as the service does when an ephemeral runner's job is over.
     *
     * @param runner the runner's name
     */
    public synchronized void forget(RunnerId runner) {
        registrations.remove(runner.value());
    }

    /**
     * The capacities advertised so far, over all sessions.
     *
     * @return the oldest first
     */
    public synchronized List<Integer> advertised() {
        return List.copyOf(advertised);
    }

    /**
     * The capacity advertised last.
     *
     * @return -1 if none was
     */
    public synchronized int capacity() {
        return advertised.isEmpty() ? -1 : advertised.get(advertised.size() - 1);
    }

    /**
     * Whether a session is open.
     *
     * @return false before the first opening and after a close
     */
    public synchronized boolean isOpen() {
        return session != null;
    }

    /**
     * How often a call was made.
     *
     * @param call which
     * @return the count
     */
    public int count(Call call) {
        return calls.count(call);
    }

    // ---- faults --------------------------------------------------------------------------------------------

    /**
     * Makes the next calls go wrong, one fault each.
     *
     * @param call which
     * @param faults in the order of the calls
     */
    public void next(Call call, CallFault... faults) {
        calls.next(call, faults);
    }

    /**
     * Makes every call go wrong for which {@link #next} has nothing.
     *
     * @param call which
     * @param fault what goes wrong; {@link CallFault#none()} ends it
     */
    public void always(Call call, CallFault fault) {
        calls.always(call, fault);
    }

    /**
     * Sets the answers to the next deregistrations; all but {@link Deregistration#GONE} change nothing.
     *
     * @param next one for each call
     */
    public synchronized void answerDeregister(Deregistration... next) {
        answers.addAll(Arrays.asList(next));
    }

    /**
     * Sets whether lists are whole; one that is not shows nothing and says that it is incomplete.
     *
     * @param whole the default is true
     */
    public synchronized void listsWhole(boolean whole) {
        listsWhole = whole;
    }

    /** Ends all faults of calls and lists. */
    public void heal() {
        calls.clear();
        synchronized (this) {
            answers.clear();
            listsWhole = true;
        }
    }

    // ---- sessions ------------------------------------------------------------------------------------------

    private Opened opened() {
        if (session == null) {
            throw new IllegalStateException("source " + id + " is not open: start a coordinator first");
        }
        return session;
    }

    private RegistrationList.Entry enrol(String runner) {
        registered++;
        var entry = new RegistrationList.Entry(runner, "r" + registered, Presence.OFFLINE, false);
        registrations.put(runner, entry);
        return entry;
    }

    private synchronized Registration make(RunnerId runner) {
        RegistrationList.Entry entry = enrol(runner.value());
        if (!persistent) {
            return Registration.of(runner, entry.id(), "secret of " + runner);
        }
        Instant now = opened().context.scheduler().instant();
        return Registration.byToken(
                runner,
                "token of " + runner,
                new SelfRegistration(
                        "http://localhost/made-up",
                        List.of("made-up"),
                        Optional.empty(),
                        "_work",
                        false,
                        false,
                        false,
                        now,
                        Optional.of(now.plus(Duration.ofHours(1)))));
    }

    private synchronized Deregistration delete(RunnerId runner) {
        RegistrationList.Entry entry = registrations.get(runner.value());
        Deregistration planned = answers.poll();
        Deregistration answer =
                planned != null ? planned : entry != null && entry.busy() ? Deregistration.BUSY : Deregistration.GONE;
        if (answer == Deregistration.GONE) {
            registrations.remove(runner.value());
        }
        return answer;
    }

    private synchronized RegistrationList listing() {
        return listsWhole ? new RegistrationList(true, List.copyOf(registrations.values())) : UNREADABLE;
    }

    private final class Opened implements Attachment {
        private final JobSink sink;
        private final SourceContext context;
        private final Outlet home;

        Opened(JobSink sink, SourceContext context) {
            this.sink = sink;
            this.context = context;
            this.home = new Outlet(context.scheduler().effects());
        }

        void connect(JobStatistics initial) {
            home.execute(() -> context.state(SourceState.CONNECTED, "made up by a test"));
            deliver(DemandUpdate.of(initial));
        }

        CompletionStage<Void> deliver(DemandUpdate update) {
            var applied = new CompletableFuture<Void>();
            home.execute(() -> sink.accept(update).whenComplete((done, failure) -> {
                if (failure != null) {
                    applied.completeExceptionally(failure);
                } else {
                    applied.complete(null);
                }
            }));
            return applied;
        }

        private Scheduler world() {
            return network != null ? network : context.scheduler();
        }

        @Override
        public void advertise(int capacity) {
            synchronized (FakeJobSource.this) {
                advertised.add(capacity);
            }
        }

        @Override
        public CompletionStage<Registration> register(RunnerId runner) {
            return calls.run(Call.REGISTER, world(), home, Duration.ZERO, () -> make(runner));
        }

        @Override
        public CompletionStage<Deregistration> deregister(RunnerId runner) {
            return calls.run(Call.DEREGISTER, world(), home, Duration.ZERO, () -> delete(runner));
        }

        @Override
        public CompletionStage<RegistrationList> list() {
            return calls.run(Call.LIST, world(), home, Duration.ZERO, FakeJobSource.this::listing);
        }

        @Override
        public CompletionStage<List<String>> relabel(List<String> wanted) {
            return calls.run(Call.RELABEL, world(), home, Duration.ZERO, () -> relabelled(wanted));
        }

        @Override
        public CompletionStage<Void> close() {
            return calls.<Boolean>run(Call.CLOSE, world(), home, Duration.ZERO, () -> {
                        synchronized (FakeJobSource.this) {
                            boolean mine = session == this;
                            session = mine ? null : session;
                            return mine;
                        }
                    })
                    .thenAccept(closed -> {});
        }
    }
}
