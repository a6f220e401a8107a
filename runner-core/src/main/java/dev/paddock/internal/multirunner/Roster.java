package dev.paddock.internal.multirunner;

import dev.paddock.RunnerProfile;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.MultiRunnerException.Reason;
import dev.paddock.internal.engine.TaskChoice.Offer;
import dev.paddock.multirunner.Expiry;
import dev.paddock.multirunner.PoolRunner.Status;
import dev.paddock.multirunner.PoolStatus;
import dev.paddock.multirunner.ScaleOutcome;
import dev.paddock.multirunner.TaskEnd;
import dev.paddock.multirunner.TaskPlace;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The runners of a pool, their tasks and the queue: every decision of the multi-runner, without time, files or threads of
 * its own. Its costs grow neither with the runners nor with those that are busy. Used by one thread at a time.
 */
public final class Roster {
    /** Tasks that may wait. */
    static final int MOST_WAITING = 100_000;
    /** So many kinds of needs are remembered with what fits them. */
    private static final int MOST_ORDERS = 1000;

    private static final Expiry NOTHING_DUE = new Expiry(List.of(), List.of());

    private static final List<Offer> STANDARD = RunnerProfile.standardProfiles().stream()
            .map(profile -> new Offer(profile.name(), profile, profile.labels()))
            .toList();

    final Map<String, Cell> cells = new LinkedHashMap<>();
    final Reservations reservations = new Reservations(cells);
    final WaitList queue = new WaitList();
    final int maxParallel;
    private final long timeout;
    private final long recovery;
    private final List<TaskProcess.Signal> signals = new ArrayList<>();
    private final SortedMap<Integer, Kind.GpuUse> gpus = new TreeMap<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final Map<TaskNeeds, List<List<Kind>>> orders = new LinkedHashMap<>();
    private @Nullable TaskNeeds lastNeeds;
    private List<List<Kind>> lastOrder = List.of();
    private List<Offer> known = STANDARD;
    private int running;
    /** A task or runner is in another state than when this was set to false. */
    boolean changed;
    /** Nothing becomes due before. */
    private long nextDue = Cell.NEVER;

    /** {@code timeout} and {@code recovery} in milliseconds. */
    Roster(int maxParallel, long timeout, long recovery) {
        this.maxParallel = maxParallel;
        this.timeout = timeout;
        this.recovery = recovery;
    }

    // ---- runners ---------------------------------------------------------------------------------------------

    /** To be called once cells or reservations were changed from outside. */
    void index() {
        gpus.clear();
        kinds.clear();
        forgetOrders();
        running = 0;
        nextDue = Long.MIN_VALUE;
        Map<Object, Kind> alike = new LinkedHashMap<>();
        for (Cell cell : cells.values()) {
            Kind kind = alike.computeIfAbsent(List.of(cell.profile, cell.gpus), key -> kindOf(cell));
            cell.barred = reservations.bar(cell);
            kind.add(cell);
            if (cell.status == Status.RUNNING) {
                occupy(cell);
            } else {
                offer(cell);
            }
        }
        List<Offer> offers = new ArrayList<>(STANDARD);
        kinds.forEach(kind -> offers.add(kind.offer));
        known = offers;
    }

    private Kind kindOf(Cell cell) {
        List<Kind.GpuUse> used = new ArrayList<>();
        cell.gpus.forEach(gpu -> used.add(gpus.computeIfAbsent(gpu, index -> new Kind.GpuUse())));
        Kind kind = new Kind(cell.profile, used);
        kinds.add(kind);
        return kind;
    }

    private void forgetOrders() {
        orders.clear();
        lastNeeds = null;
    }

    private static Kind kind(Cell cell) {
        Kind kind = cell.kind;
        if (kind == null) {
            throw new IllegalStateException(cell.id() + " is not indexed");
        }
        return kind;
    }

    private void offer(Cell cell) {
        if (cell.status == Status.IDLE && !cell.barred) {
            kind(cell).free(cell);
        }
    }

