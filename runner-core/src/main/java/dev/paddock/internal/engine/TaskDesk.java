package dev.paddock.internal.engine;

import dev.paddock.CoordinatorState;
import dev.paddock.RunnerId;
import dev.paddock.RunnerState;
import dev.paddock.error.TaskException;
import dev.paddock.error.TaskException.Reason;
import dev.paddock.event.TaskAssigned;
import dev.paddock.event.TaskCompleted;
import dev.paddock.event.TaskLost;
import dev.paddock.spi.JournalEntry;
import dev.paddock.spi.RunnerHandle;
import dev.paddock.spi.TaskLease;
import dev.paddock.task.Assignment;
import dev.paddock.task.Completion;
import dev.paddock.task.Outcome;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives the host's tasks to runners and takes them back. In the serial section. */
final class TaskDesk {
    private static final Logger LOG = LoggerFactory.getLogger(TaskDesk.class);
    private static final int REMEMBERED_RUNNERS = 8192;
    /** Why a runner goes that is given no more tasks. */
    static final String RETIRED = "not to be used again";
    /** A lease's number is the epoch in the high bits and a count below, so that it is new after every restart. */
    private static final int COUNT_BITS = 40;

    private static final Set<RunnerState> ENDS_LEASES =
            EnumSet.of(RunnerState.DRAINING, RunnerState.REMOVING, RunnerState.REMOVED, RunnerState.FAILED);

    /** What is kept of a runner that is gone. */
    private record Departed(long lastLease, long lostLease) {}

