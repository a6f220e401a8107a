package dev.paddock.internal.engine;

import dev.paddock.Explanation.OfRunner.Failure;
import dev.paddock.Job;
import dev.paddock.JobKey;
import dev.paddock.Runner;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.spi.Registration;
import dev.paddock.spi.RegistrationList;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.TaskLease;
import dev.paddock.task.Assignment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the loop knows of one runner. Confined to the serial section; only {@code FleetLoop} changes the state. */
final class RunnerEntry extends PositionHeap.Item {
    final RunnerId id;
    final PoolState pool;
    final Instant createdAt;
    RunnerState state;
    Instant since;
    String detail;
    SnapshotBook.@Nullable Chunk chunk;
    TimerHeap.@Nullable Timeout timeout;
    /** When its health is looked at next. */
    TimerHeap.@Nullable Timeout nextLook;

    /** When it will be older than its pool allows; null before it is added, if there is no such time, and after. */
    TimerHeap.@Nullable Timeout lifetime;
    /** It is older than its pool allows. */
    boolean aged;

    HealthRules.Known health = HealthRules.Known.nothing();
    boolean lookedAt;
    /** Since when it was busy when that was told to be long. */
    @Nullable
    Instant alertedFor;

    /** Names the effect under way; a result that carries another number is late. */
    int effect;
    /** Failures in a row of the undoing under way. */
    int failures;
    /** Where BACKOFF leads. */
    RunnerState resume = RunnerState.DEREGISTERING;

    @Nullable
    Registration registration;

    @Nullable
    RunnerHandle handle;
    /** When the provider was asked; until then nothing of it can exist outside but a registration. */
    @Nullable
    Instant provisionAskedAt;
    /** The provider has been asked, or never will be, so that its room is right without our counting. */
    boolean providerAsked;
    /** The provider's answer has come, so no request of ours is still on its way. */
    boolean provisionAnswered;

    /** It was made because another launch was late. */
    boolean hedge;

    boolean exited;
    /** It has taken a job; of a persistent runner, the one it has. */
    boolean worked;
    /** It takes one job after another. */
    boolean persistent;
    /** Its machine makes its registration, so that none is no proof while that may still come. */
    boolean registersItself;
    /** Its provider tells when it works, which is sooner and surer than what its source tells of its jobs. */
    boolean tells;
    /** Its job was over while it was being deregistered, which may be refused for just that job. */
    boolean overMeanwhile;
    /** Its source is to be asked once more when its machine is gone, and has not said yet that there is no registration. */
    boolean registrationStays;
    /** Source lists in a row that did not show it at work, though it is BUSY. */
    int idleInLists;

    /** It has connected once, so that its creation has told all it can. */
    boolean connected;

    /** The decision that made it; 0 for one of an earlier life. */
    long decision;
    /** What failed about it, the latest last; null while nothing did. */
    @Nullable
    List<Failure> troubles;

    @Nullable
    Job job;

    @Nullable
    JobKey completedJob;
    /** Provider lists in a row that did not show its machine. */
    int machineMissing;
    /** Source lists in a row that did not show its registration. */
    int registrationMissing;
    /** While ORPHANED: whether its machine lives, once a list has said. */
    @Nullable
    Boolean machineAlive;
    /** While ORPHANED: its registration, or absence, once a list has said; null before. */
    @Nullable
    @SuppressWarnings("NullableOptional")
    Optional<RegistrationList.Entry> registered;

    // ---- in a pool for the host's tasks --------------------------------------------------------------------

    /** Its neighbours in {@link IdleRunners}. */
    @Nullable
    RunnerEntry idleBefore;

    @Nullable
    RunnerEntry idleAfter;

    /** Its name's part of chance as a number of the same order. */
    final long nameBits;
    /** Its GPU, if its handle tells; and where it stands while it is free. */
    FreeRunners.@Nullable Gpu gpu;

    FreeRunners.@Nullable Group group;
    /** The task it holds. */
    @Nullable
    Assignment held;

    @Nullable
    TaskLease heldLease;

    TimerHeap.@Nullable Timeout heldTimeout;
    /** The highest lease it has had, and the one it lost. */
    long lastLease;

    long lostLease;
    /** It is given no more tasks: the host said so of it, or its task ran for too long. */
    boolean retired;
    /** It has been ready for tasks, as its provider saw or the journal knows. */
    boolean ready;
    /** What {@code timeout} was set for, when it outlasts changes of state. */
    Duration timeoutAfter = Duration.ZERO;

    RunnerEntry(RunnerId id, PoolState pool, RunnerState state, Instant now, String detail) {
        this.id = id;
        this.pool = pool;
        this.state = state;
        this.createdAt = now;
        this.since = now;
        this.detail = detail;
        this.nameBits = Identity.chanceBits(id.value());
    }

    /** Whether it may make its registration at any moment, as far as is known. */
    boolean mayRegister() {
        return registersItself && !connected && provisionAskedAt != null && (handle != null || !provisionAnswered);
    }

    boolean isOfEarlierLife() {
        return decision == 0;
    }

    boolean confirmed() {
        return completedJob != null && (job == null || completedJob.equals(job.key()));
    }

    Runner view() {
        return new Runner(
                id,
                pool.name,
                state,
                createdAt,
                since,
                Optional.ofNullable(handle).map(RunnerHandle::place),
                Optional.ofNullable(job).map(Job::key),
                lookedAt ? Optional.of(health.health()) : Optional.empty(),
                held == null ? detail : "holds task " + held.task().id());
    }
}
