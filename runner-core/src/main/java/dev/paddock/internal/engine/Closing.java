package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.DrainOutcome;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.error.JournalException;
import dev.paddock.error.RefusedException;
import dev.paddock.error.RunnerException;
import dev.paddock.error.SourceFailedException;
import dev.paddock.spi.SourceState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a fleet, step by step; see {@link dev.paddock.RunnerCoordinator#closeAsync()}. In the serial section. */
final class Closing {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);
    private static final Set<RunnerState> IDLE_ONES =
            EnumSet.of(RunnerState.STARTING, RunnerState.IDLE, RunnerState.ORPHANED);
    private static final Set<RunnerState> BUSY_ONES =
            EnumSet.of(RunnerState.BUSY, RunnerState.DRAINING, RunnerState.RECONNECTING, RunnerState.UPDATING);
    /** What {@link ShutdownMode#TERMINATE_ALL} ends beside idle ones. */
    private static final Set<RunnerState> ENDED_BY_FORCE = EnumSet.of(
            RunnerState.BUSY,
            RunnerState.DRAINING,
            RunnerState.RECONNECTING,
            RunnerState.UPDATING,
            RunnerState.BACKOFF);

    private final FleetLoop loop;
    private final List<Drain> drains = new ArrayList<>();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private ShutdownMode mode;
    private Limits limits;
    private boolean closing;
    private boolean removing;
    private boolean lettingGo;
    private @Nullable RunnerException cause;

    Closing(FleetLoop loop) {
        this.loop = loop;
        this.mode = loop.settings.shutdownMode();
        this.limits = new Limits(loop.settings.drainTimeout(), Deadlines.CLOSE_REMOVALS, Deadlines.CLOSE_PART);
    }

    /** Somebody who waits for a drain. */
    private static final class Drain {
        private final CompletableFuture<DrainOutcome> done;
        private TimerHeap.@Nullable Timeout deadline;

        Drain(CompletableFuture<DrainOutcome> done) {
            this.done = done;
        }

        void over() {
            if (deadline != null) {
                deadline.cancel();
            }
        }
    }

    /** How long each step of closing may take; the last is one of three. */
    record Limits(Duration drain, Duration removals, Duration part) {
        /** What fits into a bound: an eighth for removals, a quarter for letting go, a tenth to spare. */
        Limits within(Duration bound) {
            Duration gone = least(removals, bound.dividedBy(8));
            Duration each = least(part, bound.dividedBy(12));
            Duration left = bound.minus(bound.dividedBy(10)).minus(gone).minus(each.multipliedBy(3));
            return new Limits(least(drain, left), gone, each);
        }

        private static Duration least(Duration one, Duration other) {
            return one.compareTo(other) < 0 ? one : other;
        }
    }

    CompletionStage<Void> terminated() {
        return terminated;
    }

    boolean isLettingGo() {
        return lettingGo;
    }

    /** The deadline holds whatever is drained, and nothing is ended by it. */
    void drain(Duration within, CompletableFuture<DrainOutcome> done) {
        var drain = new Drain(done);
        drains.add(drain);
        drain.deadline = loop.timers.after(within, () -> {
            if (drains.remove(drain)) {
                LOG.info("{}: {} runners are left after a drain of {}", loop.fleet, loop.runners.size(), within);
                loop.section.afterwards(() -> done.complete(DrainOutcome.DEADLINE));
            }
        });
        if (loop.state() == CoordinatorState.RUNNING) {
            loop.state(CoordinatorState.DRAINING, "draining");
        }
        loop.pools.forEach(pool -> pool.dirty = true);
    }

    private void drained(DrainOutcome outcome) {
        List<Drain> over = List.copyOf(drains);
        drains.clear();
        over.forEach(Drain::over);
        loop.section.afterwards(() -> over.forEach(drain -> drain.done.complete(outcome)));
    }

    void resume(CompletableFuture<Void> done) {
        if (closing) {
            loop.section.afterwards(() -> done.completeExceptionally(new RefusedException(
                    "the fleet is closing, which cannot be undone; start another when it has ended")));
            return;
        }
        if (loop.state() == CoordinatorState.DRAINING) {
            loop.state(CoordinatorState.RUNNING, "the drain is undone");
            drained(DrainOutcome.RESUMED);
        }
        loop.section.afterwards(() -> done.complete(null));
    }

    /** Closes within a bound; if it is closing already, what is still to come is cut to it. */
    void close(Duration bound) {
        limits = limits.within(bound);
        if (closing && !lettingGo) {
            if (mode != ShutdownMode.LEAVE_RUNNING) {
                loop.timers.after(limits.drain, this::drainOver);
            }
            loop.timers.after(limits.drain.plus(limits.removals), this::letGo);
        }
        close();
    }

    void close() {
        if (closing) {
            return;
        }
        closing = true;
        if (mode == ShutdownMode.LEAVE_RUNNING) {
            loop.state(CoordinatorState.CLOSING, "closing; runners are left running");
            loop.timers.after(limits.removals, this::letGo);
        } else {
            loop.state(CoordinatorState.DRAINING, "closing; waiting for busy runners for at most " + limits.drain);
            loop.timers.after(limits.drain, this::drainOver);
        }
        loop.pools.forEach(pool -> pool.dirty = true);
    }

    void sourceFailed(PoolState pool, String detail) {
        boolean all = loop.pools.stream().allMatch(other -> other.source == SourceState.FAILED);
        if (all && !closing) {
            fail(new SourceFailedException("pool " + pool.name + ": " + detail));
        }
    }

    void journalLost(Throwable failure) {
        if (!lettingGo && cause == null) {
            fail(
                    failure instanceof RunnerException known
                            ? known
                            : new JournalException("the journal cannot be written: " + failure.getMessage(), failure));
        }
    }

    /** Ends without touching a runner: who cannot ask or remember must not remove. */
    private void fail(RunnerException failure) {
        LOG.error("{}: gives up; runners are left as they are: {}", loop.fleet, failure.getMessage());
        cause = failure;
        releaseRecords(failure.getMessage());
        mode = ShutdownMode.LEAVE_RUNNING;
        closing = true;
        letGo();
    }

    /** Looks after each change whether the next step can be taken. */
    void check() {
        int occupied = 0;
        int creating = 0;
        for (PoolState pool : loop.pools) {
            occupied += pool.occupied();
            creating += pool.count(RunnerState.PLANNED)
                    + pool.count(RunnerState.REGISTERING)
                    + pool.count(RunnerState.PROVISIONING);
        }
        if (occupied == 0 && knowsAll() && !drains.isEmpty() && loop.state() != CoordinatorState.RUNNING) {
            drained(DrainOutcome.EMPTY);
        }
        if (!closing || lettingGo) {
            return;
        }
        if (removing && (count(IDLE_ONES) > 0 || (mode == ShutdownMode.TERMINATE_ALL && count(ENDED_BY_FORCE) > 0))) {
            removeWhatMayGo();
        }
        if (mode == ShutdownMode.LEAVE_RUNNING) {
            if (creating == 0) {
                letGo();
            }
        } else if (occupied == 0) {
            letGo();
        } else if (removing && mode == ShutdownMode.TERMINATE_IDLE && occupied == count(BUSY_ONES)) {
            letGo();
        }
    }

    /** Who has never seen what its providers have cannot say that nothing is left. */
    private boolean knowsAll() {
        return loop.pools.stream().allMatch(pool -> pool.provider.known);
    }

    private int count(Set<RunnerState> states) {
        int sum = 0;
        for (PoolState pool : loop.pools) {
            for (RunnerState state : states) {
                sum += pool.count(state);
            }
        }
        return sum;
    }

    private void drainOver() {
        if (removing || lettingGo) {
            return;
        }
        removing = true;
        loop.state(CoordinatorState.CLOSING, "the drain is over: " + mode);
        removeWhatMayGo();
        loop.timers.after(limits.removals, this::letGo);
        loop.pools.forEach(pool -> pool.dirty = true);
    }

    private void removeWhatMayGo() {
        for (RunnerEntry runner : List.copyOf(loop.runners.values())) {
            if (IDLE_ONES.contains(runner.state)) {
                loop.lifecycle.deregister(runner, "closing");
            } else if (mode == ShutdownMode.TERMINATE_ALL && (BUSY_ONES.contains(runner.state) || inDoubt(runner))) {
                loop.lifecycle.terminate(runner, "closing with TERMINATE_ALL");
            }
        }
    }

    /** Its source cannot say whether it is busy. */
    private static boolean inDoubt(RunnerEntry runner) {
        return runner.state == RunnerState.BACKOFF && runner.resume == RunnerState.DEREGISTERING;
    }

    /** Sources, then providers, then the journal; each for a bounded time. */
    private void letGo() {
        if (lettingGo) {
            return;
        }
        lettingGo = true;
        loop.state(CoordinatorState.CLOSING, "letting go of sources and providers");
        if (!loop.runners.isEmpty()) {
            LOG.info("{}: leaves {} runners behind", loop.fleet, loop.runners.size());
        }
        List<Supplier<CompletionStage<Void>>> sources = new ArrayList<>();
        for (PoolState pool : loop.pools) {
            var attachment = pool.attachment;
            pool.attachmentClosed = true;
            if (attachment != null) {
                sources.add(attachment::close);
            }
        }
        List<Supplier<CompletionStage<Void>>> providers = new ArrayList<>();
        loop.providers.forEach(provider -> providers.add(provider.session::close));
        closeAll(
                "closing a source",
                sources,
                () -> closeAll(
                        "closing a provider",
                        providers,
                        () -> closeAll("closing the journal", List.of(loop.journal::close), this::finish)));
    }

    private void closeAll(String what, List<Supplier<CompletionStage<Void>>> parts, Runnable then) {
        if (parts.isEmpty()) {
            then.run();
            return;
        }
        int[] left = {parts.size()};
        Duration limit = limits.part;
        for (Supplier<CompletionStage<Void>> part : parts) {
            loop.effects.<Void>run(
                    what,
                    limit,
                    part,
                    (done, failure) -> {
                        if (failure != null) {
                            LOG.warn("{}: {} failed: {}", loop.fleet, what, failure.getMessage());
                        }
                        if (--left[0] == 0) {
                            then.run();
                        }
                    },
                    null);
        }
    }

    private void releaseRecords(@Nullable String why) {
        loop.records.release(
                new JournalException("the fleet has ended, and its journal gave no answer: " + why, cause));
    }

    private void finish() {
        releaseRecords("it was closed");
        RunnerException failure = cause;
        if (failure == null) {
            loop.state(CoordinatorState.STOPPED, "closed");
        } else {
            loop.state(CoordinatorState.FAILED, String.valueOf(failure.getMessage()));
        }
        drained(loop.runners.isEmpty() && knowsAll() ? DrainOutcome.EMPTY : DrainOutcome.CLOSED);
        loop.end();
        loop.section.afterwards(() -> {
            loop.hub.wake(); // while the events' thread, if it is ours, still takes tasks
            if (failure == null) {
                terminated.complete(null);
            } else {
                terminated.completeExceptionally(failure);
            }
        });
    }
}
