package dev.paddock.internal.multirunner;

import dev.paddock.RunnerProfile;
import dev.paddock.error.MultiRunnerException;
import dev.paddock.error.MultiRunnerException.Reason;
import dev.paddock.internal.engine.TaskChoice;
import dev.paddock.task.Task;
import dev.paddock.task.TaskNeeds;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Runners that are alike: one profile on the same GPUs. Those that are idle are taken in the order of the file. */
final class Kind {
    final RunnerProfile profile;
    final List<GpuUse> gpus;
    final TaskChoice.Offer offer;
    private final List<Cell> cells = new ArrayList<>();
    private final BitSet idle = new BitSet();
    /** No runner before this one is idle. */
    private int first;
    /** One of its runners at least stays, and is not kept from tasks by a reservation. */
    private boolean serving;

    /** What runs on one GPU. */
    static final class GpuUse {
        int running;
        boolean exclusive;
        /** A task waits until the GPU is free. */
        boolean awaited;
    }

    Kind(RunnerProfile profile, List<GpuUse> gpus) {
        this.profile = profile;
        this.gpus = gpus;
        this.offer = new TaskChoice.Offer(profile.name(), profile, profile.labels());
    }

    void add(Cell cell) {
        cell.kind = this;
        cell.place = cells.size();
        cells.add(cell);
        serving |= !cell.barred && !cell.draining;
    }

    void free(Cell cell) {
        idle.set(cell.place);
        first = Math.min(first, cell.place);
    }

    boolean hasIdle() {
        return idle.nextSetBit(first) >= 0;
    }

    Cell takeIdle() {
        int place = idle.nextSetBit(first);
        idle.clear(place);
        first = place + 1;
        return cells.get(place);
    }

    boolean isExclusive(TaskNeeds needs) {
        return profile.exclusive() || needs.exclusiveGpu();
    }

    /** Whether the GPUs, as they are used now, allow a task on an idle runner of this kind. */
    boolean admits(TaskNeeds needs) {
        boolean alone = isExclusive(needs);
        for (int i = 0; i < gpus.size(); i++) {
            GpuUse gpu = gpus.get(i);
            if (gpu.exclusive || (alone && gpu.running > 0) || (gpu.awaited && !alone)) {
                return false;
            }
        }
        return true;
    }

    int runningOnGpus() {
        int running = 0;
        for (int i = 0; i < gpus.size(); i++) {
            running += gpus.get(i).running;
        }
        return running;
    }

    /**
     * The kinds that fit the needs and may take a task some day, best first; those between which only the GPU decides are
     * together. The exact profile comes first, then the least capable; one bound to a GPU only after all that are as good
     * for the task and are not.
     */
    static List<List<Kind>> order(TaskNeeds needs, List<Kind> kinds, List<TaskChoice.Offer> known) {
        Comparator<Kind> preference = Comparator.comparing((Kind kind) ->
                        !kind.profile.name().equals(needs.profile().orElse("")))
                .thenComparingInt(kind -> kind.profile.gpus())
                .thenComparing(kind -> kind.profile.gpuMemory())
                .thenComparing(kind -> !kind.gpus.isEmpty())
                .thenComparing((one, other) -> TaskChoice.preference(needs).compare(one.offer, other.offer));
        List<Kind> fitting = new ArrayList<>();
        for (Kind kind : kinds) {
            if (kind.serving && TaskChoice.missing(needs, kind.offer, known) == null) {
                fitting.add(kind);
            }
        }
        fitting.sort(preference);
        List<List<Kind>> order = new ArrayList<>();
        for (Kind kind : fitting) {
            if (order.isEmpty()
                    || preference.compare(order.get(order.size() - 1).get(0), kind) != 0) {
                order.add(new ArrayList<>());
            }
            order.get(order.size() - 1).add(kind);
        }
        return Collections.unmodifiableList(order);
    }

    /** Says why no kind will ever take a task. */
    static MultiRunnerException noFit(Task task, List<Kind> kinds, List<TaskChoice.Offer> known) {
        Set<String> lacks = new LinkedHashSet<>();
        for (Kind kind : kinds) {
            String missing = TaskChoice.missing(task.needs(), kind.offer, known);
            lacks.add(
                    missing != null
                            ? kind.profile.name() + " lacks " + missing
                            : kind.profile.name() + " is about to go, or its GPU is reserved for others");
        }
        return new MultiRunnerException(
                Reason.NO_FIT,
                "task " + task.id() + " asks for " + task.needs()
                        + ", and no runner of the pool has that, busy or not: "
                        + (lacks.isEmpty() ? "the pool is empty" : String.join("; ", lacks))
                        + ". Ask for less, or initialise the pool with such a runner.");
    }
}