    private final FleetLoop loop;
    private final List<PoolState> pools = new ArrayList<>();
    private final List<TaskChoice.Offer> offers = new ArrayList<>();
    private final TaskQueue queue;
    private final Map<String, FreeRunners.Gpu> gpus = new LinkedHashMap<>();
    private final Map<RunnerId, Departed> departed = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RunnerId, Departed> eldest) {
            return size() > REMEMBERED_RUNNERS;
        }
    };

    private final long[] refusals = new long[Reason.values().length];
    private long lastLease;
    /** A runner has become free since the queue was last served. */
    private boolean freed;

    TaskDesk(FleetLoop loop) {
        this.loop = loop;
        this.lastLease = loop.journal.epoch() << COUNT_BITS;
        this.queue = new TaskQueue(loop, pools, offers);
    }

    /** Makes the pool one for tasks. */
    HostTaskAttachment attach(PoolState pool) {
        pools.add(pool);
        offers.add(pool.offer());
        return new HostTaskAttachment(loop, pool);
    }

    /** Whether any pool takes tasks. Pools are attached before the first call, so any thread may ask. */
    boolean isOpen() {
        return !pools.isEmpty();
    }

    TaskQueue queue() {
        return queue;
    }

    /** Takes up the leases that the journal knows. */
    void recover() {
        Map<RunnerId, JournalEntry> held = new LinkedHashMap<>();
        for (JournalEntry entry : loop.journal.recovered()) {
            if (entry.kind() == JournalEntry.Kind.ASSIGNED) {
                held.put(entry.runner(), entry);
            } else if (entry.kind() == JournalEntry.Kind.REMOVED || isOf(entry, held.get(entry.runner()))) {
                held.remove(entry.runner());
            }
        }
        held.forEach((id, entry) -> {
            RunnerEntry runner = loop.runners.get(id);
            if (runner != null && runner.pool.hosts) {
                TaskLease lease = entry.lease().orElseThrow();
                String place = runner.handle == null ? "" : runner.handle.place();
                var assignment = new Assignment(
                        task(lease, entry.at()), id, runner.pool.name, lease.number(), place, entry.at());
                placed(runner);
                hold(runner, assignment, lease);
                LOG.info("{}: runner {} holds task {} of an earlier life", loop.fleet, id, lease.task());
            }
        });
    }

    /** What is left of a task of an earlier life. */
    private static Task task(TaskLease lease, Instant since) {
        var task = Task.builder(lease.task()).exclusiveGpu(lease.exclusiveGpu()).gpuMemory(lease.gpuMemory());
        lease.endsBy().ifPresent(end -> task.maxRunTime(Duration.between(since, end)));
        return task.build();
    }

    private static boolean isOf(JournalEntry released, @Nullable JournalEntry assigned) {
        return released.kind() == JournalEntry.Kind.RELEASED
                && assigned != null
                && assigned.lease().equals(released.lease());
    }

    // ---- assign --------------------------------------------------------------------------------------------

    /** Gives the task to a free runner; null if there is none. */
    @Nullable
    Assignment tryAssign(Task task) {
        checkRunning(task.id());
        return assign(task, queue.shape(task), loop.now());
    }

    private void checkRunning(String task) {
        if (loop.state() != CoordinatorState.RUNNING) {
            throw new TaskException(
                    task, Reason.NOT_RUNNING, "the fleet is " + loop.state() + " and takes no more tasks");
        }
    }

    private @Nullable Assignment assign(Task task, TaskShape shape, Instant since) {
        RunnerEntry runner = shape.choose();
        if (runner == null) {
            return null;
        }
        RunnerHandle handle = runner.handle;
        var assignment = new Assignment(
                task, runner.id, runner.pool.name, ++lastLease, handle == null ? "" : handle.place(), loop.now());
        var lease = new TaskLease(
                task.id(),
                assignment.lease(),
                task.needs().exclusiveGpu(),
                task.needs().gpuMemory(),
                end(task, assignment.at()));
        hold(runner, assignment, lease);
        runner.pool.taskMeters.assigned(since, assignment.at());
        loop.records.append(JournalEntry.assigned(runner.id, runner.pool.name, assignment.at(), lease));
        loop.enter(runner, RunnerState.BUSY, "holds a task of the host's");
        loop.lifecycle.lastingTimeout(runner, Deadlines.BUSY);
        if (runner.pool.failures > 0 || runner.pool.losses > 0) {
            loop.setbacks.worked(runner);
        }
        loop.publish(new TaskAssigned(assignment.at(), assignment));
        return assignment;
    }

    private static Optional<Instant> end(Task task, Instant from) {
        Duration limit = task.maxRunTime().orElse(null);
        if (limit == null) {
            return Optional.empty();
        }
        boolean ends = limit.compareTo(Duration.between(from, Instant.MAX)) < 0;
        return Optional.of(ends ? from.plus(limit) : Instant.MAX);
    }

    private void hold(RunnerEntry runner, Assignment assignment, TaskLease lease) {
        TaskNeeds needs = assignment.task().needs();
        runner.held = assignment;
        runner.heldLease = lease;
        runner.lastLease = assignment.lease();
        runner.ready = true;
        runner.pool.held++;
        if (runner.gpu != null) {
            runner.gpu.take(needs.gpuMemory().bytes(), needs.exclusiveGpu());
        }
        if (lease.endsBy().isPresent()) {
            endsBy(runner, assignment, lease.endsBy().get());
        }
    }

    private void endsBy(RunnerEntry runner, Assignment assignment, Instant end) {
        // The clock may have been set since; nothing runs for longer than it may have from the beginning.
        Duration most = Duration.between(assignment.at(), end);
        Duration left = Duration.between(loop.now(), end);
        runner.heldTimeout =
                loop.timers.after(left.compareTo(most) < 0 ? left : most, () -> expired(runner, assignment));
    }

    /** As {@link #tryAssign}, or waits. */
    void assign(Task task, CompletableFuture<Assignment> stage) {
        checkRunning(task.id());
        TaskShape shape = queue.shape(task);
        Assignment now = assign(task, shape, loop.now());
        if (now != null) {
            loop.records.whenDurable(() -> stage.complete(now), stage);
        } else {
            queue.add(task, shape, stage);
        }
    }

    /** A pool may be given tasks again. */
    void resumed() {
        freed = true;
    }

    /** After a message: those that wait get what has become free. */
    void serve() {
        while (freed && !queue.isEmpty()) {
            TaskShape.Waiting next = queue.next();
            if (next == null) {
                break;
            }
            queue.remove(next);
            Assignment assignment = assign(next.task, next.shape, next.since);
            if (assignment != null) {
                loop.records.whenDurable(() -> next.stage.complete(assignment), next.stage);
            }
        }
        freed = false;
    }

    // ---- complete ------------------------------------------------------------------------------------------

    Completion complete(Assignment assignment, Outcome outcome) {
        RunnerEntry runner = loop.runners.get(assignment.runner());
        if (runner == null) {
            return completeDeparted(assignment);
        }
        Assignment held = runner.held;
        if (held == null || held.lease() != assignment.lease()) {
            return completeAgain(runner, assignment);
        }
        runner.retired |= !outcome.reusable();
        release(runner, held);
        runner.pool.taskMeters.completed(outcome.kind(), held.at(), loop.now());
        if (runner.retired) {
            loop.publish(new TaskCompleted(loop.now(), held, outcome));
            if (StateTable.of(runner.state).next().contains(RunnerState.DEREGISTERING)) {
                loop.lifecycle.deregister(runner, RETIRED);
            }
        } else {
            if (runner.state == RunnerState.BUSY) {
                loop.enter(runner, RunnerState.IDLE, "waits for a task");
                loop.lifecycle.lastingTimeout(runner, Deadlines.IDLE);
            }
            loop.publish(new TaskCompleted(loop.now(), held, outcome));
            loop.taskOver(runner);
        }
        return Completion.COMPLETED;
    }

    private Completion completeDeparted(Assignment assignment) {
        Departed gone = departed.get(assignment.runner());
        if (gone == null || assignment.lease() > gone.lastLease) {
            return Completion.UNKNOWN;
        }
        return assignment.lease() == gone.lostLease ? Completion.LEASE_LOST : Completion.ALREADY;
    }

    /** A runner that is still there has lost no lease but its last. */
    private Completion completeAgain(RunnerEntry runner, Assignment assignment) {
        if (assignment.lease() == runner.lostLease) {
            return Completion.LEASE_LOST;
        }
        boolean earlierLife = assignment.lease() < loop.journal.epoch() << COUNT_BITS;
        return runner.pool.hosts && (assignment.lease() <= runner.lastLease || earlierLife)
                ? Completion.ALREADY
                : Completion.UNKNOWN;
    }

    private void release(RunnerEntry runner, Assignment held) {
        runner.held = null;
        runner.pool.held--;
        if (runner.heldTimeout != null) {
            runner.heldTimeout.cancel();
            runner.heldTimeout = null;
        }
        if (runner.gpu != null) {
            TaskNeeds needs = held.task().needs();
            runner.gpu.give(needs.gpuMemory().bytes(), needs.exclusiveGpu());
            freed |= needs.exclusiveGpu() || runner.state != RunnerState.IDLE;
        }
        JournalEntry released = JournalEntry.released(
                runner.id, runner.pool.name, loop.now(), Objects.requireNonNull(runner.heldLease, "the held lease"));
        runner.heldLease = null;
        if (runner.retired) {
            // In this order: if only the first is written, the runner holds its task and goes after it.
            loop.records.append(List.of(JournalEntry.retired(runner.id, runner.pool.name, loop.now()), released));
        } else {
            loop.records.append(released);
        }
    }

    private void expired(RunnerEntry runner, Assignment assignment) {
        if (assignment.equals(runner.held)) {
            String why =
                    "the task has run for its " + assignment.task().maxRunTime().orElseThrow();
            runner.retired = true;
            lost(runner, assignment, why);
            if (StateTable.of(runner.state).next().contains(RunnerState.DEREGISTERING)) {
                loop.lifecycle.deregister(runner, why);
            }
        }
    }

    private void lost(RunnerEntry runner, Assignment held, String why) {
        runner.lostLease = held.lease();
        release(runner, held);
        runner.pool.taskMeters.lost();
        runner.pool.dirty = true;
        LOG.warn("{}: task {} on {} is lost: {}", loop.fleet, held.task().id(), runner.id, why);
        loop.publish(new TaskLost(loop.now(), held, why));
    }

    List<Assignment> assignments() {
        List<Assignment> all = new ArrayList<>();
        for (RunnerEntry runner : loop.runners.values()) {
            if (runner.held != null) {
                all.add(runner.held);
            }
        }
        return List.copyOf(all);
    }

    // ---- told by the loop ----------------------------------------------------------------------------------

    /** A runner of a pool for tasks has changed its state. */
    void moved(RunnerEntry runner, RunnerState from, RunnerState to) {
        if (from == RunnerState.IDLE) {
            runner.pool.free.remove(runner);
        }
        if (to == RunnerState.IDLE) {
            if (!runner.ready) {
                placed(runner);
            }
            runner.ready = true;
            runner.pool.free.add(runner, runner.group == null ? runner.pool.free.group(runner.gpu) : runner.group);
            freed = true;
        }
        Assignment held = runner.held;
        if (held != null && (runner.exited || ENDS_LEASES.contains(to))) {
            lost(runner, held, runner.detail);
        }
        if (to == RunnerState.REMOVED && runner.gpu != null && --runner.gpu.runners == 0) {
            gpus.remove(runner.gpu.uuid); // that of a machine of its own is seen never again
        }
        if (to == RunnerState.REMOVED && runner.lastLease > 0) {
            departed.put(runner.id, new Departed(runner.lastLease, runner.lostLease));
        }
    }

    /** Tasks come and go by the million; what they mean for a pool's size is decided once in a while. */
    void settle(PoolState pool) {
        if (!pool.settling) {
            pool.settling = true;
            loop.timers.after(Deadlines.SETTLE, () -> {
                pool.settling = false;
                pool.dirty = true;
            });
        }
    }

    /** Its machine has become known, and with it perhaps its GPU. */
    void placed(RunnerEntry runner) {
        RunnerHandle handle = runner.handle;
        if (handle == null || runner.gpu != null) {
            return;
        }
        String uuid = handle.data().get(RunnerHandle.GPU);
        if (uuid == null) {
            return;
        }
        boolean free = runner.isInHeap();
        if (free) {
            runner.pool.free.remove(runner);
        }
        runner.gpu = gpus.computeIfAbsent(uuid, fresh -> new FreeRunners.Gpu(fresh, freeBytes(handle)));
        runner.gpu.runners++;
        runner.group = null;
        Assignment held = runner.held;
        if (held != null) {
            runner.gpu.take(
                    held.task().needs().gpuMemory().bytes(), held.task().needs().exclusiveGpu());
        }
        if (free) {
            runner.pool.free.add(runner, runner.pool.free.group(runner.gpu));
        }
    }

    private static long freeBytes(RunnerHandle handle) {
        try {
            return Long.parseLong(handle.data().getOrDefault(RunnerHandle.GPU_FREE, "0"));
        } catch (NumberFormatException unknown) {
            return 0;
        }
    }

    /** The counters of each pool for tasks, as a source would tell them; before pools are decided about. */
    void count() {
        if (!pools.isEmpty()) {
            queue.count();
        }
    }

    /** A call ended with a {@link TaskException}. */
    @SuppressWarnings("EnumOrdinal") // the slots live no longer than this object
    void refused(Reason reason) {
        refusals[reason.ordinal()]++;
    }

    /** How many there were, by reason. */
    @SuppressWarnings("EnumOrdinal")
    Map<Reason, Long> refusals() {
        Map<Reason, Long> all = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            all.put(reason, refusals[reason.ordinal()]);
        }
        return all;
    }

    /** The runner that holds it; null if none does. */
    @Nullable
    RunnerEntry holder(String task) {
        for (RunnerEntry runner : loop.runners.values()) {
            if (runner.held != null && runner.held.task().id().equals(task)) {
                return runner;
            }
        }
        return null;
    }

    /** The fleet takes no more tasks. */
    void refuseAll() {
        queue.refuseAll("the fleet is " + loop.state());
    }
}