    private void occupy(Cell cell) {
        running++;
        Kind kind = kind(cell);
        boolean alone = kind.profile.exclusive() || cell.exclusiveTask;
        for (int i = 0; i < kind.gpus.size(); i++) {
            kind.gpus.get(i).running++;
            kind.gpus.get(i).exclusive |= alone;
        }
    }

    private void release(Cell cell) {
        running--;
        Kind kind = kind(cell);
        boolean alone = kind.profile.exclusive() || cell.exclusiveTask;
        for (int i = 0; i < kind.gpus.size(); i++) {
            kind.gpus.get(i).running--;
            kind.gpus.get(i).exclusive &= !alone;
        }
    }

    private void remove(Cell cell) {
        cells.remove(cell.id());
        reservations.remove(cell);
    }

    // ---- tasks -----------------------------------------------------------------------------------------------

    public TaskPlace assign(Task task, @Nullable TaskProcess process, long now) {
        List<List<Kind>> order = order(task.needs());
        if (order.isEmpty()) {
            throw Kind.noFit(task, kinds, known);
        }
        Cell cell = running < maxParallel ? take(order, task.needs()) : null;
        if (cell != null) {
            start(cell, task, process, now);
            return TaskPlace.on(task.id(), cell.name);
        }
        if (queue.size() >= MOST_WAITING) {
            throw new MultiRunnerException(
                    Reason.QUEUE_FULL,
                    "task " + task.id() + " was not taken: " + MOST_WAITING + " tasks wait, and more may not. Complete"
                            + " some first.");
        }
        changed = true;
        int position = queue.add(task, now, process, null);
        await(order, task.needs());
        return TaskPlace.queued(task.id(), position);
    }

    private List<List<Kind>> order(TaskNeeds needs) {
        if (lastNeeds == null || !needs.equals(lastNeeds)) {
            if (orders.size() >= MOST_ORDERS) {
                forgetOrders();
            }
            lastOrder = orders.computeIfAbsent(needs, unseen -> Kind.order(unseen, kinds, known));
            lastNeeds = needs;
        }
        return lastOrder;
    }

    /** Takes the best idle runner; of those between which only the GPU decides, one where least runs. */
    private @Nullable Cell take(List<List<Kind>> order, TaskNeeds needs) {
        for (int i = 0; i < order.size(); i++) {
            List<Kind> equals = order.get(i);
            Kind best = null;
            for (int j = 0; j < equals.size(); j++) {
                Kind kind = equals.get(j);
                if (kind.hasIdle()
                        && kind.admits(needs)
                        && (best == null || kind.runningOnGpus() < best.runningOnGpus())) {
                    best = kind;
                }
            }
            if (best != null) {
                return best.takeIdle();
            }
        }
        return null;
    }

    /** A task that needs a GPU alone would wait for ever if others kept coming: they stay off the GPU with least work. */
    private static void await(List<List<Kind>> order, TaskNeeds needs) {
        Kind best = null;
        for (List<Kind> equals : order) {
            for (Kind kind : equals) {
                if (kind.isExclusive(needs)
                        && !kind.gpus.isEmpty()
                        && (best == null || kind.runningOnGpus() < best.runningOnGpus())) {
                    best = kind;
                }
            }
        }
        if (best != null) {
            best.gpus.forEach(gpu -> gpu.awaited = true);
        }
    }

    private void change(Cell cell) {
        changed = true;
        cell.changed = true;
    }

    private void start(Cell cell, Task task, @Nullable TaskProcess process, long now) {
        change(cell);
        cell.status = Status.RUNNING;
        cell.task = task.id();
        cell.startedAt = now;
        cell.ownLimit = task.maxRunTime().map(Cell::millis).orElse(0L);
        cell.exclusiveTask = task.needs().exclusiveGpu();
        cell.process = process;
        occupy(cell);
        nextDue = Math.min(nextDue, deadline(cell));
    }

