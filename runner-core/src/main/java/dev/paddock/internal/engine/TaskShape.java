package dev.paddock.internal.engine;

import dev.paddock.task.Assignment;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tasks that need the same: which pools can hold them, and those that wait. Confined to the serial section. */
final class TaskShape {
    /** A task that waits. */
    static final class Waiting {
        final Task task;
        final CompletableFuture<Assignment> stage;
        final long rank;
        final long number;
        final TaskShape shape;
        final Instant since;
        TimerHeap.@Nullable Timeout timeout;

        Waiting(
                Task task,
                CompletableFuture<Assignment> stage,
                long rank,
                long number,
                TaskShape shape,
                Instant since) {
            this.task = task;
            this.stage = stage;
            this.rank = rank;
            this.number = number;
            this.shape = shape;
            this.since = since;
        }
    }

    /** By rank, then in the order in which they came. */
    static final Comparator<Waiting> ORDER =
            Comparator.<Waiting>comparingLong(one -> one.rank).thenComparingLong(one -> one.number);

    final TaskNeeds needs;
    final boolean exclusive;
    /** Those that fit, best first. */
    final PoolState[] pools;
    /** Pools with the same number are equally good. */
    private final int[] tiers;

    final TreeSet<Waiting> queue = new TreeSet<>(ORDER);

    TaskShape(TaskNeeds needs, List<PoolState> fitting) {
        this.needs = needs;
        this.exclusive = needs.exclusiveGpu();
        Comparator<TaskChoice.Offer> preference = TaskChoice.preference(needs);
        this.pools = fitting.stream()
                .sorted(Comparator.comparing(PoolState::offer, preference))
                .toArray(PoolState[]::new);
        this.tiers = new int[pools.length];
        for (int i = 1; i < pools.length; i++) {
            boolean worse = preference.compare(pools[i - 1].offer(), pools[i].offer()) < 0;
            tiers[i] = tiers[i - 1] + (worse ? 1 : 0);
        }
    }

    /** The runner to take now; null if none is free. */
    @Nullable
    RunnerEntry choose() {
        RunnerEntry best = null;
        int tier = 0;
        for (int i = 0; i < pools.length; i++) {
            if (best != null && tiers[i] > tier) {
                break;
            }
            RunnerEntry runner = pools[i].rules.paused() ? null : pools[i].free.first(exclusive);
            if (runner != null && (best == null || FreeRunners.compare(runner, best) < 0)) {
                best = runner;
                tier = tiers[i];
            }
        }
        return best;
    }
}
