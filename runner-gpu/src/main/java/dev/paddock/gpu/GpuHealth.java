package dev.paddock.gpu;

import dev.paddock.Health;
import dev.paddock.Runner;
import dev.paddock.gpu.GpuVerdict.Level;
import dev.paddock.spi.HealthCheck;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerProvider;
import dev.paddock.spi.Scheduler;
import dev.paddock.spi.SystemScheduler;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the GPUs of this host are well. It samples them, listens to what their driver reports, and keeps a verdict for
 * each by the rules of {@link GpuRule}:
 *
 * <pre>{@code
 * var health = GpuHealth.builder(probe).expect(8).start();
 * var fleet = RunnerCoordinator.builder(jobs, health.guard(machines)).start();
 * }</pre>
 *
 * <p>{@link #guard} is all a fleet needs: no runner starts while no GPU is fit, and one whose GPU fails is drained, with
 * the reason. A {@link Level#FAIL} takes one sample where the defect is certain and three where it may pass; it ends
 * after two good samples, but one by an Xid error only by {@link #clear} or a restart of the host. No answer is never a
 * failure at once: it is {@link Level#UNKNOWN}, and a GPU of which nothing was heard for 60 s stays that until it
 * answers, whatever has happened to who asks it.
 *
 * <p>Thread-safe. Owned by who started it, who closes it; the source of GPUs is the caller's, and is not closed.
 */
public final class GpuHealth implements HealthCheck, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GpuHealth.class);
    private static final Duration INVENTORY_INTERVAL = Duration.ofMinutes(1);
    /** A driver's event queue says every few seconds that there is nothing. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);

    private final GpuSource gpus;
    private final Duration interval;
    private final @Nullable Function<? super Runner, ? extends Collection<String>> devicesOf;
    private final Consumer<? super GpuVerdict> onChange;
    private final Scheduler scheduler;
    private final @Nullable SystemScheduler ownScheduler;
    private final GpuRecord record;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final EventWatch events;

    private GpuHealth(Builder builder) {
        gpus = builder.gpus;
        interval = builder.interval;
        devicesOf = builder.devicesOf;
        onChange = builder.onChange;
        Scheduler given = builder.scheduler;
        ownScheduler = given == null ? Scheduler.system("gpu-health") : null;
        scheduler = given == null ? Objects.requireNonNull(ownScheduler) : given;
        events = new EventWatch(gpus, this::reported);
        record = new GpuRecord(builder.policy, builder.expected, builder.fsRoot, builder.stateFile);
    }

    /**
     * Starts to describe how the GPUs of this host are watched.
     *
     * @param probe finds them; stays the caller's, who closes it after this
     * @return a builder
     */
    public static Builder builder(GpuProbe probe) {
        return new Builder(probe.asSource());
    }

    /**
     * The same for GPUs that are found in another way.
     *
     * @param gpus whom to ask; stays the caller's
     * @return a builder
     */
    public static Builder builder(GpuSource gpus) {
        return new Builder(gpus);
    }

    private void start() {
        record.restore(scheduler.instant());
        tick();
    }

    private void tick() {
        if (closed.get()) {
            return;
        }
        scheduler.schedule(interval, this::tick);
        if (looking.compareAndSet(false, true)) {
            scheduler.effects().execute(this::look);
        }
        if (events.silence().compareTo(LONGEST_SILENCE) > 0) {
            record.silent(
                    "the driver's event queue has been silent for "
                            + events.silence().toSeconds() + " s",
                    scheduler.instant());
        }
        tell();
    }

    private void look() {
        try {
            Instant now = scheduler.instant();
            if (record.wantsInventory(now, INVENTORY_INTERVAL)) {
                GpuReport report = gpus.inventory();
                record.listed(report, now);
                events.follow(report);
            }
            record.sampled(gpus.sample(), scheduler.instant());
        } catch (RuntimeException | LinkageError failure) {
            LOG.error("the GPUs cannot be sampled", failure);
        } finally {
            looking.set(false);
            tell();
        }
    }

    private void reported(GpuEvent event) {
        LOG.warn(
                "GPU {} reports Xid {} {}",
                event.gpu().isEmpty() ? "(unknown)" : event.gpu(),
                event.xid(),
                event.text());
        record.reported(event, scheduler.instant());
        scheduler.journal().execute(record::save);
        tell();
        if (!closed.get() && looking.compareAndSet(false, true)) {
            scheduler.effects().execute(this::look);
        }
    }

    /** One at a time, so that who is told hears of changes in their order. */
    private synchronized void tell() {
        for (GpuVerdict verdict : record.changes(scheduler.instant())) {
            if (verdict.level() == Level.FAIL) {
                LOG.warn("GPU {} is quarantined: {}", verdict.gpu(), verdict.findings());
            } else {
                LOG.info("GPU {} is {}: {}", verdict.gpu(), verdict.level(), verdict.findings());
            }
            scheduler.events().execute(() -> {
                try {
                    onChange.accept(verdict);
                } catch (RuntimeException failure) {
                    LOG.error("who is told of GPU {} failed", verdict.gpu(), failure);
                }
            });
        }
    }

    /**
     * How each GPU is.
     *
     * @return sorted by id; one for each GPU seen so far; a last one named {@code host} if fewer are there than were to be
     *     expected, or none was seen yet, with the reason; empty until the first look, some milliseconds after the start
     */
    public List<GpuVerdict> verdicts() {
        return record.verdicts(scheduler.instant());
    }

    /**
     * How one GPU is.
     *
     * @param gpu its id
     * @return empty if it was never seen
     */
    public Optional<GpuVerdict> verdict(String gpu) {
        return verdicts().stream().filter(verdict -> verdict.gpu().equals(gpu)).findFirst();
    }

    /**
     * The GPUs that new runners may use.
     *
     * @return their ids, sorted
     */
    public List<String> schedulable() {
        return verdicts().stream()
                .filter(GpuVerdict::isSchedulable)
                .map(GpuVerdict::gpu)
                .filter(gpu -> !gpu.equals(GpuRecord.HOST))
                .toList();
    }

    /**
     * Says that a GPU is well again, as after a reset: what is still wrong with it shows in the next samples. The way
     * out of a failure by an Xid error, beside a restart of the host.
     *
     * @param gpu its id
     * @return whether it is known
     */
    public boolean clear(String gpu) {
        events.renew();
        boolean known = record.clear(Objects.requireNonNull(gpu, "gpu"), scheduler.instant());
        scheduler.journal().execute(record::save);
        tell();
        return known;
    }

    /** The worst of the GPUs the runner is bound to. */
    @Override
    public CompletionStage<Health> check(Runner runner) {
        return CompletableFuture.completedStage(devicesOf == null ? ofAll() : of(devicesOf.apply(runner)));
    }

    /** Of the GPUs that a machine is bound to, whole or in part, or of all, if its provider does not say. */
    Health of(RunnerHandle machine) {
        return devicesOf(machine).map(this::of).orElseGet(this::ofAll);
    }

    /** Empty if the machine's provider does not say. */
    static Optional<List<String>> devicesOf(RunnerHandle machine) {
        String devices = machine.data().get(RunnerHandle.DEVICES);
        return devices == null
                ? Optional.ofNullable(machine.data().get(RunnerHandle.GPU)).map(List::of)
                : Optional.of(devices.isEmpty() ? List.of() : List.of(devices.split(",")));
    }

    private Health of(Collection<String> gpus) {
        Set<String> unseen = gpus.stream().map(record::gpuOf).collect(Collectors.toCollection(TreeSet::new));
        record.inUse(List.copyOf(unseen), scheduler.instant());
        List<GpuVerdict> bound = new ArrayList<>();
        for (GpuVerdict verdict : verdicts()) {
            if (unseen.remove(verdict.gpu())) {
                bound.add(verdict);
            }
        }
        Health worst = worst(bound);
        return unseen.isEmpty() ? worst : worst.worse(Health.unknown("never seen: GPU " + String.join(", ", unseen)));
    }

    private Health ofAll() {
        List<GpuVerdict> all = gpus();
        record.inUse(all.stream().map(GpuVerdict::gpu).toList(), scheduler.instant());
        return all.isEmpty() ? Health.unknown("no GPU was seen yet") : worst(all);
    }

    /** What is said of the host counts only where no GPU was seen: that one is missing is no fault of the others. */
    private List<GpuVerdict> gpus() {
        List<GpuVerdict> all = verdicts();
        return all.size() == 1
                ? all
                : all.stream()
                        .filter(verdict -> !verdict.gpu().equals(GpuRecord.HOST))
                        .toList();
    }

    private static Health worst(List<GpuVerdict> verdicts) {
        boolean several = verdicts.size() > 1;
        Health worst = Health.healthy();
        for (GpuVerdict verdict : verdicts) {
            boolean unlinked = several
                    && verdict.findings().stream().anyMatch(finding -> finding.rule() == GpuRule.RECOVERY_DRAIN);
            Level level = unlinked ? Level.FAIL : verdict.level();
            worst = worst.worse(level.health(verdict.evidence()));
        }
        return worst;
    }

    /**
     * Why no new runner can start; empty if one can.
     *
     * @param onAll whether it would use all GPUs, so that all must be fit; else one is enough
     */
    String whyNone(boolean onAll) {
        List<GpuVerdict> all = gpus();
        if (all.isEmpty()) {
            return "no GPU was seen yet";
        }
        if (onAll ? isFit(worst(all)) : !schedulable().isEmpty()) {
            return "";
        }
        String evidence = all.stream()
                .map(GpuVerdict::evidence)
                .filter(one -> !one.isEmpty())
                .collect(Collectors.joining("; "));
        return (onAll ? "not every GPU is fit: " : "no GPU is fit: ") + evidence;
    }

    /** Whether a new runner may start where things are so. */
    static boolean isFit(Health health) {
        return health.status().compareTo(Health.Status.UNKNOWN) < 0;
    }

    /**
     * Wraps a provider of runners on this host: while no GPU is fit it has no room and makes nothing, and each of its
     * runners has, beside its own health, that of its GPUs. A machine that turns out to be on a GPU that is not fit is
     * removed before it counts. The provider says which GPUs a machine is bound to by {@link RunnerHandle#DEVICES} or
     * {@link RunnerHandle#GPU}; the machines of one that does not see all of them, and so all must be fit. Runners whose
     * profile asks for something and for no GPU are made all the same. {@link Builder#devicesOf} does not count here: it
     * is for runners that {@link #check} is asked about.
     *
     * @param machines the provider; stays the caller's
     * @return a provider for {@link dev.paddock.RunnerCoordinator#builder}
     */
    public RunnerProvider guard(RunnerProvider machines) {
        return new GuardedMachines(Objects.requireNonNull(machines, "machines"), this);
    }

    /** Stops to sample and to listen. Verdicts grow old. May be called more than once. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            events.close();
            record.save();
            if (ownScheduler != null) {
                ownScheduler.close();
            }
        }
    }

    /** Describes how GPUs are watched. Not thread-safe. */
    public static final class Builder {
        private final GpuSource gpus;
        private Duration interval = Duration.ofSeconds(5);
        private GpuHealthPolicy policy = GpuHealthPolicy.standard();
        private int expected;
        private Path fsRoot = Path.of("/");
        private @Nullable Path stateFile;
        private @Nullable Scheduler scheduler;
        private @Nullable Function<? super Runner, ? extends Collection<String>> devicesOf;
        private Consumer<? super GpuVerdict> onChange = verdict -> {};

        private Builder(GpuSource gpus) {
            this.gpus = Objects.requireNonNull(gpus, "gpus");
        }

        /**
         * How often the GPUs are sampled.
         *
         * @param interval at least 100 ms; by default 5 s
         * @return this
         */
        public Builder interval(Duration interval) {
            if (interval.compareTo(Duration.ofMillis(100)) < 0) {
                throw new IllegalArgumentException("the interval between samples must be at least 100 ms: " + interval);
            }
            this.interval = interval;
            return this;
        }

        /**
         * Which finding leads to which verdict.
         *
         * @param policy by default {@link GpuHealthPolicy#standard()}
         * @return this
         */
        public Builder policy(GpuHealthPolicy policy) {
            this.policy = Objects.requireNonNull(policy, "policy");
            return this;
        }

        /**
         * How many GPUs this host should have; fewer are a failure of the host, and the others stay schedulable.
         *
         * @param gpus at least 0; by default 0, and then only a GPU that was there before, or that the PCI bus shows,
         *     is missed
         * @return this
         */
        public Builder expect(int gpus) {
            if (gpus < 0) {
                throw new IllegalArgumentException("a host has at least 0 GPUs: " + gpus);
            }
            this.expected = gpus;
            return this;
        }

        /**
         * Which GPUs a runner is bound to.
         *
         * @param devicesOf the ids of GPUs, or of MIG devices, which are as their GPU is; none for a runner that uses
         *     no GPU; must not block. By default every runner is bound to all GPUs of the host
         * @return this
         */
        public Builder devicesOf(Function<? super Runner, ? extends Collection<String>> devicesOf) {
            this.devicesOf = Objects.requireNonNull(devicesOf, "devicesOf");
            return this;
        }

        /**
         * Whom to tell when the verdict of a GPU changes.
         *
         * @param onChange called on a thread of its own, one verdict at a time; by default nobody
         * @return this
         */
        public Builder onChange(Consumer<? super GpuVerdict> onChange) {
            this.onChange = Objects.requireNonNull(onChange, "onChange");
            return this;
        }

        /**
         * Where failures by Xid errors are kept, so that they outlive this process until the host restarts or somebody
         * clears them.
         *
         * @param stateFile a file of our own, made when it is needed; by default none
         * @return this
         */
        public Builder stateFile(Path stateFile) {
            this.stateFile = Objects.requireNonNull(stateFile, "stateFile");
            return this;
        }

        /**
         * Time and threads.
         *
         * @param scheduler stays the caller's; by default one of our own
         * @return this
         */
        public Builder scheduler(Scheduler scheduler) {
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
            return this;
        }

        /**
         * Below which {@code /proc} is looked for, for tests.
         *
         * @param fsRoot by default {@code /}
         * @return this
         */
        public Builder fsRoot(Path fsRoot) {
            this.fsRoot = Objects.requireNonNull(fsRoot, "fsRoot");
            return this;
        }

        /**
         * Begins to watch; the first look is under way when this returns.
         *
         * @return to be closed by the caller
         */
        public GpuHealth start() {
            GpuHealth health = new GpuHealth(this);
            health.start();
            return health;
        }
    }
}