    public TaskEnd complete(String id, @Nullable String only, boolean failed, long now) {
        Cell cell = cells.get(id);
        if (cell == null) {
            throw new MultiRunnerException(
                    Reason.UNKNOWN_RUNNER,
                    "there is no runner \"" + id + "\"; the pool has " + cells.size()
                            + " runners, which its status lists");
        }
        String task = cell.task == null ? "" : cell.task;
        if (cell.status != Status.RUNNING || (only != null && !only.equals(task))) {
            throw new MultiRunnerException(
                    Reason.NOT_RUNNING,
                    id + " has no task " + (only == null ? "" : "'" + only + "' ") + "to complete: it is "
                            + cell.status.key() + ", and nothing was counted");
        }
        cell.process = null;
        end(cell, failed, now);
        return new TaskEnd(task, id, failed, queue.size() == 0 ? List.of() : dispatch(now));
    }

    private void end(Cell cell, boolean failed, long now) {
        change(cell);
        release(cell);
        cell.task = null;
        cell.startedAt = Cell.NEVER;
        cell.ownLimit = 0;
        cell.exclusiveTask = false;
        if (failed) {
            cell.status = Status.ERROR;
            cell.failedAt = now;
            nextDue = Math.min(nextDue, now + recovery);
        } else {
            cell.status = Status.IDLE;
            cell.tasksCompleted++;
        }
        if (cell.draining) {
            remove(cell);
            index();
        } else {
            offer(cell);
        }
    }

    /** Gives waiting tasks to free runners, in order; a task whose runners are all busy lets others pass. */
    private List<TaskPlace> dispatch(long now) {
        List<TaskPlace> started = new ArrayList<>();
        while (queue.size() > 0 && running < maxParallel) {
            gpus.values().forEach(gpu -> gpu.awaited = false);
            TaskPlace next = next(now);
            if (next == null) {
                break;
            }
            started.add(next);
        }
        return started;
    }

    private @Nullable TaskPlace next(long now) {
        for (WaitList.Waiting head : queue.heads()) {
            TaskNeeds needs = head.task().needs();
            List<List<Kind>> order = order(needs);
            Cell cell = take(order, needs);
            if (cell != null) {
                queue.take(head);
                start(cell, head.task(), head.process(), now);
                return TaskPlace.on(head.task().id(), cell.name);
            }
            await(order, needs);
        }
        return null;
    }

    // ---- time ------------------------------------------------------------------------------------------------

    /** When the task has had its time: its own limit, else its profile's, else the pool's. */
    private long deadline(Cell cell) {
        long limit = cell.ownLimit > 0
                ? cell.ownLimit
                : cell.profile.timeout().isZero() ? timeout : Cell.millis(cell.profile.timeout());
        return cell.startedAt + limit;
    }

    /** Fails tasks that are overdue, gives runners back that have recovered, and gives out what can be. */
    Expiry tick(long now) {
        return now < nextDue ? NOTHING_DUE : due(now);
    }

    private Expiry due(long now) {
        List<TaskEnd> ended = new ArrayList<>();
        nextDue = Cell.NEVER;
        for (Cell cell : List.copyOf(cells.values())) {
            if (cell.status == Status.RUNNING) {
                overdue(cell, now, ended);
            } else if (cell.status == Status.ERROR) {
                recover(cell, now);
            }
        }
        return new Expiry(ended, dispatch(now));
    }

    private void overdue(Cell cell, long now, List<TaskEnd> ended) {
        if (cell.startedAt > now) {
            change(cell);
            cell.startedAt = now; // whoever wrote the file did not say when it began, or had another clock
        }
        if (deadline(cell) > now) {
            nextDue = Math.min(nextDue, deadline(cell));
            return;
        }
        ended.add(new TaskEnd(cell.task == null ? "" : cell.task, cell.id(), true, List.of()));
        if (cell.process != null) {
            cell.process = cell.process.withDescendants();
            signals.add(new TaskProcess.Signal(cell.process, cell.draining));
        }
        end(cell, true, now);
    }

