package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerState;
import dev.paddock.ShutdownMode;
import dev.paddock.error.JournalException;
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

    private final FleetLoop loop;
    private final List<CompletableFuture<Void>> drained = new ArrayList<>();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private ShutdownMode mode;
    private boolean closing;
    private boolean removing;
    private boolean lettingGo;
    private @Nullable RunnerException cause;

    Closing(FleetLoop loop) {
        this.loop = loop;
        this.mode = loop.settings.shutdownMode();
    }

    CompletionStage<Void> terminated() {
        return terminated;
    }

    boolean isLettingGo() {
        return lettingGo;
    }

    void drain(CompletableFuture<Void> done) {
        drained.add(done);
        if (loop.state() == CoordinatorState.RUNNING) {
            loop.state(CoordinatorState.DRAINING, "draining");
        }
        loop.pools.forEach(pool -> pool.dirty = true);
    }

    void close() {
        if (closing) {
            return;
        }
        closing = true;
        if (mode == ShutdownMode.LEAVE_RUNNING) {
            loop.state(CoordinatorState.CLOSING, "closing; runners are left running");
            loop.timers.after(Deadlines.CLOSE_REMOVALS, this::letGo);
        } else {
            loop.state(
                    CoordinatorState.DRAINING,
                    "closing; waiting for busy runners for at most " + loop.settings.drainTimeout());
            loop.timers.after(loop.settings.drainTimeout(), this::drainOver);
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
        loop.records.release();
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
        if (occupied == 0 && !drained.isEmpty() && loop.state() != CoordinatorState.RUNNING) {
            List<CompletableFuture<Void>> ready = List.copyOf(drained);
            drained.clear();
            loop.section.afterwards(() -> ready.forEach(done -> done.complete(null)));
        }
        if (!closing || lettingGo) {
            return;
        }
        if (removing) {
            removeWhatMayGo();
        }
        if (mode == ShutdownMode.LEAVE_RUNNING) {
            if (creating == 0) {
                letGo();
            }
        } else if (occupied == 0) {
            letGo();
        } else if (removing && mode == ShutdownMode.TERMINATE_IDLE && onlyBusyLeft()) {
            letGo();
        }
    }

    private boolean onlyBusyLeft() {
        return loop.runners.values().stream().allMatch(runner -> BUSY_ONES.contains(runner.state));
    }

    private void drainOver() {
        if (removing || lettingGo) {
            return;
        }
        removing = true;
        loop.state(CoordinatorState.CLOSING, "the drain is over: " + mode);
        removeWhatMayGo();
        loop.timers.after(Deadlines.CLOSE_REMOVALS, this::letGo);
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
        Duration limit = Deadlines.CLOSE_PART;
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

    private void finish() {
        loop.records.release();
        RunnerException failure = cause;
        if (failure == null) {
            loop.state(CoordinatorState.STOPPED, "closed");
        } else {
            loop.state(CoordinatorState.FAILED, String.valueOf(failure.getMessage()));
        }
        loop.end();
        List<CompletableFuture<Void>> waiting = List.copyOf(drained);
        drained.clear();
        loop.section.afterwards(() -> {
            loop.hub.wake(); // while the events' thread, if it is ours, still takes tasks
            waiting.forEach(done -> done.complete(null));
            if (failure == null) {
                terminated.complete(null);
            } else {
                terminated.completeExceptionally(failure);
            }
        });
    }
}
