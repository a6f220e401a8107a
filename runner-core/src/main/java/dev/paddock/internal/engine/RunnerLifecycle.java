package dev.paddock.internal.engine;

import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.ProvisioningException;
import dev.paddock.error.RunnerException;
import dev.paddock.event.ProvisioningFailed;
import dev.paddock.spi.Deregistration;
import dev.paddock.spi.JobSource;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.ProvisionRequest;
import dev.paddock.spi.Registration;
import dev.paddock.spi.Removal;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.RunnerObservation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes one runner from the intent to nothing left: register, provision, deregister, remove. In the serial section. */
final class RunnerLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(RunnerLifecycle.class);

    private final FleetLoop loop;

    RunnerLifecycle(FleetLoop loop) {
        this.loop = loop;
    }

    // ---- up ------------------------------------------------------------------------------------------------

    /** The last {@code hedges} of them stand in for launches that are late. */
    void create(PoolState pool, int count, int hedges) {
        if (count == 0) {
            return;
        }
        Instant now = loop.scheduler.instant();
        List<RunnerEntry> planned = new ArrayList<>();
        List<JournalEntry> intents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var runner = new RunnerEntry(newId(pool), pool, RunnerState.PLANNED, now, "wanted");
            runner.decision = loop.decisionLog.last();
            loop.add(runner);
            if (i >= count - hedges) {
                pool.memory.hedge(runner);
            }
            planned.add(runner);
            intents.add(JournalEntry.creating(runner.id, pool.name, now));
        }
        pool.meters.planned(count);
        pool.provider.creating += count;
        loop.pacing.planned(pool);
        pool.shared.notYetAsked += count;
        loop.records.append(intents, () -> planned.forEach(this::register));
    }

    private RunnerId newId(PoolState pool) {
        RunnerId id = loop.identity.newRunner(pool.name, loop.scheduler.random());
        while (loop.runners.containsKey(id)) {
            id = loop.identity.newRunner(pool.name, loop.scheduler.random());
        }
        return id;
    }

    private void register(RunnerEntry runner) {
        if (runner.state != RunnerState.PLANNED) {
            return;
        }
        if (!loop.acceptsNewRunners()) {
            creationOver(runner);
            loop.pacing.open();
            loop.enter(runner, RunnerState.DEREGISTERING, "the fleet takes no new runners");
            removed(runner, "never asked for");
            return;
        }
        loop.enter(runner, RunnerState.REGISTERING, "making its registration");
        loop.pacing.registering();
        JobSource.Attachment attachment = attachment(runner);
        loop.effects.<Registration>run(
                "registering " + runner.id,
                StateTable.of(RunnerState.REGISTERING).timeout().apply(runner.pool.provider.limits),
                () -> attachment.register(runner.id),
                (registration, failure) -> registered(runner, registration, failure),
                null);
    }

    /** Nothing but this answer, or its deadline, leads out of REGISTERING. */
    private void registered(RunnerEntry runner, @Nullable Registration registration, @Nullable Throwable failure) {
        if (registration == null) {
            failed(runner, RunnerState.REGISTERING, failure);
        } else if (!loop.acceptsNewRunners()) {
            creationOver(runner);
            deregister(runner, "the fleet takes no new runners");
        } else {
            runner.registration = registration;
            runner.persistent = registration.isPersistent();
            runner.registersItself = registration.self().isPresent();
            provision(runner, registration);
        }
    }

    private void provision(RunnerEntry runner, Registration registration) {
        runner.provisionAskedAt = loop.scheduler.instant();
        loop.enter(runner, RunnerState.PROVISIONING, "asking for a machine");
        var request = new ProvisionRequest(runner.id, runner.pool.name, runner.pool.settings.profile(), registration);
        loop.effects.<RunnerHandle>run(
                "provisioning " + runner.id,
                runner.pool.provider.limits.provisionDeadline(),
                () -> {
                    CompletionStage<RunnerHandle> answer = runner.pool.provider.session.provision(request);
                    loop.section.post(() -> asked(runner));
                    return answer;
                },
                (handle, failure) -> provisioned(runner, handle, failure),
                handle -> provisionedLate(runner, handle));
    }

    /** From here on the provider's room knows of this creation; until here we must. */
    private void asked(RunnerEntry runner) {
        if (!runner.providerAsked) {
            runner.providerAsked = true;
            ProviderState provider = runner.pool.provider;
            runner.pool.shared.notYetAsked--;
            loop.pools.forEach(pool -> pool.dirty |= pool.provider == provider);
        }
    }

    private void provisioned(RunnerEntry runner, @Nullable RunnerHandle handle, @Nullable Throwable failure) {
        runner.registration = null;
        runner.provisionAnswered = handle != null || failure instanceof ProvisioningException;
        creationOver(runner);
        if (handle != null && loop.runners.get(runner.id) == runner) {
            runner.handle = handle;
            loop.tasks.placed(runner);
            loop.book.changed(runner);
            loop.records.append(
                    List.of(JournalEntry.provisioned(runner.id, runner.pool.name, loop.scheduler.instant(), handle)),
                    () -> {});
        }
        if (runner.state != RunnerState.PROVISIONING) {
            return; // it was faster than its provider's answer, or is being undone already
        }
        if (handle == null) {
            failed(runner, RunnerState.PROVISIONING, failure);
        } else if (runner.exited) {
            failed(runner, RunnerState.STARTING, null);
        } else {
            loop.enter(runner, RunnerState.STARTING, "machine at " + handle.place());
            timeout(runner, runner.pool.provider.limits.startupDeadline());
        }
    }

    private void provisionedLate(RunnerEntry runner, RunnerHandle handle) {
        runner.provisionAnswered = true;
        if (loop.runners.get(runner.id) == runner && runner.handle == null) {
            LOG.info("{}: the machine of {} appeared late, at {}", loop.fleet, runner.id, handle.place());
            runner.handle = handle;
            loop.tasks.placed(runner);
            loop.book.changed(runner);
        }
    }

    /** Gives back the places a creation holds. */
    private void creationOver(RunnerEntry runner) {
        ProviderState provider = runner.pool.provider;
        provider.creating--;
        loop.pacing.over();
        asked(runner);
        loop.pools.forEach(pool -> pool.dirty |= pool.provider == provider);
    }

    /** A runner that could not be made, or never connected. */
    void failed(RunnerEntry runner, RunnerState stage, @Nullable Throwable failure) {
        if (stage == RunnerState.REGISTERING) {
            creationOver(runner);
        }
        PoolState pool = runner.pool;
        String reason = failure == null ? runner.detail : String.valueOf(failure.getMessage());
        Duration wait = loop.setbacks.failed(pool, reason);
        LOG.warn("{}: {} failed while {}: {}; pool {} waits {}", loop.fleet, runner.id, stage, reason, pool.name, wait);
        Instant now = loop.scheduler.instant();
        ProvisioningFailed.Kind kind = kind(runner, failure);
        pool.meters.failed(stage, kind);
        pool.lastFailure = new ProvisioningFailed(now, pool.name, runner.id, stage, reason, wait, kind);
        Chronicle.failed(runner, reason, now);
        loop.publish(pool.lastFailure);
        loop.enter(runner, RunnerState.FAILED, reason);
        deregister(runner, reason);
    }

    private static ProvisioningFailed.Kind kind(RunnerEntry runner, @Nullable Throwable failure) {
        if (failure == null) {
            return runner.exited ? ProvisioningFailed.Kind.EXITED : ProvisioningFailed.Kind.NEVER_CONNECTED;
        } else if (failure instanceof Effects.NoAnswer) {
            return ProvisioningFailed.Kind.NO_ANSWER;
        }
        return failure instanceof RunnerException ? ProvisioningFailed.Kind.REFUSED : ProvisioningFailed.Kind.BUG;
    }

    /** Removes a runner that waits for jobs and is not fit for one. */
    void unfit(RunnerEntry runner, String evidence) {
        loop.setbacks.lost(runner.pool, runner.since);
        deregister(runner, "unfit: " + evidence);
    }

    // ---- down ----------------------------------------------------------------------------------------------

    /** Begins a removal; its registration goes first, since that cannot be refused once it is done. */
    void deregister(RunnerEntry runner, String why) {
        loop.enter(runner, RunnerState.DEREGISTERING, why);
        runner.overMeanwhile = false;
        int effect = runner.effect;
        JobSource.Attachment attachment = attachment(runner);
        loop.effects.<Deregistration>run(
                "deregistering " + runner.id,
                Deadlines.DEREGISTER,
                () -> attachment.deregister(runner.id),
                (answer, failure) -> deregistered(runner, effect, answer, failure, why),
                null);
    }

    private void deregistered(
            RunnerEntry runner, int effect, @Nullable Deregistration answer, @Nullable Throwable failure, String why) {
        if (runner.effect != effect) {
            return;
        }
        // A task of the host's that was held when this was answered may be over by now.
        boolean givenUp = runner.pool.hosts && answer == Deregistration.BUSY && runner.held == null;
        if (answer == Deregistration.GONE || givenUp) {
            runner.registrationStays |= runner.mayRegister();
            remove(runner, why);
        } else if (answer == Deregistration.BUSY && !runner.exited && runner.provisionAskedAt != null) {
            boolean over = runner.overMeanwhile;
            runner.pool.successorOwed = false; // if it was to go for its age, it is there nevertheless
            runner.worked = true;
            runner.idleInLists = 0;
            loop.enter(runner, RunnerState.BUSY, "it took a job as it was to be removed");
            timeout(runner, Deadlines.BUSY);
            if (over) {
                loop.intake.apply(RunnerObservation.of(runner.id, RunnerObservation.Kind.JOB_DONE, ""));
            }
        } else {
            String reason = answer == Deregistration.BUSY
                    ? "it has no machine, but its source says it is busy"
                    : failure == null ? "its source cannot say" : String.valueOf(failure.getMessage());
            backOff(runner, RunnerState.DEREGISTERING, reason, why);
        }
    }

    /**
     * Removes a runner with its job. Its registration cannot be deleted while the job is not given up, and goes with it.
     * One that nobody else would delete soon, of a persistent runner or of one that perhaps has no job, is deleted once
     * its machine is gone.
     */
    void terminate(RunnerEntry runner, String why) {
        JobSource.Attachment attachment = attachment(runner);
        runner.registrationStays = runner.persistent || runner.state != RunnerState.BUSY;
        remove(runner, why);
        loop.effects.<Deregistration>run(
                "deregistering " + runner.id,
                Deadlines.DEREGISTER,
                () -> attachment.deregister(runner.id),
                (answer, failure) -> runner.registrationStays &= answer != Deregistration.GONE,
                null);
    }

    /** Removes the machine of a runner whose registration is gone. */
    void remove(RunnerEntry runner, String why) {
        loop.enter(runner, RunnerState.REMOVING, why);
        int effect = runner.effect;
        RunnerHandle handle = runner.handle;
        if (handle != null) {
            loop.effects.<Removal>run(
                    "removing " + runner.id,
                    runner.pool.provider.limits.removeDeadline(),
                    () -> runner.pool.provider.session.remove(handle),
                    (removal, failure) -> {
                        if (runner.effect != effect) {
                            return;
                        }
                        if (removal != null) {
                            removed(runner, why);
                        } else {
                            backOff(runner, RunnerState.REMOVING, String.valueOf(failure), why);
                        }
                    },
                    null);
        } else if (runner.provisionAskedAt == null || runner.provisionAnswered) {
            removed(runner, why);
        } else {
            lookup(runner, effect, why);
        }
    }

    /** Its creation was asked for and never answered: it is looked up until it cannot appear any more. */
    private void lookup(RunnerEntry runner, int effect, String why) {
        boolean late = !mayAppear(runner);
        loop.effects.<dev.paddock.spi.Listing>run(
                "looking for " + runner.id,
                Deadlines.LIST,
                () -> runner.pool.provider.session.list(),
                (listing, failure) -> {
                    if (runner.effect != effect) {
                        return;
                    }
                    if (runner.handle == null && listing != null) {
                        listing.machines().stream()
                                .filter(machine -> machine.handle().runner().equals(runner.id))
                                .findFirst()
                                .ifPresent(machine -> runner.handle = machine.handle());
                    }
                    boolean absent = listing != null && runner.handle == null && Lookout.provesAbsent(listing, runner);
                    if (absent && (late || runner.provisionAnswered)) {
                        removed(runner, why);
                    } else {
                        backOff(runner, RunnerState.REMOVING, "its creation was never answered", why);
                    }
                },
                null);
    }

    /** Whether a machine that no list shows may still come of what was asked. */
    boolean mayAppear(RunnerEntry runner) {
        Instant asked = runner.provisionAskedAt;
        if (asked == null || runner.provisionAnswered) {
            return false;
        }
        Instant limit =
                asked.plus(runner.pool.provider.limits.provisionDeadline()).plus(Deadlines.LIMBO_LOOK);
        return !loop.scheduler.instant().isAfter(limit);
    }

    private void removed(RunnerEntry runner, String why) {
        if (runner.registrationStays) {
            forgetRegistration(runner, why);
            return;
        }
        if (runner.state == RunnerState.DEREGISTERING) {
            loop.enter(runner, RunnerState.REMOVING, why);
        }
        loop.records.append(
                List.of(JournalEntry.removed(runner.id, runner.pool.name, loop.scheduler.instant())), () -> {});
        loop.enter(runner, RunnerState.REMOVED, why);
    }

    /** Its machine is gone, so it makes no registration any more, and only its source has to give up a job it had. */
    private void forgetRegistration(RunnerEntry runner, String why) {
        runner.handle = null;
        runner.provisionAnswered = true;
        int effect = runner.effect;
        JobSource.Attachment attachment = attachment(runner);
        loop.effects.<Deregistration>run(
                "deregistering " + runner.id,
                Deadlines.DEREGISTER,
                () -> attachment.deregister(runner.id),
                (answer, failure) -> {
                    runner.registrationStays &= answer != Deregistration.GONE;
                    if (runner.effect != effect) {
                        return;
                    }
                    if (runner.registrationStays) {
                        backOff(runner, RunnerState.REMOVING, "its source keeps its registration: " + answer, why);
                    } else {
                        removed(runner, why);
                    }
                },
                null);
    }

    private void backOff(RunnerEntry runner, RunnerState resume, String reason, String why) {
        runner.failures++;
        runner.resume = resume;
        runner.pool.meters.undoFailed(resume);
        Chronicle.failed(runner, reason, loop.scheduler.instant());
        Duration wait = resume == RunnerState.REMOVING && runner.handle == null
                ? Deadlines.LIMBO_LOOK
                : Deadlines.UNDO.after(runner.failures, loop.scheduler.random());
        LOG.debug("{}: {} is asked again in {}: {}", loop.fleet, runner.id, wait, reason);
        loop.enter(runner, RunnerState.BACKOFF, reason);
        runner.timeout = loop.timers.after(wait, () -> {
            boolean perhapsRegistered = runner.mayRegister() && runner.handle != null;
            if (resume == RunnerState.REMOVING && !perhapsRegistered) {
                remove(runner, why);
            } else {
                deregister(runner, why);
            }
        });
    }

    /** The way out of IDLE and BUSY for a runner that goes from one to the other without end: set anew when due. */
    void lastingTimeout(RunnerEntry runner, Duration after) {
        if (runner.timeout != null && runner.timeoutAfter.compareTo(after) <= 0 && !runner.timeoutAfter.isZero()) {
            return;
        }
        if (runner.timeout != null) {
            runner.timeout.cancel();
        }
        runner.timeoutAfter = after;
        runner.timeout = loop.timers.after(after, () -> lastingTimeoutDue(runner));
    }

    private void lastingTimeoutDue(RunnerEntry runner) {
        runner.timeout = null;
        Duration limit = runner.state == RunnerState.BUSY ? Deadlines.BUSY : Deadlines.IDLE;
        Duration left = limit.minus(Duration.between(runner.since, loop.now()));
        if (left.isNegative() || left.isZero()) {
            deregister(runner, "no sign of progress in " + runner.state + " for " + limit);
        } else {
            runner.timeoutAfter = left;
            runner.timeout = loop.timers.after(left, () -> lastingTimeoutDue(runner));
        }
    }

    /** Arms the way out of a state that no call of ours ends. */
    void timeout(RunnerEntry runner, Duration after) {
        RunnerState state = runner.state;
        if (runner.pool.hosts && (state == RunnerState.IDLE || state == RunnerState.BUSY)) {
            lastingTimeout(runner, after);
            return;
        }
        runner.timeout = loop.timers.after(after, () -> {
            String why = "no sign of progress in " + state + " for " + after;
            if (StateTable.of(state).onTimeout() == RunnerState.FAILED) {
                runner.detail = why;
                failed(runner, state, null);
            } else {
                deregister(runner, why);
            }
        });
    }

    private static JobSource.Attachment attachment(RunnerEntry runner) {
        JobSource.Attachment attachment = runner.pool.attachment;
        if (attachment == null) {
            throw new IllegalStateException("pool " + runner.pool.name + " has no source yet");
        }
        return attachment;
    }
}