    private void recover(Cell cell, long now) {
        if (cell.failedAt == Cell.NEVER || cell.failedAt > now) {
            change(cell);
            cell.failedAt = now;
        }
        if (cell.failedAt + recovery > now) {
            nextDue = Math.min(nextDue, cell.failedAt + recovery);
            return;
        }
        if (cell.process != null) {
            signals.add(new TaskProcess.Signal(cell.process, true));
            cell.process = null;
        }
        change(cell);
        cell.status = Status.IDLE;
        cell.failedAt = Cell.NEVER;
        offer(cell);
    }

    /** What processes are to be told once the change is written; asked for once. */
    List<TaskProcess.Signal> takeSignals() {
        if (signals.isEmpty()) {
            return List.of();
        }
        List<TaskProcess.Signal> taken = List.copyOf(signals);
        signals.clear();
        return taken;
    }

    // ---- size ------------------------------------------------------------------------------------------------

    /** All runners, those that are to go too. */
    public int size() {
        return cells.size();
    }

    /** Runners that stay. */
    public int staying() {
        return (int) cells.values().stream().filter(cell -> !cell.draining).count();
    }

    /** Lets runners go until so many stay: first those without a task, then busy ones once it is complete; last first. */
    public ScaleOutcome shrink(int target) {
        int before = staying();
        List<Cell> going = going(before - target);
        checkQueue(target, going);
        changed = true;
        List<String> removed = new ArrayList<>();
        for (Cell cell : going) {
            if (cell.status == Status.RUNNING) {
                change(cell);
                cell.draining = true;
                continue;
            }
            if (cell.process != null) {
                signals.add(new TaskProcess.Signal(cell.process, true));
            }
            remove(cell);
            removed.add(cell.id());
        }
        index();
        return new ScaleOutcome(before, staying(), List.of(), removed, draining(), List.of());
    }

    private List<Cell> going(int number) {
        List<Cell> backwards = new ArrayList<>(cells.values());
        Collections.reverse(backwards);
        return backwards.stream()
                .filter(cell -> !cell.draining)
                .sorted(Comparator.comparing(cell -> cell.status == Status.RUNNING))
                .limit(number)
                .toList();
    }

    /** A task that waits keeps a runner that can take it. */
    private void checkQueue(int target, List<Cell> going) {
        List<Cell> staying = new ArrayList<>(cells.values());
        staying.removeIf(cell -> cell.draining || cell.barred);
        staying.removeAll(going);
        List<Kind> left = staying.stream().map(Roster::kind).distinct().toList();
        for (WaitList.Waiting head : queue.heads()) {
            TaskNeeds needs = head.task().needs();
            if (!order(needs).isEmpty() && Kind.order(needs, left, known).isEmpty()) {
                throw new MultiRunnerException(
                        Reason.NOT_FEASIBLE,
                        "the pool was not scaled to " + target + ": task "
                                + head.task().id() + " waits for " + needs
                                + ", and no runner that would stay has that. Let more stay, or wait until it ran.");
            }
        }
    }

    /** Keeps runners that were to go, until so many stay. */
    public void keep(int target) {
        changed = true;
        for (Cell cell : cells.values()) {
            if (cell.draining && staying() < target) {
                change(cell);
                cell.draining = false;
            }
        }
        index();
    }

    /** Adds runners, and gives them what waits. Returns what started. */
    public List<TaskPlace> grow(List<Cell> more, long now) {
        changed = true;
        for (Cell cell : more) {
            cells.put(cell.id(), cell);
            reservations.add(cell);
        }
        index();
        return dispatch(now);
    }

    public List<String> draining() {
        return cells.values().stream()
                .filter(cell -> cell.draining)
                .map(Cell::id)
                .toList();
    }

    boolean hasTasks() {
        return running > 0 || queue.size() > 0;
    }

    // ---- views -----------------------------------------------------------------------------------------------

    PoolStatus status() {
        return new PoolStatus(
                cells.values().stream().map(Cell::view).toList(), maxParallel, reservations.counts(), queue.views());
    }
}
