package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.Job;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.event.JobAssigned;
import dev.paddock.event.JobCompleted;
import dev.paddock.event.JobStarted;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobEvent;
import dev.paddock.spi.RunnerObservation;
import dev.paddock.spi.RunnerObservation.Kind;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What sources and providers report, applied to the state. Doing so twice changes nothing. In the serial section. */
final class DemandIntake {
    private static final Set<RunnerState> BEFORE_A_JOB = EnumSet.of(
            RunnerState.PROVISIONING,
            RunnerState.STARTING,
            RunnerState.IDLE,
            RunnerState.ORPHANED,
            RunnerState.RECONNECTING,
            RunnerState.UPDATING,
            RunnerState.DRAINING);

    private static final String WAITS = "waits for a job";

    private final FleetLoop loop;

    DemandIntake(FleetLoop loop) {
        this.loop = loop;
    }

    // ---- from a source -------------------------------------------------------------------------------------

    void apply(PoolState pool, DemandUpdate update) {
        update.statistics().ifPresent(statistics -> {
            pool.dirty |= !pool.counted || !statistics.equals(pool.statistics);
            pool.counted = true;
            pool.phantoms.counted(pool.statistics, statistics, loop.scheduler.instant());
            pool.statistics = statistics;
            loop.chronicle.counted(pool, statistics, loop.scheduler.instant());
            if (statistics.assigned() <= statistics.running()) {
                pool.waitingSince = null;
            } else if (pool.waitingSince == null) {
                pool.waitingSince = loop.scheduler.instant();
            }
            if (statistics.assigned() == 0) {
                pool.memory.jobs.noneWaits(pool.announced::containsKey);
            }
        });
        for (JobEvent event : update.events()) {
            if (event instanceof JobEvent.Assigned assigned) {
                assigned(pool, assigned.job());
            } else if (event instanceof JobEvent.Started started) {
                started(pool, started);
            } else if (event instanceof JobEvent.Completed completed) {
                completed(pool, completed);
            }
        }
    }

    private void assigned(PoolState pool, Job job) {
        if (pool.firstTime("assigned " + job.key())) {
            loop.chronicle.assigned(pool, job, loop.scheduler.instant());
            loop.publish(new JobAssigned(loop.scheduler.instant(), pool.name, job));
            pool.announced.put(job.key(), loop.timers.after(Deadlines.ANNOUNCED, () -> forget(pool, job)));
            pool.memory.jobs.waits(job);
            pool.dirty = true;
        }
    }

    private static void forget(PoolState pool, Job job) {
        TimerHeap.Timeout timeout = pool.announced.remove(job.key());
        if (timeout != null) {
            timeout.cancel();
            pool.dirty = true;
        }
    }

    private void started(PoolState pool, JobEvent.Started event) {
        Instant now = loop.scheduler.instant();
        forget(pool, event.job());
        if (pool.firstTime("started " + event.job().key() + " " + event.runner())) {
            loop.chronicle.started(pool, event.job(), event.runner(), now);
            loop.publish(new JobStarted(now, pool.name, event.job(), event.runner()));
        }
        pool.memory.jobs.over(event.job().key());
        RunnerEntry runner = find(event.runner());
        if (runner == null || event.job().key().equals(runner.completedJob)) {
            return;
        }
        if (runner.persistent && pool.hasSeen("completed " + event.job().key() + " " + event.runner())) {
            return; // told late, of a job before the one it may have now
        }
        if (runner.persistent && runner.tells && runner.state != RunnerState.BUSY) {
            return; // its job is over, as was seen
        }
        runner.job = event.job();
        runner.worked = true;
        loop.book.changed(runner);
        busy(runner, "runs " + event.job().name());
        if (runner.state.servesDemand()) {
            pool.memory.jobs.runs(event.job());
        }
    }

    private void completed(PoolState pool, JobEvent.Completed event) {
        Job job = event.job();
        String runnerName = event.runner().orElse("");
        forget(pool, job);
        pool.memory.jobs.over(job.key());
        if (pool.firstTime("completed " + job.key() + " " + runnerName)) {
            pool.completed += runnerName.isEmpty() ? 0 : 1;
            loop.chronicle.ended(pool, job, runnerName, event.result(), loop.scheduler.instant());
            loop.publish(new JobCompleted(loop.scheduler.instant(), pool.name, job, event.runner(), event.result()));
            pool.dirty = true;
        }
        loop.confirmed(pool, runnerName);
        RunnerEntry runner = find(runnerName);
        if (runner == null) {
            return;
        }
        boolean itsJob = runner.job == null || runner.job.key().equals(job.key());
        boolean perhapsAnother = runner.persistent && (!itsJob || (runner.job == null && runner.tells));
        if (!perhapsAnother) {
            runner.completedJob = job.key();
        }
        if (!itsJob) {
            return;
        }
        if (runner.persistent && runner.tells) {
            runner.job = null; // it may have another by now, and its provider tells when that is over
        } else {
            jobOver(runner, job.name() + " " + event.result());
        }
    }

    /** One that is for one job ends by itself now; a persistent one waits for the next, and is idle from this moment. */
    private void jobOver(RunnerEntry runner, String detail) {
        if (runner.persistent) {
            runner.overMeanwhile = runner.state == RunnerState.DEREGISTERING;
            // One that is updated and ends its job is there; it may never say again that it waits.
            boolean there = runner.state == RunnerState.BUSY || runner.state == RunnerState.UPDATING;
            if (there && loop.state() == CoordinatorState.DRAINING) {
                loop.lifecycle.deregister(runner, detail + ", and the fleet takes no more");
            } else if (there) {
                idle(runner, detail);
            }
            runner.worked = runner.state == RunnerState.DEREGISTERING; // then it still counts as just over
            runner.job = null;
        } else if (runner.state == RunnerState.BUSY) {
            loop.enter(runner, RunnerState.DRAINING, detail);
            loop.lifecycle.timeout(runner, runner.pool.provider.limits.finishDeadline());
        }
    }

