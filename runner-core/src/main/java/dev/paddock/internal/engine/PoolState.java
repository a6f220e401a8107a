package dev.paddock.internal.engine;

import dev.paddock.FleetSnapshot;
import dev.paddock.Health;
import dev.paddock.JobKey;
import dev.paddock.PoolSettings;
import dev.paddock.RunnerId;
import dev.paddock.RunnerPool;
import dev.paddock.RunnerState;
import dev.paddock.event.CreationsFailing;
import dev.paddock.event.JobOverdue;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.metrics.Availability;
import dev.paddock.scaling.Decision;
import dev.paddock.scaling.PoolView;
import dev.paddock.scaling.Target;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JobStatistics;
import dev.paddock.spi.Room;
import dev.paddock.spi.SourceState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the loop knows of one pool. Confined to the serial section. */
final class PoolState {
    private static final Logger LOG = LoggerFactory.getLogger(PoolState.class);
    private static final int REMEMBERED_EVENTS = 8192;

    final RunnerPool settings;
    /** What of the settings may change; replaced as a whole. */
    PoolSettings rules;

    final String name;
    final ProviderState provider;
    /** What of the provider it may have, with pools that are like it. */
    final ProviderState.SharedRoom shared;

    JobSource.@Nullable Attachment attachment;
    JobStatistics statistics = JobStatistics.NONE;
    SourceState source = SourceState.CONNECTING;
    String sourceDetail = "";
    int advertised = -1;
    /** Its source is being told. */
    boolean advertising;

    long completed;
    /** Whether the source has been connected once. */
    boolean connected;
    /** Whether it has told its counters once. */
    boolean counted;

    /** Since when the counters say that jobs wait; null if none does. Nothing is decided from it. */
    @Nullable
    Instant waitingSince;

    final PhantomDemand phantoms = new PhantomDemand();
    final PoolMemory memory = new PoolMemory();
    /** What a runner costs an hour, if known. */
    final Optional<BigDecimal> price;
    /** What the policy wanted when it was last asked. */
    Target target = new Target(0, "");
    /** Bursts of failed creations since a runner connected, and what was said of the last ones. */
    int failures;

    final ArrayDeque<String> failureEvidence = new ArrayDeque<>();
    /** Bursts of idle runners lost since one took a job. */
    int losses;

    TimerHeap.@Nullable Timeout backoff;
    /** Whether {@code backoff} is after a creation that failed; otherwise it is after a loss. */
    boolean waitsAfterFailure;
    /** What its provider could still make when it was last asked. */
    int room;
    /** What bounds it, in the words of its provider; empty if it could not tell. */
    String roomReason = "";

    /** Its policy, or its provider asked for room, has failed; said once. */
    boolean policyFails;

    boolean roomFails;
    /** When {@code backoff} ends. */
    Instant backoffUntil = Instant.MIN;

    TimerHeap.@Nullable Timeout recheck;

    @Nullable
    Decision lastDecision;

    boolean dirty = true;
    boolean attachmentClosed;

    private final int[] counts = new int[RunnerState.values().length];
    /** Idle runners, the longest idle first. */
    final IdleRunners idle = new IdleRunners();
    /** Runners that are older than its maxLifetime, in the order in which they became so. */
    final Map<RunnerId, RunnerEntry> aged = new LinkedHashMap<>();
    /** One of those that was wanted went, and none has connected since. */
    boolean successorOwed;
    /** Runners that ended after working and whose job's completion has not been reported yet. */
    final Map<String, TimerHeap.Timeout> unconfirmed = new LinkedHashMap<>();
    /** Those of them that an earlier life has made: it may have heard of their completions. */
    final Set<String> endedUnseen = new TreeSet<>();

    /** Jobs announced a short while ago and not started yet. */
    final Map<JobKey, TimerHeap.Timeout> announced = new LinkedHashMap<>();

    /** Jobs heard to be assigned and not to start, the longest waiting first. */
    final Map<JobKey, Instant> waiting = new LinkedHashMap<>();

    /** The last time a person was told that creations fail; null since a runner connected. */
    @Nullable
    CreationsFailing failing;

    /** Runners told to be busy for long; those that no longer are may still be here. */
    final Map<RunnerId, JobOverdue> overdue = new LinkedHashMap<>();

    final TaskMeters taskMeters = new TaskMeters();

    /** How much of the time its runners were there; null before it is first looked at. */
    @Nullable
    AvailabilityTracker availability;

    TimerHeap.@Nullable Timeout availabilityLook;
    /** When {@code availabilityLook} is due. */
    Instant availabilityLookAt = Instant.MIN;

    final PoolMeters meters = new PoolMeters();

    @Nullable
    ProvisioningFailed lastFailure;

