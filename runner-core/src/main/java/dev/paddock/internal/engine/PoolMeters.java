package dev.paddock.internal.engine;

import dev.paddock.JobResult;
import dev.paddock.RunnerState;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.scaling.Decision;
import java.time.Duration;
import java.time.Instant;

/** What is counted and measured of one pool: plain numbers. Confined to the serial section; copies are not. */
@SuppressWarnings("EnumOrdinal") // the slots live no longer than this object
final class PoolMeters {
    /** The steps to a runner that waits for jobs; the whole of it is {@link #ready}. */
    enum Phase {
        INTENT,
        REGISTER,
        PROVISION,
        START
    }

    static final int STAGES = RunnerState.values().length;
    private static final int KINDS = ProvisioningFailed.Kind.values().length;

    private final Histogram[] phases = new Histogram[Phase.values().length];
    final Histogram ready;
    final Histogram wait;
    final Histogram jobs;
    final Recent recentReady = new Recent();
    final Recent recentJobs = new Recent();
    private final long[] ended;
    private final long[] failures;
    private final long[] undoFailures;
    private final long[] decisions;
    private long planned;
    private long removed;
    private long overdue;

    PoolMeters() {
        for (int i = 0; i < phases.length; i++) {
            phases[i] = new Histogram(Histogram.SHORT);
        }
        ready = new Histogram(Histogram.SHORT);
        wait = new Histogram(Histogram.SHORT);
        jobs = new Histogram(Histogram.LONG);
        ended = new long[JobResult.Kind.values().length];
        failures = new long[STAGES * KINDS];
        undoFailures = new long[STAGES];
        decisions = new long[Decision.Bound.values().length];
    }

    private PoolMeters(PoolMeters of) {
        for (int i = 0; i < phases.length; i++) {
            phases[i] = of.phases[i].copy();
        }
        ready = of.ready.copy();
        wait = of.wait.copy();
        jobs = of.jobs.copy();
        ended = of.ended.clone();
        failures = of.failures.clone();
        undoFailures = of.undoFailures.clone();
        decisions = of.decisions.clone();
        planned = of.planned;
        removed = of.removed;
        overdue = of.overdue;
    }

    PoolMeters copy() {
        return new PoolMeters(this);
    }

    // ---- recording -----------------------------------------------------------------------------------------

    void planned(int count) {
        planned += count;
    }

    /** A runner is about to leave a state it has been in since {@code since}. */
    void left(RunnerState from, Instant since, RunnerState to, Instant createdAt, Instant now) {
        switch (from) {
            case PLANNED -> phase(Phase.INTENT, to == RunnerState.REGISTERING, since, now);
            case REGISTERING -> phase(Phase.REGISTER, to == RunnerState.PROVISIONING, since, now);
            case PROVISIONING -> {
                phase(Phase.PROVISION, to == RunnerState.STARTING || connected(to), since, now);
                ready(to, createdAt, now);
            }
            case STARTING -> {
                phase(Phase.START, connected(to), since, now);
                ready(to, createdAt, now);
            }
            default -> removed += to == RunnerState.REMOVED ? 1 : 0;
        }
    }

    private void phase(Phase phase, boolean done, Instant since, Instant now) {
        if (done) {
            phases[phase.ordinal()].record(Duration.between(since, now));
        }
    }

    private void ready(RunnerState to, Instant createdAt, Instant now) {
        if (connected(to)) {
            Duration took = Duration.between(createdAt, now);
            ready.record(took);
            recentReady.record(took);
        }
    }

    private static boolean connected(RunnerState state) {
        return state == RunnerState.IDLE || state == RunnerState.BUSY;
    }

    void waited(Duration duration) {
        wait.record(duration);
    }

    void ended(JobResult.Kind result) {
        ended[result.ordinal()]++;
    }

    void ran(Duration duration) {
        jobs.record(duration);
        recentJobs.record(duration);
    }

    void failed(RunnerState stage, ProvisioningFailed.Kind kind) {
        failures[stage.ordinal() * KINDS + kind.ordinal()]++;
    }

    void undoFailed(RunnerState stage) {
        undoFailures[stage.ordinal()]++;
    }

    void overdue() {
        overdue++;
    }

    void decided(Decision.Bound bound) {
        decisions[bound.ordinal()]++;
    }

    // ---- reading -------------------------------------------------------------------------------------------

    Histogram phase(Phase phase) {
        return phases[phase.ordinal()];
    }

    long plannedCount() {
        return planned;
    }

    long removedCount() {
        return removed;
    }

    long overdueCount() {
        return overdue;
    }

    long endedCount(JobResult.Kind result) {
        return ended[result.ordinal()];
    }

    long failedCount(RunnerState stage, ProvisioningFailed.Kind kind) {
        return failures[stage.ordinal() * KINDS + kind.ordinal()];
    }

    long undoFailedCount(RunnerState stage) {
        return undoFailures[stage.ordinal()];
    }

    long decidedCount(Decision.Bound bound) {
        return decisions[bound.ordinal()];
    }
}
