package dev.paddock.internal.engine;

import dev.paddock.FleetSnapshot;
import dev.paddock.error.TaskException;
import dev.paddock.error.TaskException.Reason;
import dev.paddock.spi.DemandUpdate;
import dev.paddock.spi.JobStatistics;
import dev.paddock.task.Assignment;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The host's tasks that wait for a runner, by what they need; the demand of pools for tasks. In the serial section. */
final class TaskQueue {
    static final int MOST_WAITING = 100_000;
    private static final int MOST_SHAPES = 1024;

    private final FleetLoop loop;
    private final List<PoolState> pools;
    private final List<TaskChoice.Offer> offers;
    private final Map<TaskNeeds, TaskShape> shapes = new LinkedHashMap<>();
    private final Map<String, TaskShape.Waiting> waiting = new LinkedHashMap<>();
    private @Nullable TaskNeeds lastNeeds;
    private @Nullable TaskShape lastShape;
    private long number;
    private int sweepAt = MOST_SHAPES;

    TaskQueue(FleetLoop loop, List<PoolState> pools, List<TaskChoice.Offer> offers) {
        this.loop = loop;
        this.pools = pools;
        this.offers = offers;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    // ---- what tasks need -----------------------------------------------------------------------------------

    /** Throws if no pool fits. */
    @SuppressWarnings("ReferenceEquality") // the same object needs the same; equal ones are found in the map
    TaskShape shape(Task task) {
        TaskNeeds needs = task.needs();
        TaskShape last = lastShape;
        if (last != null && needs == lastNeeds) {
            return last;
        }
        TaskShape shape = shapes.get(needs);
        if (shape == null) {
            shape = newShape(task);
            if (shapes.size() >= sweepAt) {
                shapes.values().removeIf(old -> old.queue.isEmpty());
                // Those that tasks wait for stay, so that the next sweep is worth its while.
                sweepAt = Math.max(MOST_SHAPES, 2 * shapes.size());
            }
            shapes.put(needs, shape);
        }
        lastNeeds = needs;
        lastShape = shape;
        return shape;
    }

    private TaskShape newShape(Task task) {
        List<PoolState> fitting = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (PoolState pool : pools) {
            String missing = TaskChoice.missing(task.needs(), pool.offer(), offers);
            if (missing == null) {
                fitting.add(pool);
            } else {
                reasons.add("pool " + pool.name + " of profile "
                        + pool.settings.profile().name() + " lacks " + missing);
            }
        }
        if (fitting.isEmpty()) {
            throw new TaskException(
                    task.id(),
                    Reason.NO_FIT,
                    "no pool fits: " + String.join("; ", reasons)
                            + ": ask for less, or give a pool a profile or labels that have it");
        }
        return new TaskShape(task.needs(), fitting);
    }

    // ---- waiting -------------------------------------------------------------------------------------------

    void add(Task task, TaskShape shape, CompletableFuture<Assignment> stage) {
        if (waiting.containsKey(task.id())) {
            throw new TaskException(
                    task.id(), Reason.DUPLICATE, "a task with this id waits already: give it another, or cancel it");
        }
        if (waiting.size() >= MOST_WAITING) {
            throw new TaskException(
                    task.id(), Reason.QUEUE_FULL, MOST_WAITING + " tasks wait already; give it again later");
        }
        long rank = TaskChoice.rank(loop.scheduler.nanoTime(), task.priority());
        var entry = new TaskShape.Waiting(task, stage, rank, number++, shape, loop.now());
        waiting.put(task.id(), entry);
        shape.queue.add(entry);
        changed(shape);
        task.timeout()
                .ifPresent(limit -> entry.timeout = loop.timers.after(limit, () -> {
                    if (remove(entry)) {
                        fail(entry, Reason.TIMEOUT, "no runner was free within " + limit);
                    }
                }));
    }

    private static void changed(TaskShape shape) {
        for (PoolState pool : shape.pools) {
            pool.dirty = true;
        }
    }

    /** Null if it does not wait. */
    TaskShape.@Nullable Waiting find(String task) {
        return waiting.get(task);
    }

    /** What waits for the pool, as the one that fits best: each task is told of one pool. */
    FleetSnapshot.Tasks of(PoolState pool) {
        int count = 0;
        for (TaskShape shape : shapes.values()) {
            count += shape.pools[0] == pool ? shape.queue.size() : 0;
        }
        Optional<Instant> oldest = Optional.empty();
        if (count > 0) {
            oldest = waiting.values().stream()
                    .filter(entry -> entry.shape.pools[0] == pool)
                    .findFirst()
                    .map(entry -> entry.since);
        }
        return new FleetSnapshot.Tasks(pool.held, count, oldest);
    }

    /** False if it waits no more. */
    boolean remove(TaskShape.Waiting entry) {
        if (!waiting.remove(entry.task.id(), entry)) {
            return false;
        }
        entry.shape.queue.remove(entry);
        changed(entry.shape);
        if (entry.timeout != null) {
            entry.timeout.cancel();
        }
        return true;
    }

    boolean cancel(String task) {
        TaskShape.Waiting entry = waiting.get(task);
        if (entry == null) {
            return false;
        }
        remove(entry);
        fail(entry, Reason.CANCELLED, "cancelled while it waited for a runner");
        return true;
    }

    void refuseAll(String why) {
        for (TaskShape.Waiting entry : List.copyOf(waiting.values())) {
            remove(entry);
            fail(entry, Reason.NOT_RUNNING, why + " and gives no more tasks to runners");
        }
    }

    private void fail(TaskShape.Waiting entry, Reason reason, String message) {
        loop.tasks.refused(reason);
        var failure = new TaskException(entry.task.id(), reason, message);
        loop.section.afterwards(() -> entry.stage.completeExceptionally(failure));
    }

    /** The first in order for which a runner is free; null if there is none. */
    TaskShape.@Nullable Waiting next() {
        TaskShape.Waiting best = null;
        for (TaskShape shape : shapes.values()) {
            TreeSet<TaskShape.Waiting> queue = shape.queue;
            if (!queue.isEmpty()
                    && (best == null || TaskShape.ORDER.compare(queue.first(), best) < 0)
                    && shape.choose() != null) {
                best = queue.first();
            }
        }
        return best;
    }

    // ---- demand --------------------------------------------------------------------------------------------

    /** Tells each pool's counters as a source does: assigned is what its runners hold and what waits for it. */
    void count() {
        int[] demand = demand();
        for (int i = 0; i < demand.length; i++) {
            PoolState pool = pools.get(i);
            var statistics =
                    new JobStatistics(pool.held + demand[i], pool.held, pool.occupied(), pool.held, pool.idleCount());
            if (!statistics.equals(pool.statistics)) {
                boolean dirty = pool.dirty;
                loop.intake.apply(pool, DemandUpdate.of(statistics));
                pool.dirty = dirty || statistics.assigned() != 0;
            }
        }
    }

    private int[] demand() {
        int[] places = new int[pools.size()];
        if (waiting.isEmpty()) {
            return places;
        }
        for (int i = 0; i < places.length; i++) {
            PoolState pool = pools.get(i);
            places[i] = pool.rules.paused() ? 0 : pool.rules.maxRunners() - pool.held;
        }
        List<TaskShape> asking = new ArrayList<>();
        for (TaskShape shape : shapes.values()) {
            if (!shape.queue.isEmpty()) {
                asking.add(shape);
            }
        }
        int[] counts = new int[asking.size()];
        int[][] order = new int[asking.size()][];
        for (int i = 0; i < counts.length; i++) {
            TaskShape shape = asking.get(i);
            counts[i] = shape.queue.size();
            order[i] = new int[shape.pools.length];
            for (int p = 0; p < order[i].length; p++) {
                order[i][p] = pools.indexOf(shape.pools[p]);
            }
        }
        return TaskChoice.demand(counts, order, places);
    }
}