    private final Map<String, Boolean> seenEvents = new LinkedHashMap<>(64, 0.75f, false) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED_EVENTS;
        }
    };

    /** Whether the host's tasks are its jobs; the fields below are used only then. */
    final boolean hosts;

    private final TaskChoice.Offer offer;
    /** Its idle runners, the best first. */
    final FreeRunners free = new FreeRunners();
    /** Tasks that its runners hold. */
    int held;
    /** Set while a decision is due because runners took or gave back tasks. */
    boolean settling;

    PoolState(RunnerPool settings, ProviderState provider, Optional<BigDecimal> price) {
        this.settings = settings;
        this.rules = new PoolSettings(
                settings.minIdle(), settings.maxRunners(), settings.idleTimeout(), settings.policy(), false);
        this.name = settings.name();
        this.provider = provider;
        this.shared = provider.room(settings.profile());
        this.price = price;
        this.hosts = settings.jobs() instanceof HostTaskSource;
        this.offer = new TaskChoice.Offer(
                name,
                settings.profile(),
                settings.jobs() instanceof HostTaskSource source ? source.labels() : new TreeSet<>());
    }

    TaskChoice.Offer offer() {
        return offer;
    }

    void counted(@Nullable RunnerState from, RunnerState to) {
        if (from != null) {
            counts[slot(from)]--;
        }
        counts[slot(to)]++;
        if (to == RunnerState.REMOVED) {
            counts[slot(to)] = 0;
        }
    }

    @SuppressWarnings("EnumOrdinal") // the slots live no longer than this object
    private static int slot(RunnerState state) {
        return state.ordinal();
    }

    int count(RunnerState state) {
        return counts[slot(state)];
    }

    int occupied() {
        int sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }

    int idleCount() {
        return count(RunnerState.IDLE);
    }

    /**
     * How many assigned jobs need no runner, for theirs has just ended. What an earlier life may have heard of counts
     * only as far as the source counts more running jobs than there are runners for.
     */
    int covered() {
        int sure = unconfirmed.size() - endedUnseen.size();
        int counted = Math.max(0, statistics.running() - busyCount() - sure);
        return sure + Math.min(endedUnseen.size(), counted);
    }

    int busyCount() {
        return count(RunnerState.BUSY) + count(RunnerState.RECONNECTING) + count(RunnerState.UPDATING);
    }

    int startingCount() {
        return count(RunnerState.PLANNED)
                + count(RunnerState.REGISTERING)
                + count(RunnerState.PROVISIONING)
                + count(RunnerState.STARTING)
                + count(RunnerState.ORPHANED);
    }

    int serving() {
        return startingCount() + idleCount() + busyCount();
    }

    int leaving() {
        return occupied() - serving();
    }

    /** Whether this event of this job was seen lately. */
    boolean hasSeen(String event) {
        return seenEvents.containsKey(event);
    }

    /** True the first time this event of this job is seen. */
    boolean firstTime(String event) {
        return seenEvents.put(event, Boolean.TRUE) == null;
    }

    void askRoom(String fleet) {
        try {
            Room free = provider.session.room(name, settings.profile());
            room = free.free();
            roomReason = free.reason();
            roomFails = false;
        } catch (Throwable failure) {
            room = 0;
            roomReason = "";
            if (!roomFails) {
                roomFails = true;
                LOG.error("{}: the provider of pool {} cannot tell its room", fleet, name, failure);
            }
        }
    }

    /** Whether registrations can be made. */
    boolean isReady() {
        return connected && source != SourceState.FAILED && provider.looked;
    }

    PoolView view(Instant now) {
        return new PoolView(
                name,
                rules.minIdle(),
                settings.minTotal(),
                rules.maxRunners(),
                demand(),
                phantoms.phantom(),
                startingCount(),
                idleCount(),
                busyCount(),
                leaving(),
                price,
                memory.history(now));
    }

    /** The counters without what is not believed, and with what messages prove. */
    private JobStatistics demand() {
        int believed = Math.max(0, statistics.assigned() - phantoms.phantom());
        int proven = announced.isEmpty() ? 0 : announced.size() + memory.jobs.running();
        int assigned = Math.max(believed, proven);
        return assigned == statistics.assigned()
                ? statistics
                : new JobStatistics(
                        assigned, statistics.running(), statistics.registered(), statistics.busy(), statistics.idle());
    }

    /** Since when the longest idle runner has been. */
    @Nullable
    Instant idleSince() {
        return idle.longestIdle() == null ? null : idle.longestIdle().since;
    }

    /** How many more its policy, and its wait after failures, let it have now. */
    int allowance() {
        return allowance(target);
    }

    /** The same with what its policy wants now. */
    int allowance(Target target) {
        boolean waits = backoff != null && failures > Deadlines.SHORT_WAITS;
        return waits ? 0 : Math.max(0, target.allowed() - serving());
    }

    MetricsReport.PoolFacts facts(
            Map<Health.Status, Integer> health, Availability availability, FleetSnapshot.Tasks tasks) {
        Map<RunnerState, Integer> runners = new EnumMap<>(RunnerState.class);
        for (RunnerState state : RunnerState.values()) {
            runners.put(state, count(state));
        }
        return new MetricsReport.PoolFacts(
                name,
                runners,
                health,
                rules,
                settings.profile(),
                source,
                statistics,
                phantoms.phantom(),
                failures,
                Math.max(0, advertised),
                Chronicle.oldest(this),
                availability,
                meters.copy(),
                tasks,
                taskMeters.copy());
    }

    FleetSnapshot.Pool snapshot(Availability availability, FleetSnapshot.Tasks tasks, List<JobOverdue> stillOverdue) {
        return new FleetSnapshot.Pool(
                name,
                source,
                sourceDetail,
                statistics,
                Math.max(0, advertised),
                startingCount(),
                idleCount(),
                busyCount(),
                leaving(),
                completed,
                Optional.ofNullable(lastDecision),
                phantoms.phantom(),
                rules,
                availability,
                tasks,
                Optional.ofNullable(failing),
                stillOverdue);
    }
}
