package dev.paddock.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The free runners of a pool for tasks, by GPU: that with most free memory first, and on it the runner with the least
 * name. Adding, removing and finding the first take logarithmic time. Confined to the serial section.
 */
final class FreeRunners {
    /** A GPU that runners of one or more pools share. */
    static final class Gpu {
        final String uuid;
        private long free;
        private int held;
        /** Runners that are on it, free or not. */
        int runners;

        private boolean exclusive;
        private final List<Group> groups = new ArrayList<>(1);

        Gpu(String uuid, long free) {
            this.uuid = uuid;
            this.free = free;
        }

        boolean admits(boolean exclusively) {
            return !exclusive && !(exclusively && held > 0);
        }

        /** A runner on it took a task. */
        void take(long bytes, boolean exclusively) {
            held++;
            exclusive |= exclusively;
            changed(-bytes);
        }

        void give(long bytes, boolean exclusively) {
            held--;
            exclusive &= !exclusively;
            changed(bytes);
        }

        private void changed(long bytes) {
            if (bytes != 0) {
                free += bytes;
                for (Group group : groups) {
                    group.moved();
                }
            }
        }

        long free() {
            return free;
        }
    }

    /** The free runners of one pool on one GPU. */
    static final class Group extends PositionHeap.Item {
        private final FreeRunners pool;
        private final Gpu gpu;
        private final PositionHeap<RunnerEntry> runners = new PositionHeap<>(FreeRunners::byName);

        Group(FreeRunners pool, Gpu gpu) {
            this.pool = pool;
            this.gpu = gpu;
        }

        private void moved() {
            if (isInHeap()) {
                pool.groups.moved(this);
            }
        }
    }

    private final PositionHeap<Group> groups = new PositionHeap<>(
            (one, other) -> TaskChoice.compareGpus(one.gpu.free, one.gpu.uuid, other.gpu.free, other.gpu.uuid));
    /** Of runners whose GPU, if any, is not known. */
    private final Group unknown = new Group(this, new Gpu("", 0));

    private static int byName(RunnerEntry one, RunnerEntry other) {
        return one.nameBits != other.nameBits ? Long.compare(one.nameBits, other.nameBits) : one.id.compareTo(other.id);
    }

    /** The group of a GPU in this pool; null stands for an unknown one. */
    Group group(@Nullable Gpu gpu) {
        if (gpu == null) {
            return unknown;
        }
        for (Group group : gpu.groups) {
            if (group.pool.equals(this)) {
                return group;
            }
        }
        var group = new Group(this, gpu);
        gpu.groups.add(group);
        return group;
    }

    void add(RunnerEntry runner, Group group) {
        runner.group = group;
        group.runners.add(runner);
        if (!group.isInHeap()) {
            groups.add(group);
        }
    }

    void remove(RunnerEntry runner) {
        Group group = runner.group;
        if (group != null && runner.isInHeap()) {
            group.runners.remove(runner);
            if (group.runners.size() == 0) {
                groups.remove(group);
            }
        }
    }

    /** The runner to take next; null if there is none. */
    @Nullable
    RunnerEntry first(boolean exclusively) {
        Group best = groups.first();
        if (best == null) {
            return null;
        }
        return best.gpu.admits(exclusively) ? best.runners.first() : firstThatAdmits(exclusively);
    }

    private @Nullable RunnerEntry firstThatAdmits(boolean exclusively) {
        Group best = null;
        for (int i = 0; i < groups.size(); i++) {
            Group group = groups.at(i);
            boolean better = best == null
                    || TaskChoice.compareGpus(group.gpu.free, group.gpu.uuid, best.gpu.free, best.gpu.uuid) < 0;
            if (better && group.gpu.admits(exclusively)) {
                best = group;
            }
        }
        return best == null ? null : best.runners.first();
    }

    /** Compares two free runners of pools that are equally good for a task. */
    static int compare(RunnerEntry one, RunnerEntry other) {
        Gpu mine = one.gpu;
        Gpu its = other.gpu;
        int gpus = TaskChoice.compareGpus(
                mine == null ? 0 : mine.free,
                mine == null ? "" : mine.uuid,
                its == null ? 0 : its.free,
                its == null ? "" : its.uuid);
        return gpus != 0 ? gpus : one.id.compareTo(other.id);
    }
}