    private @Nullable RunnerEntry find(String name) {
        if (name.isEmpty()) {
            return null;
        }
        try {
            return loop.runners.get(new RunnerId(name));
        } catch (IllegalArgumentException foreign) {
            return null;
        }
    }

    // ---- from a provider -----------------------------------------------------------------------------------

    void apply(RunnerObservation observation) {
        RunnerEntry runner = loop.runners.get(observation.runner());
        if (runner == null || runner.exited) {
            return;
        }
        if (observation.kind() != Kind.EXITED) {
            seen(runner);
        }
        if (runner.pool.hosts && (observation.kind() == Kind.WORKING || observation.kind() == Kind.JOB_DONE)) {
            return; // the host says what its tasks do
        }
        switch (observation.kind()) {
            case LISTENING -> listening(runner);
            case WORKING -> {
                runner.worked = true;
                runner.tells = true;
                runner.overMeanwhile = false;
                // Seen late, if its job is over already; if it does have another, its source will not let it go.
                if (runner.state != RunnerState.DRAINING) {
                    busy(runner, "took a job");
                }
            }
            case JOB_DONE -> {
                runner.worked = true;
                jobOver(runner, "its job is over");
            }
            case RECONNECTING -> {
                if (runner.state == RunnerState.IDLE || runner.state == RunnerState.BUSY) {
                    loop.enter(runner, RunnerState.RECONNECTING, observation.evidence());
                    loop.lifecycle.timeout(runner, Deadlines.RECONNECTING);
                }
            }
            case UPDATING -> {
                if (runner.state == RunnerState.IDLE || runner.state == RunnerState.BUSY) {
                    loop.enter(runner, RunnerState.UPDATING, observation.evidence());
                    loop.lifecycle.timeout(runner, Deadlines.UPDATING);
                }
            }
            case EXITED -> exited(runner, observation);
        }
    }

    /** Who is seen is there, whatever a list has left out and however its creation was answered. */
    private void seen(RunnerEntry runner) {
        runner.machineMissing = 0;
        if (runner.handle == null && runner.provisionAskedAt != null) {
            runner.provisionAskedAt = loop.scheduler.instant();
            runner.provisionAnswered = false;
        }
    }

    void listening(RunnerEntry runner) {
        boolean wasWorking = runner.pool.hosts ? runner.held != null : runner.worked && !runner.confirmed();
        switch (runner.state) {
            case PROVISIONING, STARTING, ORPHANED -> {
                if (runner.held != null) {
                    busy(runner, "holds a task of the host's");
                } else {
                    idle(runner, WAITS);
                }
            }
            case RECONNECTING, UPDATING -> {
                if (wasWorking) {
                    busy(runner, "connected again");
                } else {
                    idle(runner, WAITS);
                }
            }
            default -> {}
        }
    }

    private void idle(RunnerEntry runner, String detail) {
        if (runner.retired) {
            loop.lifecycle.deregister(runner, TaskDesk.RETIRED);
            return;
        }
        loop.enter(runner, RunnerState.IDLE, detail);
        loop.lifecycle.timeout(runner, Deadlines.IDLE);
        loop.setbacks.connected(runner);
    }

    /** A list of its source's has not shown a persistent runner at work; lists lag, so one is no proof. */
    void listedIdle(RunnerEntry runner) {
        if (runner.persistent && runner.state == RunnerState.BUSY && ++runner.idleInLists >= Lookout.PROOF) {
            jobOver(runner, "its source no longer lists it as busy");
        }
    }

    void busy(RunnerEntry runner, String detail) {
        if (BEFORE_A_JOB.contains(runner.state)) {
            if (runner.persistent) {
                runner.completedJob = null; // that was another
                runner.idleInLists = 0;
            }
            loop.enter(runner, RunnerState.BUSY, detail);
            loop.lifecycle.timeout(runner, Deadlines.BUSY);
            loop.setbacks.worked(runner);
        }
    }

    void exited(RunnerEntry runner, RunnerObservation observation) {
        runner.exited = true;
        boolean clean = observation.exitCode().orElse(-1) == 0;
        boolean asItShould = clean && !runner.persistent && (runner.worked || runner.state == RunnerState.DRAINING);
        String detail = "ended"
                + (observation.exitCode().isPresent()
                        ? " with exit code " + observation.exitCode().getAsInt()
                        : "")
                + (asItShould || observation.evidence().isEmpty() ? "" : ": " + observation.evidence());
        switch (runner.state) {
            case STARTING -> {
                runner.detail = detail;
                loop.lifecycle.failed(runner, RunnerState.STARTING, null);
            }
            case PROVISIONING -> runner.detail = detail; // its provider's answer is on its way, and ends it
            case ORPHANED -> loop.lifecycle.deregister(runner, detail);
            case IDLE, BUSY, RECONNECTING, UPDATING, DRAINING -> {
                // An ephemeral runner that ended cleanly after its job has deregistered itself. That its job is over
                // says no such thing of one that was killed, or of one that was to take another.
                if (asItShould) {
                    loop.lifecycle.remove(runner, detail);
                } else {
                    if (runner.state == RunnerState.IDLE && !clean) {
                        loop.setbacks.lost(runner.pool, runner.since);
                    }
                    loop.lifecycle.deregister(runner, detail);
                }
            }
            default -> {}
        }
    }
}
